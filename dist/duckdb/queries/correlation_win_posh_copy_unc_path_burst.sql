WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", lower("ScriptBlockText") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'ps_script'
    AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:copy|move|cpi|cp|mi|mv|robocopy|xcopy|start-bitstransfer)(?:-item|\.exe["'']?)?(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t](?:-d[a-z]*[ \t:]|[^;|\-\s\x0B][^;|\s\x0B]*[ \t]|`\r?\n)[ \t]*["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B]') OR regexp_matches("ScriptBlockText", '(?is)(?:::(?:copy|move)\([^)\n]*,|\.(?:copy|move)to\()[ \t]*["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B]') OR (regexp_matches("ScriptBlockText", '(?is)(?:\$[a-z0-9_:{}]+|destination(?:path)?)[ \t]*=[ \t]*["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B]') AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:copy|move|cpi|cp|mi|mv|robocopy|xcopy|start-bitstransfer)(?:-item|\.exe["'']?)?[ \t]+@[a-z]') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:copy|move|cpi|cp|mi|mv|robocopy|xcopy|start-bitstransfer)(?:-item|\.exe["'']?)?(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t](?:-d[a-z]*[ \t:]|[^;|\-\s\x0B][^;|\s\x0B]*[ \t]|`\r?\n)[ \t]*["''(]*\$\{?[a-z0-9_]+(?:[}\\/"''),;|\s\x0B]|$)'))) OR (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:new-psdrive|ndr|mount)(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t]-r[a-z]*[ \t:]+["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B]') AND regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:copy|move|cpi|cp|mi|mv|robocopy|xcopy|start-bitstransfer)(?:-item|\.exe["'']?)?(?:[ \t](?:[^;|\n]|`\r?\n)*)?[ \t](?:-d[a-z]*[ \t:]|[^;|\-\s\x0B][^;|\s\x0B]*[ \t]|`\r?\n)[ \t]*["''(]*(?:[abd-z]|[a-z0-9]+[a-z0-9]):(?:[\\/"''),;|\s\x0B]|$)')))
    AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
    AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "ScriptBlockText" IS NOT NULL
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
