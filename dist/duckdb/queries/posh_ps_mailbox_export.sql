SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*new-mailboxexportrequest[ \t]+@[a-z]') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*new-mailboxexportrequest(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t]-f[a-z]*[ \t:]') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*new-compliancesearchaction(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t]-ex[a-z]*(?:[;|)}\s\x0B]|$)') OR (contains(lower("ScriptBlockText"), 'outlook.application') AND regexp_matches(lower("ScriptBlockText"), '(?s)\.addstore\(|\.addstoreex\(|\.saveas\(')))
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
