SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") = 'ec2.amazonaws.com'
  AND lower("eventName") = 'createvolume'
  AND starts_with(lower("requestParameters.snapshotId"), 'snap-')
  AND NOT COALESCE(lower("userIdentity.invokedBy") IN ('backup.amazonaws.com', 'dlm.amazonaws.com', 'malware-protection.guardduty.amazonaws.com', 'agentless.inspector2.amazonaws.com'), FALSE)
