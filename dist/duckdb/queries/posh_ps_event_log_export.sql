SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'ps_script'
  AND (regexp_matches("ScriptBlockText", '(?is)wevtutil(?:\.exe)?["'']?[ \t]+e(?:pl|xport-log)[ \t]') OR regexp_matches(lower("ScriptBlockText"), '(?s)\.backupeventlog\(|\.exportlog\(|\.exportlogandmessages\(') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*get-(?:winevent|eventlog)(?:[|);}\s\x0B](?:[^;\n]|;[^}\n]*\}|[|`][ \t]*\r?\n)*)?\|[\s\x0B]*(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t]') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*get-(?:winevent|eventlog)(?:(?:>|&gt;)+|(?:[|);}\s\x0B](?:[^;\n]|;[^}\n]*\}|[|`][ \t]*\r?\n)*)?[^0-9=>\-](?:>|&gt;)+[ \t]*["''%$a-z])'))
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
  AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
