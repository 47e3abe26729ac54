WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 1 AS "rule"
  FROM events
  WHERE "product" = 'linux'
    AND "category" = 'process_creation'
    AND ((regexp_matches(lower("Image"), '(?s)(?:/mariadb-dump|/mongodump|/mongoexport|/mysqldump|/pg_basebackup|/pg_dump|/pg_dumpall|/redis-cli|/slapcat)$') AND regexp_matches("CommandLine", '(?s)[\s\x0B]-(?:[a-zA-Z]*[frloTD]|-(?:file|result-file|tab|out|archive|rdb|pgdata))[=\s\x0B]*["'']?/+(?:tmp|var/+tmp|dev/+shm)(?:/|[\s\x0B]|$)')) OR (regexp_matches(lower("Image"), '(?s)(?:/mariadb|/mysql|/psql|/sqlite3)$') AND regexp_matches("CommandLine", '(?is)(?:[\s\x0B](?:outfile|dumpfile|to|into)|\.(?:backup|clone|once|output|save)(?:[\s\x0B]+main)?|[\s\x0B]-o|[\s\x0B]--output)[=\s\x0B]*["'']*/+(?:tmp|var/+tmp|dev/+shm)/')) OR (regexp_matches(lower("Image"), '(?s)(?:/ash|/bash|/busybox|/dash|/ksh|/sh|/zsh)$') AND regexp_matches("CommandLine", '(?s)(?:^|[;&|(/"''\s\x0B])(?:mariadb-dump|mongodump|mongoexport|mysqldump|pg_basebackup|pg_dump|pg_dumpall|redis-cli|slapcat)[\s\x0B](?:[^>]|>+[\s\x0B]*(?:/dev/null|&[0-9]))*(?:(?:>+|&gt;)[\s\x0B]*|\|[\s\x0B]*tee[\s\x0B]+(?:-[a-z]+[\s\x0B]+)?)["'']?/+(?:tmp|var/+tmp|dev/+shm)/')))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 2 AS "rule"
  FROM events
  WHERE "product" = 'linux'
    AND "category" = 'process_creation'
    AND ((((ends_with(lower("Image"), '/rsync') OR ends_with(lower("Image"), '/scp')) OR (starts_with(lower("CommandLine"), 'rsync ') OR starts_with(lower("CommandLine"), 'scp '))) AND (regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?(?:[^"''@/\s\x0B]+@)?\[?(?:10\.[0-9.]+|192\.168\.[0-9.]+|172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9.]+|[a-zA-Z0-9_\-]+|[^:/"''\s\x0B]+\.(?:local|lan|internal|intranet|corp))\]?:[^\s\x0B]*["'']?[\s\x0B]*$') OR regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?(?:scp|rsync)://(?:[^"''@/\s\x0B]+@)?\[?(?:10\.[0-9.]+|192\.168\.[0-9.]+|172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9.]+|[a-zA-Z0-9_\-]+|[^:/"''\s\x0B]+\.(?:local|lan|internal|intranet|corp))\]?[:/][^\s\x0B]*["'']?[\s\x0B]*$')) AND (regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?[^"'':\-\s\x0B][^"'':\s\x0B]*\.(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)(?:\.[0-9]{3})?["'']?[\s\x0B]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]["'']?/+(?:tmp|var/+tmp|dev/+shm)[/\s\x0B]'))) OR (ends_with(lower("Image"), '/ssh') AND regexp_matches("CommandLine", '(?s)[\s\x0B](?:[^"''@/\s\x0B]+@)?\[?(?:10\.[0-9.]+|192\.168\.[0-9.]+|172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9.]+|[a-zA-Z0-9_\-]+|[^:/"''\s\x0B]+\.(?:local|lan|internal|intranet|corp))\]?[\s\x0B]+["'']?(?:cat[\s\x0B]*(?:>|&gt;)|tee[\s\x0B]+[^\s\x0B]|dd[\s\x0B]+of=|tar[\s\x0B]+-?[a-zA-Z]*x)')))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN INTERVAL 1800 SECONDS PRECEDING AND CURRENT ROW),
    before AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
step_2 AS (
  SELECT *,
    max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"
  FROM step_1
  WINDOW before AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start_2" AS "first_seen",
    "event_time" - INTERVAL 1800 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "User" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 1800 SECONDS
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer", "User" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", "User", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "User", "burst"
ORDER BY "first_seen"
