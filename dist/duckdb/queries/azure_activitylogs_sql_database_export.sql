SELECT *
FROM events
WHERE "product" = 'azure'
  AND "service" = 'activitylogs'
  AND lower("operationName") = 'microsoft.sql/servers/databases/export/action'
  AND lower("resultType") IN ('succeeded', 'success')
