SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'file_event'
  AND regexp_matches(lower("TargetFilename"), '(?s)^(?:/dev/shm/\..*/|/tmp/\..*/|/var/tmp/\..*/)')
  AND NOT COALESCE((starts_with(lower("TargetFilename"), '/tmp/.dotnet/lockfiles/') OR starts_with(lower("TargetFilename"), '/tmp/.dotnet/shm/')), FALSE)
