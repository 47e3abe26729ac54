SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:get-childitem|gci|dir|ls)(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t][\-/](?:r[a-z]*|s)(?:[|)};\s\x0B]|$)') OR regexp_matches("ScriptBlockText", '(?is)(?:get|enumerate)files(?:systementries)?\([^\n]*alldirectories'))
  AND regexp_matches("ScriptBlockText", '(?is)(?:^|["'',(*\\\s\x0B])\.\(?(?:doc|docx|odt|ods|pdf|ppt|pptx|rtf|vsd|vsdx|eml|kdbx?|msg|ost|ovpn|pfx|ppk|pst|rdp|xlsx?)(?:[|"'',;)$\s\x0B]|$)')
  AND (regexp_matches(lower("ScriptBlockText"), '(?s)compress-archive|createfromdirectory\(|\.copyto\(|::copy\(|copy-item|move-item') OR regexp_matches("ScriptBlockText", '(?is)[|{;][ \t]*(?:copy|cpi|cp|move|mi|mv|robocopy|xcopy)(?:\.exe)?[ \t]'))
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
