SELECT *
FROM events
WHERE "product" = 'azure'
  AND "service" = 'activitylogs'
  AND lower("operationName") IN ('microsoft.compute/disks/begingetaccess/action', 'microsoft.compute/restorepointcollections/restorepoints/diskrestorepoints/begingetaccess/action', 'microsoft.compute/snapshots/begingetaccess/action')
  AND lower("resultType") IN ('succeeded', 'success')
