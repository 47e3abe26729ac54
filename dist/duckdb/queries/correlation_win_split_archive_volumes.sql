WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "ProcessGuid" AS "ProcessGuid", "Image" AS "Image", lower("TargetFilename") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'file_event'
    AND regexp_matches("TargetFilename", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|part[0-9]+\.rar|[rz][0-9]{2})$')
    AND NOT COALESCE((contains(lower("TargetFilename"), '\downloads\') OR "TargetFilename" ILIKE '%:\$Recycle.Bin\%\$I______.%' ESCAPE '!'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "ProcessGuid" IS NOT NULL
    AND "Image" IS NOT NULL
    AND "TargetFilename" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "ProcessGuid", "Image" ORDER BY "event_time" RANGE BETWEEN INTERVAL 600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 600 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "ProcessGuid", "Image" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 4
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer", "ProcessGuid", "Image" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", "ProcessGuid", "Image", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "ProcessGuid", "Image", "burst"
ORDER BY "first_seen"
