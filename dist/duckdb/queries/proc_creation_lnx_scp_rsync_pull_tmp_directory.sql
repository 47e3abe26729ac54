SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND ((ends_with(lower("Image"), '/rsync') OR ends_with(lower("Image"), '/scp')) OR (starts_with(lower("CommandLine"), 'rsync ') OR starts_with(lower("CommandLine"), 'scp ')))
  AND regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?(?:(?:(?:scp|rsync)://)?(?:[^"''@/:=\-\s\x0B][^"''@/:=\s\x0B]*@)?\[?[a-zA-Z0-9_][a-zA-Z0-9._\-]*\]?::?[^:=\s\x0B]|(?:scp|rsync)://)')
  AND regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?/+(?:tmp|var/+tmp|dev/+shm)(?:/[^"''\s\x0B]*)?["'']?[\s\x0B]*$')
