SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND (lower("Image") = 'system' OR ends_with(lower("Image"), 'ntoskrnl.exe'))
  AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
  AND (regexp_matches(lower("TargetFilename"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst|\.accdb|\.bacpac|\.bak|\.csv|\.dit|\.dmp|\.edb|\.eml|\.hiv|\.jks|\.kdb|\.kdbx|\.mdb|\.mdf|\.msg|\.nsf|\.ost|\.pfx|\.ppk|\.pst|\.sql|\.sqlite|\.vmdk|\.xls|\.xlsx|\.doc|\.docx|\.odt|\.ods|\.pdf|\.ppt|\.pptx|\.rtf|\.vsd|\.vsdx)$') OR regexp_matches("TargetFilename", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
