SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*compress-archive(?:[ \t]+[@"''$(a-z.\\\-]|[\s\x0B]*\r?\n)') OR regexp_matches(lower("ScriptBlockText"), '(?s)zipfile\]::createfromdirectory\(|ziparchivemode\]::create|createentryfromfile\(') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:7z|7za|7zr|rar|winrar)(?:\.exe)?["'']?[ \t]+["'']?[au][ \t"'']') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:bsd)?tar(?:\.exe)?["'']?[ \t]+-?[a-z]*c[a-z]*[ \t]'))
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
