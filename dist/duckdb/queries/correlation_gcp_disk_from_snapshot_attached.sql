WITH found AS (
  SELECT event_time, position, "data.protoPayload.authenticationInfo.principalEmail" AS "data_protoPayload_authenticationInfo_principalEmail", 1 AS "rule"
  FROM events
  WHERE "product" = 'gcp'
    AND "service" = 'gcp.audit'
    AND ends_with(lower("gcp.audit.method_name"), '.compute.disks.insert')
    AND contains(lower("data.protoPayload.request.sourceSnapshot"), 'snapshots/')
    AND NOT COALESCE((ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@container-engine-robot.iam.gserviceaccount.com') OR ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@gcp-sa-backupdr.iam.gserviceaccount.com')), FALSE)
    AND "event_time" IS NOT NULL
    AND "data.protoPayload.authenticationInfo.principalEmail" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "data.protoPayload.authenticationInfo.principalEmail" AS "data_protoPayload_authenticationInfo_principalEmail", 2 AS "rule"
  FROM events
  WHERE "product" = 'gcp'
    AND "service" = 'gcp.audit'
    AND ends_with(lower("gcp.audit.method_name"), '.compute.instances.attachdisk')
    AND "event_time" IS NOT NULL
    AND "data.protoPayload.authenticationInfo.principalEmail" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time" RANGE BETWEEN INTERVAL 3600 SECONDS PRECEDING AND CURRENT ROW),
    before AS (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
step_2 AS (
  SELECT *,
    max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"
  FROM step_1
  WINDOW before AS (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start_2" AS "first_seen",
    "event_time" - INTERVAL 3600 SECONDS > lag("event_time") OVER (PARTITION BY "data_protoPayload_authenticationInfo_principalEmail" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 3600 SECONDS
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
