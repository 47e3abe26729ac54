SELECT *
FROM events
WHERE "product" = 'windows'
  AND "service" = 'security'
  AND "EventID" = '5140'
  AND regexp_matches("ShareName", '(?is)\\(?:[a-z]|admin)\$$')
  AND NOT COALESCE(ends_with("SubjectUserName", '$') OR "IpAddress" IN ('127.0.0.1', '::1'), FALSE)
