SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND ((contains(lower("ScriptBlockText"), 'readallbytes(') OR contains(lower("ScriptBlockText"), '-asbytestream')) OR (contains(lower("ScriptBlockText"), 'openread(') AND contains(lower("ScriptBlockText"), '.read(')) OR regexp_matches("ScriptBlockText", '(?is)-en[a-z]*[ \t:]+["'']?byte'))
  AND regexp_matches(lower("ScriptBlockText"), '(?s)new-itemproperty|set-itemproperty|setvalue\(')
  AND regexp_matches(lower("ScriptBlockText"), '(?s)hkcu:|hklm:|hku:|hkey_|registry::|win32\.registry')
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
