SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND regexp_matches(lower("ScriptBlockText"), '(?s)openread\(|\.read\(|readallbytes\(|readbytes\(')
  AND (regexp_matches(lower("ScriptBlockText"), '(?s)writeallbytes\(|openwrite\(|::create\(|filemode\]::create|\.write\(') OR regexp_matches("ScriptBlockText", '(?is)-en[a-z]*[ \t:]+["'']?byte'))
  AND regexp_matches("ScriptBlockText", '(?is)(?:for|foreach|foreach-object|while|do|until|%)[ \t\r\n]*[({]')
  AND (regexp_matches("ScriptBlockText", '(?is)(?:part|chunk|piece|vol)[_.\-]?(?:\{[0-9]|\$|["''][ \t]*\+|["''][ \t]+-f[ \t]|[0-9])') OR regexp_matches("ScriptBlockText", '(?is)\.(?:\{[0-9](?::[a-z0-9]+)?\}|[0-9][0-9][0-9]["''])'))
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
