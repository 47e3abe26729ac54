WITH found AS (
  SELECT event_time, position, "userIdentity.arn" AS "userIdentity_arn", "requestParameters.bucketName" AS "requestParameters_bucketName", lower("requestParameters.key") AS "value"
  FROM events
  WHERE "product" = 'aws'
    AND "service" = 'cloudtrail'
    AND lower("eventSource") = 's3.amazonaws.com'
    AND lower("eventName") IN ('copyobject', 'uploadpartcopy')
    AND "event_time" IS NOT NULL
    AND "userIdentity.arn" IS NOT NULL
    AND "requestParameters.bucketName" IS NOT NULL
    AND "requestParameters.key" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "userIdentity_arn", "requestParameters_bucketName" ORDER BY "event_time" RANGE BETWEEN INTERVAL 600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 600 SECONDS > lag("event_time") OVER (PARTITION BY "userIdentity_arn", "requestParameters_bucketName" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 20
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "userIdentity_arn", "requestParameters_bucketName" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "userIdentity_arn", "requestParameters_bucketName", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "userIdentity_arn", "requestParameters_bucketName", "burst"
ORDER BY "first_seen"
