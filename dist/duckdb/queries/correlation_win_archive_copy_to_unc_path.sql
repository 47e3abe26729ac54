WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 1 AS "rule"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'process_creation'
    AND (regexp_matches("CommandLine", '(?is)[,=:"''(\s\x0B]["''(\\?.$]*[a-z]:[\\/]+(?:\$recycle\.bin|perflogs|programdata|progra~3|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|te?mp)(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[,=:"''(\s\x0B]["''(\\?.$]*(?:[%!]|\$\{?env:)(?:programdata|allusersprofile|public|appdata|te?mp|systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs)|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)'))
    AND (((regexp_matches(lower("Image"), '(?s)(?:\\7z\.exe|\\7za\.exe|\\7zg\.exe|\\7zr\.exe|\\7zz\.exe|\\rar\.exe|\\winrar\.exe|\\winzip\.exe|\\winzip32\.exe|\\winzip64\.exe|\\wzzip\.exe)$') OR lower("OriginalFileName") IN ('7z.exe', '7za.exe', '7zg.exe', '7zr.exe', 'rar.exe', 'winrar.exe', 'winzip32.exe', 'wzzip.exe') OR lower("Description") = 'command line rar' OR regexp_matches(lower("CommandLine"), '(?s) -hp| "-hp| -mhe')) AND regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+(?:"-[^"]*"|-[^"\s\x0B]*(?:"[^"]*")?))*[\s\x0B]+-?(?:a|u|m|mf)[\s\x0B]')) OR (((ends_with(lower("Image"), '\wzzip.exe') OR ends_with(lower("Image"), '\zip.exe')) OR lower("OriginalFileName") = 'wzzip.exe') AND regexp_matches("CommandLine", '(?s)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+(?:"-[^"]*"|-[^"\s\x0B]*(?:"[^"]*")?))*[\s\x0B]+(?:"[^"]+"|[^"\-\s\x0B][^"\s\x0B]*)[\s\x0B]+[^\s\x0B]')) OR (((ends_with(lower("Image"), '\bsdtar.exe') OR ends_with(lower("Image"), '\tar.exe')) OR lower("OriginalFileName") = 'bsdtar') AND (regexp_matches("CommandLine", '(?s)^(?:"[^"]*"|[^"\s\x0B]+)[\s\x0B]+[a-su-wyzBHJLOPSUZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-eg-su-wyzBHJLOPSUZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]--(?:append|create|update)(?:[\s\x0B]|$)'))) OR (((ends_with(lower("Image"), '\diantz.exe') OR ends_with(lower("Image"), '\makecab.exe')) OR lower("OriginalFileName") IN ('diantz.exe', 'makecab.exe')) AND (regexp_matches("CommandLine", '(?is)[\s\x0B][/\-]f[\s\x0B]') OR regexp_matches("CommandLine", '(?s)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+[/\-][^\s\x0B]+(?:[\s\x0B]+[^"=/\-\s\x0B][^"=/\s\x0B]*=[^\s\x0B]+)?)*[\s\x0B]+(?:"[^"]*"|[^"/\-\s\x0B][^"\s\x0B]*)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+(?:"[^"]*"|[^"/\-\s\x0B])'))) OR ((regexp_matches(lower("Image"), '(?s)(?:\\powershell_ise\.exe|\\powershell\.exe|\\pwsh\.exe)$') OR lower("OriginalFileName") IN ('powershell_ise.exe', 'powershell.exe', 'pwsh.dll')) AND (contains(lower("CommandLine"), 'compress-archive') OR contains(lower("CommandLine"), 'createfromdirectory'))))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 2 AS "rule"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'process_creation'
    AND ((((ends_with(lower("Image"), '\robocopy.exe') OR ends_with(lower("Image"), '\xcopy.exe')) OR lower("OriginalFileName") IN ('robocopy.exe', 'xcopy.exe')) AND regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+(?:"[^"]*"|[^"/\-\s\x0B])[^"\s\x0B]*(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+"?\\\\(?:[?.]\\unc\\)?(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*\\+[^\\/"''\s\x0B]')) OR ((ends_with(lower("Image"), '\cmd.exe') OR lower("OriginalFileName") = 'cmd.exe') AND regexp_matches("CommandLine", '(?is)(?:^|[&|("@,;=\s\x0B]|/[ck])(?:c\^?o\^?p\^?y|m\^?o\^?v\^?e)\^?(?:[\s\x0B]*/[^"\s\x0B]+(?:[\s\x0B]+/[^"\s\x0B]+)*)?[\s\x0B]+(?:"[^"]*"|[^"/&|<>\s\x0B])[^"&|<>\s\x0B]*[\s\x0B](?:[^&|<>]*[\s\x0B])?"?\\\\(?:[?.]\\unc\\)?(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*\\+[^\\/"''\s\x0B]')) OR ((regexp_matches(lower("Image"), '(?s)(?:\\powershell_ise\.exe|\\powershell\.exe|\\pwsh\.exe)$') OR lower("OriginalFileName") IN ('powershell_ise.exe', 'powershell.exe', 'pwsh.dll')) AND (regexp_matches("CommandLine", '(?is)(?:^|["''({;|&=\\\s\x0B])(?:(?:copy|move)(?:-item)?|start-bitstransfer|cpi|cp|mi|mv)[\s\x0B]+(?:[^;|]*[\s\x0B])?(?:-d[a-z]*[:\s\x0B]|[^;|\-\s\x0B][^;|\s\x0B]*[\s\x0B])[\s\x0B]*["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B]') OR regexp_matches("CommandLine", '(?is)::(?:copy|move)\([^)]*,[\s\x0B]*["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B]') OR (regexp_matches("CommandLine", '(?is)\$[a-z0-9_:]+[\s\x0B]*=[\s\x0B]*["''(\\]*(?:microsoft\.powershell\.core\\)?(?:filesystem::)?(?:\\\\(?:[?.]\\unc\\)?|//)(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*[\\/]+[^\\/"''\s\x0B][^\n]*(?:^|["''({;|&=\\\s\x0B])(?:(?:copy|move)(?:-item)?|start-bitstransfer|cpi|cp|mi|mv)[\s\x0B]') AND regexp_matches("CommandLine", '(?is)(?:^|["''({;|&=\\\s\x0B])(?:(?:copy|move)(?:-item)?|start-bitstransfer|cpi|cp|mi|mv)[\s\x0B][^\n]*\$')))))
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
