SELECT *
FROM events
WHERE "product" = 'linux'
  AND "service" = 'auditd'
  AND lower("type") = 'execve'
  AND (regexp_matches("a1", '(?s)^(?:-(?:[a-zA-Z]*f|-file=))?/+(?:tmp|var/+tmp|dev/+shm)/') OR regexp_matches("a2", '(?s)^(?:-(?:[a-zA-Z]*f|-file=))?/+(?:tmp|var/+tmp|dev/+shm)/') OR regexp_matches("a3", '(?s)^(?:-(?:[a-zA-Z]*f|-file=))?/+(?:tmp|var/+tmp|dev/+shm)/') OR regexp_matches("a4", '(?s)^(?:-(?:[a-zA-Z]*f|-file=))?/+(?:tmp|var/+tmp|dev/+shm)/') OR regexp_matches("a5", '(?s)^(?:-(?:[a-zA-Z]*f|-file=))?/+(?:tmp|var/+tmp|dev/+shm)/') OR regexp_matches("a6", '(?s)^(?:-(?:[a-zA-Z]*f|-file=))?/+(?:tmp|var/+tmp|dev/+shm)/'))
  AND ((regexp_matches("a0", '(?s)(?:^|/)(?:bsdtar|tar)$') AND (regexp_matches("a1", '(?s)^(?:-?[a-eg-su-wyzBGJMOPRSUWZ]*[cru]|--(?:append|create|update)$)') OR regexp_matches("a2", '(?s)^-(?:[a-eg-su-wyzBGJMOPRSUWZ]*[cru]|-(?:append|create|update)$)') OR regexp_matches("a3", '(?s)^-(?:[a-eg-su-wyzBGJMOPRSUWZ]*[cru]|-(?:append|create|update)$)'))) OR regexp_matches("a0", '(?s)(?:^|/)zip$') OR (regexp_matches("a0", '(?s)(?:^|/)(?:7z|7za|7zr|7zz|rar)$') AND regexp_matches("a1", '(?s)^[aum]$')))
