SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '\wevtutil.exe') OR lower("OriginalFileName") = 'wevtutil.exe')
  AND regexp_matches("CommandLine", '(?is)[\s\x0B]e(?:pl|xport-log)(?:[\s\x0B]+/[^"\s\x0B]*(?:"[^"]*"[^"\s\x0B]*)?)*[\s\x0B]+"?(?:directory service|forwardedevents|microsoft-windows-ntlm/|microsoft-windows-powershell/|microsoft-windows-smb(?:client|server)/|microsoft-windows-sysmon/|microsoft-windows-terminalservices-|microsoft-windows-winrm/|security["\s\x0B]|windows powershell)')
