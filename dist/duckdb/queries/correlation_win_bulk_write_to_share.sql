WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "ShareName" AS "ShareName", "SubjectUserName" AS "SubjectUserName", "IpAddress" AS "IpAddress", lower("RelativeTargetName") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "service" = 'security'
    AND "EventID" = '5145'
    AND (lower("AccessMask") IN ('0x2', '0x3', '0x4', '0x6', '0x116', '0x20196', '0x100116', '0x100182', '0x100196', '0x120116', '0x120196', '0x12019f', '0x130116', '0x130196', '0x13019f', '0x1301bf', '0x170196', '0x17019f', '0x1f019f', '0x1f01ff') OR (contains("AccessList", '%%4417') OR contains("AccessList", '%%4418')))
    AND NOT COALESCE(regexp_matches(lower("ShareName"), '(?s)(?:\\ipc\$|\\netlogon|\\print\$|\\sysvol)$') OR ends_with("SubjectUserName", '$') OR regexp_matches(lower("RelativeTargetName"), '(?s)(?:\.tmp|:zone\.identifier|\\desktop\.ini|\\thumbs\.db)$|~\$'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "ShareName" IS NOT NULL
    AND "SubjectUserName" IS NOT NULL
    AND "IpAddress" IS NOT NULL
    AND "RelativeTargetName" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "ShareName", "SubjectUserName", "IpAddress" ORDER BY "event_time" RANGE BETWEEN INTERVAL 600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 600 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "ShareName", "SubjectUserName", "IpAddress" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 30
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer", "ShareName", "SubjectUserName", "IpAddress" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", "ShareName", "SubjectUserName", "IpAddress", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "ShareName", "SubjectUserName", "IpAddress", "burst"
ORDER BY "first_seen"
