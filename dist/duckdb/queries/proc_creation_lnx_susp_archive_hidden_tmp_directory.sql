SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND regexp_matches("CommandLine", '(?s)["''=:f\s\x0B]/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])')
  AND ((((ends_with(lower("Image"), '/bsdtar') OR ends_with(lower("Image"), '/tar')) OR regexp_matches(lower("CommandLine"), '(?s)^(?:/bin/tar |busybox tar |tar )')) AND (regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+tar)?[\s\x0B]+[a-su-wyzBGJMOPRSUWZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-eg-su-wyzBGJMOPRSUWZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]--(?:append|create|update)(?:[\s\x0B]|$)'))) OR ends_with(lower("Image"), '/zip') OR starts_with(lower("CommandLine"), 'zip ') OR (regexp_matches(lower("Image"), '(?s)(?:/7z|/7za|/7zr|/7zz|/rar)$') AND regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+-[^\s\x0B]+)*[\s\x0B]+[aum][\s\x0B]')))
