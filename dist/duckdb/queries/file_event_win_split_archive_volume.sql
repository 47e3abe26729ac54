SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND regexp_matches("TargetFilename", '(?is)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|part[0-9]+\.rar|[rz][0-9]{2})$')
  AND NOT COALESCE((contains(lower("TargetFilename"), '\downloads\') OR "TargetFilename" ILIKE '%:\$Recycle.Bin\%\$I______.%' ESCAPE '!'), FALSE)
