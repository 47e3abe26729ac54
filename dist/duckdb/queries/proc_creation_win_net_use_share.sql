SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND ((ends_with(lower("Image"), '\net.exe') OR ends_with(lower("Image"), '\net1.exe')) OR lower("OriginalFileName") IN ('net.exe', 'net1.exe'))
  AND regexp_matches("CommandLine", '(?is)[\s\x0B]use[\s\x0B](?:[^\n]*[\s\x0B])?["'']?\\\\(?:[?.]\\unc\\)?(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*\\+[^\\/"''\s\x0B]')
  AND NOT COALESCE(regexp_matches("CommandLine", '(?is)^[^"]*(?:"[^"]*"[^"]*)*[\s\x0B]/d(?:e(?:|l|le|let|lete))?(?:[\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B]use[\s\x0B]+(?:/[^\s\x0B]+[\s\x0B]+)*"?lpt[0-9]:?"?(?:[\s\x0B]|$)'), FALSE)
