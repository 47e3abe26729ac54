SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") IN ('dynamodb.amazonaws.com', 'rds.amazonaws.com')
  AND lower("eventName") IN ('exporttabletopointintime', 'startexporttask')
