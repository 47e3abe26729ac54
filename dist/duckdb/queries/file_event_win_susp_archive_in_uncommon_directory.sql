SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
  AND (regexp_matches(lower("TargetFilename"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst)$') OR regexp_matches("TargetFilename", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
  AND NOT COALESCE(("TargetFilename" ILIKE '%:\$Recycle.Bin\%\$I______.%' ESCAPE '!' OR "TargetFilename" ILIKE '%:\$Recycle.Bin\%\$R______.%' ESCAPE '!'), FALSE)
