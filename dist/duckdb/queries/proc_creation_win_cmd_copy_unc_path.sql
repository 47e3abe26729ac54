SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '\cmd.exe') OR lower("OriginalFileName") = 'cmd.exe')
  AND regexp_matches("CommandLine", '(?is)(?:^|[&|("@,;=\s\x0B]|/[ck])(?:c\^?o\^?p\^?y|m\^?o\^?v\^?e)\^?(?:[\s\x0B]*/[^"\s\x0B]+(?:[\s\x0B]+/[^"\s\x0B]+)*)?[\s\x0B]+(?:"[^"]*"|[^"/&|<>\s\x0B])[^"&|<>\s\x0B]*[\s\x0B](?:[^&|<>]*[\s\x0B])?"?\\\\(?:[?.]\\unc\\)?(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*\\+[^\\/"''\s\x0B]')
