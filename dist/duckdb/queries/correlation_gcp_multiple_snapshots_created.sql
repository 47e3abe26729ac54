WITH found AS (
  SELECT event_time, position, "data.protoPayload.authenticationInfo.principalEmail" AS "data_protoPayload_authenticationInfo_principalEmail", lower("data.protoPayload.resourceName") AS "value"
  FROM events
  WHERE "product" = 'gcp'
    AND "service" = 'gcp.audit'
    AND regexp_matches(lower("gcp.audit.method_name"), '(?s)(?:\.compute\.disks\.createsnapshot|\.compute\.images\.insert|\.compute\.machineimages\.insert|\.compute\.snapshots\.insert)$')
    AND NOT COALESCE((ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@container-engine-robot.iam.gserviceaccount.com') OR ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@gcp-sa-backupdr.iam.gserviceaccount.com')), FALSE)
    AND "event_time" IS NOT NULL
    AND "data.protoPayload.authenticationInfo.principalEmail" IS NOT NULL
    AND "data.protoPayload.resourceName" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 3600 SECONDS > lag("event_time") OVER (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 5
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "data_protoPayload_authenticationInfo_principalEmail", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "data_protoPayload_authenticationInfo_principalEmail", "burst"
ORDER BY "first_seen"
