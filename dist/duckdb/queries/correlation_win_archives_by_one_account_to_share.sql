WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "ShareName" AS "ShareName", "SubjectUserName" AS "SubjectUserName", lower("IpAddress") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "service" = 'security'
    AND "EventID" = '5145'
    AND (lower("AccessMask") IN ('0x2', '0x3', '0x4', '0x6', '0x116', '0x20196', '0x100116', '0x100182', '0x100196', '0x120116', '0x120196', '0x12019f', '0x130116', '0x130196', '0x13019f', '0x1301bf', '0x170196', '0x17019f', '0x1f019f', '0x1f01ff') OR (contains("AccessList", '%%4417') OR contains("AccessList", '%%4418')))
    AND (regexp_matches(lower("RelativeTargetName"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst)$') OR regexp_matches("RelativeTargetName", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
    AND NOT COALESCE(ends_with(lower("ShareName"), '\print$'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "ShareName" IS NOT NULL
    AND "SubjectUserName" IS NOT NULL
    AND "IpAddress" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "ShareName", "SubjectUserName" ORDER BY "event_time" RANGE BETWEEN INTERVAL 1800 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 1800 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "ShareName", "SubjectUserName" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 3
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer", "ShareName", "SubjectUserName" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", "ShareName", "SubjectUserName", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "ShareName", "SubjectUserName", "burst"
ORDER BY "first_seen"
