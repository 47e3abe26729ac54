WITH found AS (
  SELECT event_time, position, "caller" AS "caller", lower("resourceId") AS "value"
  FROM events
  WHERE "product" = 'azure'
    AND "service" = 'activitylogs'
    AND lower("operationName") IN ('microsoft.compute/disks/begingetaccess/action', 'microsoft.compute/restorepointcollections/restorepoints/diskrestorepoints/begingetaccess/action', 'microsoft.compute/snapshots/begingetaccess/action')
    AND lower("resultType") IN ('succeeded', 'success')
    AND "event_time" IS NOT NULL
    AND "caller" IS NOT NULL
    AND "resourceId" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "caller" ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 3600 SECONDS > lag("event_time") OVER (PARTITION BY "caller" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 3
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
