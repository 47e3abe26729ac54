WITH found AS (
  SELECT event_time, position, "userIdentity.arn" AS "userIdentity_arn", "recipientAccountId" AS "recipientAccountId"
  FROM events
  WHERE "product" = 'aws'
    AND "service" = 'cloudtrail'
    AND lower("eventSource") IN ('ec2.amazonaws.com', 'rds.amazonaws.com')
    AND lower("eventName") IN ('copydbclustersnapshot', 'copydbsnapshot', 'copyimage', 'copysnapshot')
    AND NOT COALESCE(lower("userIdentity.invokedBy") IN ('backup.amazonaws.com', 'dlm.amazonaws.com', 'malware-protection.guardduty.amazonaws.com', 'agentless.inspector2.amazonaws.com'), FALSE)
    AND "event_time" IS NOT NULL
    AND "userIdentity.arn" IS NOT NULL
    AND "recipientAccountId" IS NOT NULL
  UNION
  SELECT event_time, position, "userIdentity.arn" AS "userIdentity_arn", "recipientAccountId" AS "recipientAccountId"
  FROM events
  WHERE "product" = 'aws'
    AND "service" = 'cloudtrail'
    AND lower("eventSource") IN ('ec2.amazonaws.com', 'rds.amazonaws.com', 'redshift.amazonaws.com')
    AND lower("eventName") IN ('authorizesnapshotaccess', 'modifydbclustersnapshotattribute', 'modifydbsnapshotattribute', 'modifyimageattribute', 'modifysnapshotattribute')
    AND NOT COALESCE(lower("userIdentity.invokedBy") IN ('backup.amazonaws.com', 'dlm.amazonaws.com', 'malware-protection.guardduty.amazonaws.com', 'agentless.inspector2.amazonaws.com'), FALSE)
    AND "event_time" IS NOT NULL
    AND "userIdentity.arn" IS NOT NULL
    AND "recipientAccountId" IS NOT NULL
),
counted AS (
  SELECT *,
    count(*) OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 3600 SECONDS > lag("event_time") OVER (PARTITION BY "userIdentity_arn", "recipientAccountId" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 5
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
