WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", lower("TargetFilename") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'file_event'
    AND (lower("Image") = 'system' OR ends_with(lower("Image"), 'ntoskrnl.exe'))
    AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
    AND (regexp_matches(lower("TargetFilename"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst|\.accdb|\.bacpac|\.bak|\.csv|\.dit|\.dmp|\.edb|\.eml|\.hiv|\.jks|\.kdb|\.kdbx|\.mdb|\.mdf|\.msg|\.nsf|\.ost|\.pfx|\.ppk|\.pst|\.sql|\.sqlite|\.vmdk|\.xls|\.xlsx|\.doc|\.docx|\.odt|\.ods|\.pdf|\.ppt|\.pptx|\.rtf|\.vsd|\.vsdx)$') OR regexp_matches("TargetFilename", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "TargetFilename" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "Computer" ORDER BY "event_time" RANGE BETWEEN INTERVAL 600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 600 SECONDS > lag("event_time") OVER (PARTITION BY "Computer" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 5
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "burst"
ORDER BY "first_seen"
