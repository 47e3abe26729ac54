SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") = 'rds.amazonaws.com'
  AND lower("eventName") IN ('restoredbclusterfroms3', 'restoredbclusterfromsnapshot', 'restoredbclustertopointintime', 'restoredbinstancefromdbsnapshot', 'restoredbinstancefroms3', 'restoredbinstancetopointintime')
