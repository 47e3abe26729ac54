SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") = 's3.amazonaws.com'
  AND lower("eventName") IN ('copyobject', 'uploadpartcopy')
