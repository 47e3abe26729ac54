SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND ((ends_with(lower("Image"), '\robocopy.exe') OR ends_with(lower("Image"), '\xcopy.exe')) OR lower("OriginalFileName") IN ('robocopy.exe', 'xcopy.exe'))
  AND regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+(?:"c:[^"]*"|c:[^"\s\x0B]*)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+"?[abd-z]:')
