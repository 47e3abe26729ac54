SELECT *
FROM events
WHERE "product" = 'aws'
  AND "service" = 'cloudtrail'
  AND lower("eventSource") = 'ebs.amazonaws.com'
  AND lower("eventName") = 'getsnapshotblock'
  AND NOT COALESCE(lower("userIdentity.invokedBy") IN ('backup.amazonaws.com', 'dlm.amazonaws.com', 'malware-protection.guardduty.amazonaws.com', 'agentless.inspector2.amazonaws.com'), FALSE)
