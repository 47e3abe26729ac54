SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND regexp_matches(lower("Image"), '(?s)(?:\\httpd\.exe|\\nginx\.exe|\\php-cgi\.exe|\\tomcat7\.exe|\\tomcat8\.exe|\\tomcat9\.exe|\\tomcat10\.exe|\\tomcat11\.exe|\\umworkerprocess\.exe|\\w3wp\.exe|\\ws_tomcatservice\.exe)$')
  AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
  AND (regexp_matches(lower("TargetFilename"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst|\.accdb|\.bacpac|\.bak|\.csv|\.dit|\.dmp|\.edb|\.eml|\.hiv|\.jks|\.kdb|\.kdbx|\.mdb|\.mdf|\.msg|\.nsf|\.ost|\.pfx|\.ppk|\.pst|\.sql|\.sqlite|\.vmdk|\.xls|\.xlsx)$') OR regexp_matches("TargetFilename", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
  AND NOT COALESCE(contains(lower("TargetFilename"), '\iis temporary compressed files\'), FALSE)
