WITH found AS (
  SELECT event_time, position, "SubjectUserName" AS "SubjectUserName", "IpAddress" AS "IpAddress", lower("Computer") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "service" = 'security'
    AND "EventID" = '5140'
    AND regexp_matches("ShareName", '(?is)\\(?:[a-z]|admin)\$$')
    AND NOT COALESCE(ends_with("SubjectUserName", '$') OR "IpAddress" IN ('127.0.0.1', '::1'), FALSE)
    AND "event_time" IS NOT NULL
    AND "SubjectUserName" IS NOT NULL
    AND "IpAddress" IS NOT NULL
    AND "Computer" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "SubjectUserName", "IpAddress" ORDER BY "event_time" RANGE BETWEEN INTERVAL 900 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 900 SECONDS > lag("event_time") OVER (PARTITION BY "SubjectUserName", "IpAddress" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 5
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "SubjectUserName", "IpAddress" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "SubjectUserName", "IpAddress", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "SubjectUserName", "IpAddress", "burst"
ORDER BY "first_seen"
