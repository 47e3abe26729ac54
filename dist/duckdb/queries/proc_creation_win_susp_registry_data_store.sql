SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (((ends_with(lower("Image"), '\reg.exe') OR lower("OriginalFileName") = 'reg.exe') AND regexp_matches("CommandLine", '(?is)[\s\x0B][/\-]d[\s\x0B]+["'']?[a-z0-9+/=_\-]{400}')) OR ((regexp_matches(lower("Image"), '(?s)(?:\\powershell_ise\.exe|\\powershell\.exe|\\pwsh\.exe)$') OR lower("OriginalFileName") IN ('powershell_ise.exe', 'powershell.exe', 'pwsh.dll')) AND (contains(lower("CommandLine"), 'itemproperty') OR contains(lower("CommandLine"), 'setvalue(')) AND regexp_matches(lower("CommandLine"), '(?s)readallbytes|-encoding byte|-asbytestream|tobase64string') AND regexp_matches(lower("CommandLine"), '(?s)hkcu:|hklm:|hkey_|registry::')))
