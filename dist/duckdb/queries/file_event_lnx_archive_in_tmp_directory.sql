SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'file_event'
  AND regexp_matches(lower("TargetFilename"), '(?s)^(?:/tmp/|/var/tmp/|/dev/shm/)')
  AND (regexp_matches(lower("TargetFilename"), '(?s)(?:\.7z|\.ace|\.arj|\.bz2|\.cab|\.gz|\.iso|\.lz4|\.lzh|\.lzma|\.rar|\.tar|\.tbz2|\.tgz|\.txz|\.vhd|\.vhdx|\.wim|\.xz|\.z|\.zip|\.zipx|\.zst)$') OR regexp_matches("TargetFilename", '(?s)\.(?:(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst)\.[0-9]{3}|[rz][0-9]{2})$'))
  AND NOT COALESCE(regexp_matches(lower("TargetFilename"), '(?s)^(?:/tmp/npm-|/tmp/pip-|/var/tmp/dnf-|/var/tmp/dracut\.|/var/tmp/mkinitramfs_)'), FALSE)
