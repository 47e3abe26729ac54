WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'process_creation'
    AND (ends_with(lower("Image"), '\wevtutil.exe') OR lower("OriginalFileName") = 'wevtutil.exe')
    AND regexp_matches("CommandLine", '(?is)[\s\x0B]e(?:pl|xport-log)(?:[\s\x0B]+/[^"\s\x0B]*(?:"[^"]*"[^"\s\x0B]*)?)*[\s\x0B]+"?(?:directory service|forwardedevents|microsoft-windows-ntlm/|microsoft-windows-powershell/|microsoft-windows-smb(?:client|server)/|microsoft-windows-sysmon/|microsoft-windows-terminalservices-|microsoft-windows-winrm/|security["\s\x0B]|windows powershell)')
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
),
counted AS (
  SELECT *,
    count(*) OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "User" ORDER BY "event_time" RANGE BETWEEN INTERVAL 600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 600 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "User" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 3
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
