WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 1 AS "rule"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'process_creation'
    AND ((ends_with(lower("Image"), '\net.exe') OR ends_with(lower("Image"), '\net1.exe')) OR lower("OriginalFileName") IN ('net.exe', 'net1.exe'))
    AND regexp_matches("CommandLine", '(?is)[\s\x0B]use[\s\x0B](?:[^\n]*[\s\x0B])?["'']?\\\\(?:[?.]\\unc\\)?(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*\\+[^\\/"''\s\x0B]')
    AND NOT COALESCE(regexp_matches("CommandLine", '(?is)^[^"]*(?:"[^"]*"[^"]*)*[\s\x0B]/d(?:e(?:|l|le|let|lete))?(?:[\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B]use[\s\x0B]+(?:/[^\s\x0B]+[\s\x0B]+)*"?lpt[0-9]:?"?(?:[\s\x0B]|$)'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 2 AS "rule"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'process_creation'
    AND ((ends_with(lower("Image"), '\robocopy.exe') OR ends_with(lower("Image"), '\xcopy.exe')) OR lower("OriginalFileName") IN ('robocopy.exe', 'xcopy.exe'))
    AND regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+(?:"c:[^"]*"|c:[^"\s\x0B]*)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+"?[abd-z]:')
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN INTERVAL 900 SECONDS PRECEDING AND CURRENT ROW),
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
    "event_time" - INTERVAL 900 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "User" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 900 SECONDS
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
