SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
  AND (ends_with(lower("TargetFilename"), '.evt') OR ends_with(lower("TargetFilename"), '.evtx'))
  AND NOT COALESCE(regexp_matches(lower("TargetFilename"), '(?s)\\windows\\system32\\winevt\\logs\\|\\rpt....\.tmp\\cabfolder\\|:\\\$recycle\.bin\\.*\\\$i......\.'), FALSE)
  AND NOT COALESCE(regexp_matches("TargetFilename", '(?is)^[a-z]:\\windows\\temp\\[^\\]+_\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?\.evtx$'), FALSE)
