SELECT *
FROM events
WHERE "product" = 'gcp'
  AND "service" = 'gcp.audit'
  AND ends_with(lower("gcp.audit.method_name"), '.compute.instances.attachdisk')
