WITH found AS (
  SELECT event_time, position, "userIdentity.arn" AS "userIdentity_arn", "recipientAccountId" AS "recipientAccountId", 1 AS "rule"
  FROM events
  WHERE "product" = 'aws'
    AND "service" = 'cloudtrail'
    AND lower("eventSource") = 'rds.amazonaws.com'
    AND lower("eventName") IN ('restoredbclusterfroms3', 'restoredbclusterfromsnapshot', 'restoredbclustertopointintime', 'restoredbinstancefromdbsnapshot', 'restoredbinstancefroms3', 'restoredbinstancetopointintime')
    AND "event_time" IS NOT NULL
    AND "userIdentity.arn" IS NOT NULL
    AND "recipientAccountId" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "userIdentity.arn" AS "userIdentity_arn", "recipientAccountId" AS "recipientAccountId", 2 AS "rule"
  FROM events
  WHERE "product" = 'aws'
    AND "service" = 'cloudtrail'
    AND lower("eventSource") = 'rds.amazonaws.com'
    AND lower("eventName") IN ('modifydbcluster', 'modifydbinstance')
    AND "event_time" IS NOT NULL
    AND "userIdentity.arn" IS NOT NULL
    AND "recipientAccountId" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING AND CURRENT ROW),
    before AS (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
step_2 AS (
  SELECT *,
    max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"
  FROM step_1
  WINDOW before AS (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start_2" AS "first_seen",
    "event_time" - INTERVAL 3600 SECONDS > lag("event_time") OVER (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 3600 SECONDS
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "userIdentity_arn", "recipientAccountId", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "userIdentity_arn", "recipientAccountId", "burst"
ORDER BY "first_seen"
