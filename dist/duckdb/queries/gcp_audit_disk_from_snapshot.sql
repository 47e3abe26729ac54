SELECT *
FROM events
WHERE "product" = 'gcp'
  AND "service" = 'gcp.audit'
  AND ends_with(lower("gcp.audit.method_name"), '.compute.disks.insert')
  AND contains(lower("data.protoPayload.request.sourceSnapshot"), 'snapshots/')
  AND NOT COALESCE((ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@container-engine-robot.iam.gserviceaccount.com') OR ends_with(lower("data.protoPayload.authenticationInfo.principalEmail"), '@gcp-sa-backupdr.iam.gserviceaccount.com')), FALSE)
