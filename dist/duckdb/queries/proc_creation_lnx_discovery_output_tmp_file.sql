SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND regexp_matches(lower("Image"), '(?s)(?:/ash|/bash|/busybox|/dash|/ksh|/sh|/zsh)$')
  AND regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-zA-Z]*c[\s\x0B]')
  AND (regexp_matches("CommandLine", '(?s)[;&|(`{"''/\s\x0B](?:id|groups|whoami|w|who|last|lastlog|getent|hostname|uname|lscpu|dmidecode|uptime|env|printenv|arp|ifconfig|ip|netstat|route|ss|df|lsblk|mount|lsof|ps|systemctl|crontab|dpkg|rpm|cat[\s\x0B]+/+(?:etc|proc)/[^;&|>\s\x0B]*)(?:[;&|)`}"''\s\x0B](?:[^>]|>+[\s\x0B]*(?:/dev/null|&[0-9]))*)?(?:(?:>+|&gt;)[\s\x0B]*|\|[\s\x0B]*tee[\s\x0B]+(?:-[a-z]+[\s\x0B]+)?)["'']?/+(?:tmp|var/+tmp|dev/+shm)/') OR regexp_matches("CommandLine", '(?s)\|[\s\x0B]*(?:[^|>\s\x0B]*/)?(?:ba|da|k|z)?sh(?:[\s\x0B][^>|]*)?(?:>+|&gt;)[\s\x0B]*["'']?/+(?:tmp|var/+tmp|dev/+shm)/'))
