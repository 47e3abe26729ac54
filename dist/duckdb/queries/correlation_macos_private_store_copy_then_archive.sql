WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 1 AS "rule"
  FROM events
  WHERE "product" = 'macos'
    AND "category" = 'process_creation'
    AND ((ends_with(lower("Image"), '/osascript') AND regexp_matches("CommandLine", '(?s)(?:duplicate|copy|cp|ditto|rsync|mv)[\s\x0B]') AND regexp_matches("CommandLine", '(?s)NoteStore\.sqlite|group\.com\.apple\.notes|login\.keychain|Library[/:]+Keychains|Cookies\.binarycookies|Library[/:]+(?:Safari|Mail|Messages)|Application\\? Support[/:]+(?:Google|Firefox|BraveSoftware|Microsoft\\? Edge|Arc)|Application\\? Support[/:]+(?:Exodus|Electrum|Coinomi|Ledger\\? Live|Telegram\\? Desktop)')) OR (regexp_matches(lower("Image"), '(?s)(?:/cp|/ditto|/mv|/rsync)$') AND regexp_matches("CommandLine", '(?s)NoteStore\.sqlite|group\.com\.apple\.notes|login\.keychain|Library[/:]+Keychains|Cookies\.binarycookies|Library[/:]+(?:Safari|Mail|Messages)|Application\\? Support[/:]+(?:Google|Firefox|BraveSoftware|Microsoft\\? Edge|Arc)|Application\\? Support[/:]+(?:Exodus|Electrum|Coinomi|Ledger\\? Live|Telegram\\? Desktop)') AND regexp_matches("CommandLine", '(?s)[\s\x0B](?:"/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))(?:/[^"]*)?"|/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))(?:/[^"\s\x0B]*)?)[\s\x0B]*$')))
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "User" IS NOT NULL
  UNION ALL
  SELECT event_time, position, "Computer" AS "Computer", "User" AS "User", 2 AS "rule"
  FROM events
  WHERE "product" = 'macos'
    AND "category" = 'process_creation'
    AND ((ends_with(lower("Image"), '/ditto') AND regexp_matches("CommandLine", '(?s)[\s\x0B]-[kVvXzj]*c[kVvXzj]*[\s\x0B]') AND regexp_matches("CommandLine", '(?s)[\s\x0B](?:"/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))(?:/[^"]*)?"|/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))(?:/[^"\s\x0B]*)?)[\s\x0B]*$')) OR ((ends_with(lower("Image"), '/bsdtar') OR ends_with(lower("Image"), '/tar')) AND (regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+tar)?[\s\x0B]+[a-su-wyzBGJMOPRSUWZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-eg-su-wyzBGJMOPRSUWZ]*[cru]') OR regexp_matches("CommandLine", '(?s)[\s\x0B]--(?:append|create|update)(?:[\s\x0B]|$)')) AND (regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+tar)?[\s\x0B]+[a-zA-Z]*f[a-zA-Z]*[\s\x0B]+"?/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))/') OR regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-zA-Z]*f[\s\x0B]*"?/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))/') OR regexp_matches("CommandLine", '(?s)[\s\x0B]--file[=\s\x0B][\s\x0B]*"?/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))/'))) OR (ends_with(lower("Image"), '/zip') AND regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+-(?:[a-zA-Z]*[Pbst]|-password)[\s\x0B]+[^\-\s\x0B][^\s\x0B]*|[\s\x0B]+-[^\s\x0B]+)*[\s\x0B]+"?/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))/')) OR (regexp_matches(lower("Image"), '(?s)(?:/7z|/7za|/7zr|/7zz|/rar)$') AND regexp_matches("CommandLine", '(?s)^[^\s\x0B]+(?:[\s\x0B]+-[^\s\x0B]+)*[\s\x0B]+[aum](?:[\s\x0B]+-[^\s\x0B]+)*[\s\x0B]+"?/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))/')) OR (ends_with(lower("Image"), '/hdiutil') AND regexp_matches("CommandLine", '(?s)[\s\x0B]create[\s\x0B]') AND regexp_matches("CommandLine", '(?s)[\s\x0B]"?/+(?:Users/+Shared|(?:private/+)?tmp|(?:private/+)?var/+(?:tmp|folders?))/')))
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
