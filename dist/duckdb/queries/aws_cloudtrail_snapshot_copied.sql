SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") IN ('ec2.amazonaws.com', 'rds.amazonaws.com')
  AND lower("eventName") IN ('copydbclustersnapshot', 'copydbsnapshot', 'copyimage', 'copysnapshot')
  AND NOT COALESCE(lower("userIdentity.invokedBy") IN ('backup.amazonaws.com', 'dlm.amazonaws.com', 'malware-protection.guardduty.amazonaws.com', 'agentless.inspector2.amazonaws.com'), FALSE)
