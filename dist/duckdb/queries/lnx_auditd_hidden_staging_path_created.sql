SELECT *
FROM events
WHERE "product" = 'linux'
  AND "service" = 'auditd'
  AND lower("type") = 'path'
  AND lower("nametype") = 'create'
  AND regexp_matches("name", '(?s)^/+(?:tmp|var/+tmp|dev/+shm)/+\.(?:[^/.\s\x0B]|\.[^/\s\x0B])')
  AND NOT COALESCE(regexp_matches("name", '(?s)^/tmp/\.(?:X11|ICE|XIM|font|Test)-unix$') OR regexp_matches("name", '(?s)^/tmp/\.(?:X11-unix/)?X[0-9]+(?:-lock)?$'), FALSE)
