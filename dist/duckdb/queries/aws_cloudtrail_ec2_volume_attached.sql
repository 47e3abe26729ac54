SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") = 'ec2.amazonaws.com'
  AND lower("eventName") = 'attachvolume'
