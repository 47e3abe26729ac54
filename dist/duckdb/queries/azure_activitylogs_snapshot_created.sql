SELECT *
FROM events
WHERE "product" = 'azure'
  AND "service" = 'activitylogs'
  AND lower("operationName") = 'microsoft.compute/snapshots/write'
  AND lower("resultType") IN ('succeeded', 'success')
