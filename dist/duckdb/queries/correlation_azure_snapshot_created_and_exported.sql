WITH found AS (
  SELECT event_time, position, "caller" AS "caller", 1 AS "rule"
  FROM events
  WHERE "product" = 'azure'
    AND "service" = 'activitylogs'
    AND lower("operationName") = 'microsoft.compute/snapshots/write'
    AND lower("resultType") IN ('succeeded', 'success')
    AND "event_time" IS NOT NULL
    AND "caller" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "caller" AS "caller", 2 AS "rule"
  FROM events
  WHERE "product" = 'azure'
    AND "service" = 'activitylogs'
    AND lower("operationName") IN ('microsoft.compute/disks/begingetaccess/action', 'microsoft.compute/restorepointcollections/restorepoints/diskrestorepoints/begingetaccess/action', 'microsoft.compute/snapshots/begingetaccess/action')
    AND lower("resultType") IN ('succeeded', 'success')
    AND "event_time" IS NOT NULL
    AND "caller" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "caller" ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING AND CURRENT ROW),
    before AS (PARTITION BY "caller" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
step_2 AS (
  SELECT *,
    max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"
  FROM step_1
  WINDOW before AS (PARTITION BY "caller" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start_2" AS "first_seen",
    "event_time" - INTERVAL 3600 SECONDS > lag("event_time") OVER (PARTITION BY "caller" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 3600 SECONDS
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "caller" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "caller", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "caller", "burst"
ORDER BY "first_seen"
