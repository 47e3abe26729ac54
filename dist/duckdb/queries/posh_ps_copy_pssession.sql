SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*c(?:opy|pi|p)(?:-item)?(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t]-(?:to|from)[a-z]*[ \t:]') OR (regexp_matches("ScriptBlockText", '(?is)(?:to|from)session["'']?[ \t]*=[ \t]*[$(]') AND regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*c(?:opy|pi|p)(?:-item)?[ \t]+@[a-z]')))
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
