SELECT *
FROM events
WHERE "product" = 'gcp'
  AND "service" = 'gcp.audit'
  AND regexp_matches(lower("gcp.audit.method_name"), '(?s)(?:\.compute\.disks\.createsnapshot|\.compute\.images\.insert|\.compute\.machineimages\.insert|\.compute\.snapshots\.insert)$')
  AND NOT COALESCE((ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@container-engine-robot.iam.gserviceaccount.com') OR ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@gcp-sa-backupdr.iam.gserviceaccount.com')), FALSE)
