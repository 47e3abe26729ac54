SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (lower("OriginalFileName") IN ('7z.exe', '7za.exe', '7zg.exe', '7zr.exe', 'rar.exe', 'winrar.exe') OR lower("Description") = 'command line rar' OR (contains(lower("CommandLine"), ' -hp') OR contains(lower("CommandLine"), ' "-hp')))
  AND regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+(?:"-[^"]*"|-[^"\s\x0B]*(?:"[^"]*")?))*[\s\x0B]+-?(?:a|u|m|mf)[\s\x0B]')
  AND NOT COALESCE(regexp_matches(lower("Image"), '(?s)(?:\\7z\.exe|\\7za\.exe|\\7zg\.exe|\\7zr\.exe|\\7zz\.exe|\\rar\.exe|\\winrar\.exe)$') OR regexp_matches("Image", '(?is)\\(?:7-?z|rar|winrar)[^\\]*\.(?:exe|com)$'), FALSE)
