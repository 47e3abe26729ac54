SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'file_event'
  AND regexp_matches(lower("TargetFilename"), '(?s)^(?:/home/.*/public_html/|/opt/.*/htdocs/|/opt/.*/webapps/|/srv/http/|/srv/www/|/usr/local/apache2/htdocs/|/usr/share/nginx/html/|/var/lib/tomcat.*/webapps/|/var/www/)')
  AND (regexp_matches(lower("TargetFilename"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst|\.accdb|\.bacpac|\.bak|\.csv|\.dit|\.dmp|\.edb|\.eml|\.hiv|\.jks|\.kdb|\.kdbx|\.mdb|\.mdf|\.msg|\.nsf|\.ost|\.pfx|\.ppk|\.pst|\.sql|\.sqlite|\.vmdk|\.xls|\.xlsx)$') OR regexp_matches("TargetFilename", '(?s)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
