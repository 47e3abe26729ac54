WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 1 AS "rule"
  FROM events
  WHERE "product" = 'linux'
    AND "category" = 'process_creation'
    AND (((regexp_matches(lower("Image"), '(?s)(?:/cp|/install|/mv)$') OR regexp_matches(lower("CommandLine"), '(?s)^(?:/bin/cp |/bin/install |/bin/mv |busybox cp |busybox install |busybox mv |cp |install |mv )')) AND (regexp_matches("CommandLine", '(?s)[\s\x0B]-(?:[a-zA-Z]*t[\s\x0B]*|-t[a-z\-]*[=\s\x0B][\s\x0B]*)["'']?/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])') OR (regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])[^"''\s\x0B]*["'']?[\s\x0B]*$') AND NOT COALESCE(regexp_matches("CommandLine", '(?s)[\s\x0B]-(?:[a-zA-Z]*t|-t[a-z\-]*[=\s\x0B])'), FALSE)))) OR (((ends_with(lower("Image"), '/rsync') OR ends_with(lower("Image"), '/scp')) OR (starts_with(lower("CommandLine"), 'rsync ') OR starts_with(lower("CommandLine"), 'scp '))) AND regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])[^"''\s\x0B]*["'']?[\s\x0B]*$')) OR (ends_with(lower("Image"), '/dd') AND regexp_matches("CommandLine", '(?s)[\s\x0B]of=["'']?/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])')) OR (ends_with(lower("Image"), '/find') AND regexp_matches("CommandLine", '(?s)[\s\x0B]-(?:exec|execdir|ok|okdir)[\s\x0B]+(?:[^\s\x0B]*/)?(?:cp|mv|install|rsync|scp|tar|zip)[\s\x0B][^\n]*[\s\x0B]["'']?/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])')))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 2 AS "rule"
  FROM events
  WHERE "product" = 'linux'
    AND "category" = 'process_creation'
    AND regexp_matches("CommandLine", '(?s)["''=:f\s\x0B]/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/."''\s\x0B]|\.[^/"''\s\x0B])')
    AND ((((ends_with(lower("Image"), '/bsdtar') OR ends_with(lower("Image"), '/tar')) OR regexp_matches(lower("CommandLine"), '(?s)^(?:/bin/tar |busybox tar |tar )')) AND (regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+tar)?[\s\x0B]+[a-su-wyzBGJMOPRSUWZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-eg-su-wyzBGJMOPRSUWZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]--(?:append|create|update)(?:[\s\x0B]|$)'))) OR ends_with(lower("Image"), '/zip') OR starts_with(lower("CommandLine"), 'zip ') OR (regexp_matches(lower("Image"), '(?s)(?:/7z|/7za|/7zr|/7zz|/rar)$') AND regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+-[^\s\x0B]+)*[\s\x0B]+[aum][\s\x0B]')))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN INTERVAL 1800 SECONDS PRECEDING AND CURRENT ROW),
    before AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
step_2 AS (
  SELECT *,
    max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"
  FROM step_1
  WINDOW before AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start_2" AS "first_seen",
    "event_time" - INTERVAL 1800 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "User" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 1800 SECONDS
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer", "User" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", "User", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "User", "burst"
ORDER BY "first_seen"
