WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", 1 AS "rule"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'ps_script'
    AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*get-(?:(?:ad|domain|forest|gpo)[a-z]*|(?:net|local|smb)[a-z]+|wmiobject|ciminstance|computerinfo|hotfix|childitem[\s\x0B]+env:|process|service)(?:[|);}\s\x0B](?:[^;\n]|;[^}\n]*\}|[|`][ \t]*\r?\n)*)?\|[\s\x0B]*(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t]') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*get-(?:(?:ad|domain|forest|gpo)[a-z]*|(?:net|local|smb)[a-z]+|wmiobject|ciminstance|computerinfo|hotfix|childitem[\s\x0B]+env:|process|service)(?:(?:>|&gt;)+|(?:[|);}\s\x0B](?:[^;\n]|;[^}\n]*\}|[|`][ \t]*\r?\n)*)?[^0-9=>\-](?:>|&gt;)+[ \t]*["''%$a-z])') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:adfind|arp|cmdkey|doskey|driverquery|dsget|dsquery|gpresult|ipconfig|klist|net1?|netsh|netstat|nltest|nslookup|qprocess|quser|qwinsta|route|sc|schtasks|systeminfo|tasklist|tree|whoami|wmic)(?:\.exe)?(?:[|);}\s\x0B](?:[^;\n]|;[^}\n]*\}|[|`][ \t]*\r?\n)*)?\|[\s\x0B]*(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t]') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:adfind|arp|cmdkey|doskey|driverquery|dsget|dsquery|gpresult|ipconfig|klist|net1?|netsh|netstat|nltest|nslookup|qprocess|quser|qwinsta|route|sc|schtasks|systeminfo|tasklist|tree|whoami|wmic)(?:\.exe)?(?:(?:>|&gt;)+|(?:[|);}\s\x0B](?:[^;\n]|;[^}\n]*\}|[|`][ \t]*\r?\n)*)?[^0-9=>\-](?:>|&gt;)+[ \t]*["''%$a-z])'))
    AND (regexp_matches("ScriptBlockText", '(?is)(?:[^0-9=>\-](?:>|&gt;)+|(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t](?:-[a-z]+[ \t:](?:[a-z0-9]+[ \t])?)*)[ \t]*["''(\\?.$]*(?:join-path[ \t]+(?:-path[ \t]+)?["''(]*)?[a-z]:[\\/]+(?:\$recycle\.bin|perflogs|programdata|progra~3|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|te?mp)(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("ScriptBlockText", '(?is)(?:[^0-9=>\-](?:>|&gt;)+|(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t](?:-[a-z]+[ \t:](?:[a-z0-9]+[ \t])?)*)[ \t]*["''(\\?.$]*(?:join-path[ \t]+(?:-path[ \t]+)?["''(]*|\[[a-z.]*path\]::combine\([ \t]*["''(]*)?(?:[%!]|\$\{?env:)(?:programdata|allusersprofile|public|appdata|te?mp)[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("ScriptBlockText", '(?is)(?:[^0-9=>\-](?:>|&gt;)+|(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t](?:-[a-z]+[ \t:](?:[a-z0-9]+[ \t])?)*)[ \t]*["''(\\?.$]*(?:join-path[ \t]+(?:-path[ \t]+)?["''(]*)?(?:[%!]|\$\{?env:)(?:systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs)|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("ScriptBlockText", '(?is)(?:[^0-9=>\-](?:>|&gt;)+|(?:out-file|export-c[a-z]*|(?:set|add)-content|tee[a-z\-]*)[ \t](?:-[a-z]+[ \t:](?:[a-z0-9]+[ \t])?)*)[ \t]*["''(\\?.$]*(?:join-path[ \t]+(?:-path[ \t]+)?["''(]*|\[[a-z.]*path\]::combine\([ \t]*["''(]*)?\[(?:system\.)?io\.path\]::gettemppath\(\)'))
    AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
    AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", 2 AS "rule"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'ps_script'
    AND (regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*compress-archive(?:[ \t]+[@"''$(a-z.\\\-]|[\s\x0B]*\r?\n)') OR regexp_matches(lower("ScriptBlockText"), '(?s)zipfile\]::createfromdirectory\(|ziparchivemode\]::create|createentryfromfile\(') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:7z|7za|7zr|rar|winrar)(?:\.exe)?["'']?[ \t]+["'']?[au][ \t"'']') OR regexp_matches("ScriptBlockText", '(?is)(?:^|[\n;|&({=\\])[ \t]*(?:bsd)?tar(?:\.exe)?["'']?[ \t]+-?[a-z]*c[a-z]*[ \t]'))
    AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\windowspowershell\\modules\\|c:\\program files\\powershell\\|c:\\program files\\windowspowershell\\modules\\|c:\\windows\\system32\\windowspowershell\\v1\.0\\modules\\|c:\\windows\\syswow64\\windowspowershell\\v1\.0\\modules\\)'), FALSE)
    AND NOT COALESCE(regexp_matches(lower("Path"), '(?s)^(?:c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\imecache\\healthscripts\\)'), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
),
step_1 AS (
  SELECT *,
    count(*) OVER span AS "count",
    max(CASE WHEN "rule" = 1 THEN "event_time" END) OVER before AS "start_1"
  FROM found
  WINDOW span AS (PARTITION BY "Computer" ORDER BY "event_time" RANGE BETWEEN INTERVAL 1800 SECONDS PRECEDING AND CURRENT ROW),
    before AS (PARTITION BY "Computer" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
step_2 AS (
  SELECT *,
    max(CASE WHEN "rule" = 2 THEN "start_1" END) OVER before AS "start_2"
  FROM step_1
  WINDOW before AS (PARTITION BY "Computer" ORDER BY "event_time" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start_2" AS "first_seen",
    "event_time" - INTERVAL 1800 SECONDS > lag("event_time") OVER (PARTITION BY "Computer" ORDER BY "event_time") AS "begins"
  FROM step_2
  WHERE "rule" = 2
    AND "start_2" >= "event_time" - INTERVAL 1800 SECONDS
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
