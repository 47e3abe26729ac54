SELECT *
FROM events
WHERE "product" = 'gcp'
  AND "service" = 'gcp.audit'
  AND regexp_matches(lower("gcp.audit.method_name"), '(?s)(?:\.compute\.disks\.setiampolicy|\.compute\.images\.setiampolicy|\.compute\.machineimages\.setiampolicy|\.compute\.snapshots\.setiampolicy)$')
