WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 1 AS "rule"
  FROM events
  WHERE "product" = 'linux'
    AND "category" = 'process_creation'
    AND (ends_with(lower("Image"), '/vim-cmd') OR starts_with(lower("CommandLine"), 'vim-cmd '))
    AND (contains(lower("CommandLine"), 'vmsvc/get.snapshot') OR contains(lower("CommandLine"), 'vmsvc/snapshot.create'))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 2 AS "rule"
  FROM events
  WHERE "product" = 'linux'
    AND "category" = 'process_creation'
    AND (regexp_matches(lower("Image"), '(?s)(?:/cp|/dd|/gzip|/mv|/rsync|/scp|/tar)$') OR regexp_matches("CommandLine", '(?s)^(?:[^\s\x0B]*/)?(?:busybox[\s\x0B]+)?(?:cp|dd|gzip|mv|rsync|scp|tar)[\s\x0B]'))
    AND regexp_matches("CommandLine", '(?s)[^\s\x0B]\.vm(?:dk|em|sn|ss)(?:["''*:,\s\x0B]|$)')
    AND (contains(lower("CommandLine"), '/vmfs/volumes/') OR starts_with(lower("CurrentDirectory"), '/vmfs/volumes/'))
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
