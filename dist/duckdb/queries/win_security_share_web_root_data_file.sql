SELECT *
FROM events
WHERE "product" = 'windows'
  AND "service" = 'security'
  AND "EventID" = '5145'
  AND (lower("AccessMask") IN ('0x2', '0x3', '0x4', '0x6', '0x116', '0x20196', '0x100116', '0x100182', '0x100196', '0x120116', '0x120196', '0x12019f', '0x130116', '0x130196', '0x13019f', '0x1301bf', '0x170196', '0x17019f', '0x1f019f', '0x1f01ff') OR (contains("AccessList", '%%4417') OR contains("AccessList", '%%4418')))
  AND (regexp_matches(lower("RelativeTargetName"), '(?s)\\clientaccess\\ecp\\|\\clientaccess\\owa\\|\\frontend\\httpproxy\\|\\htdocs\\|\\nginx.*\\html\\|\\wamp.*\\www\\|\\web server extensions\\.*\\template\\layouts\\|\\webapps\\root\\|\\wwwroot\\|^(?:htdocs\\|wwwroot\\)') OR regexp_matches(lower("ShareName"), '(?s)htdocs|inetpub|wwwroot'))
  AND (regexp_matches(lower("RelativeTargetName"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst|\.accdb|\.bacpac|\.bak|\.csv|\.dit|\.dmp|\.edb|\.eml|\.hiv|\.jks|\.kdb|\.kdbx|\.mdb|\.mdf|\.msg|\.nsf|\.ost|\.pfx|\.ppk|\.pst|\.sql|\.sqlite|\.vmdk|\.xls|\.xlsx)$') OR regexp_matches("RelativeTargetName", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
