SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND (regexp_matches(lower("Image"), '(?s)(?:/cp|/dd|/gzip|/mv|/rsync|/scp|/tar)$') OR regexp_matches("CommandLine", '(?s)^(?:[^\s\x0B]*/)?(?:busybox[\s\x0B]+)?(?:cp|dd|gzip|mv|rsync|scp|tar)[\s\x0B]'))
  AND regexp_matches("CommandLine", '(?s)[^\s\x0B]\.vm(?:dk|em|sn|ss)(?:["''*:,\s\x0B]|$)')
  AND (contains(lower("CommandLine"), '/vmfs/volumes/') OR starts_with(lower("CurrentDirectory"), '/vmfs/volumes/'))
