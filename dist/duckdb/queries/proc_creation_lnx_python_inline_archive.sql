SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND regexp_matches("Image", '(?s)/py(?:thon|py)[0-9.]*$')
  AND (regexp_matches("CommandLine", '(?s)[\s\x0B]-m[\s\x0B]*(?:tarfile|zipfile)[\s\x0B](?:[^\n]*[\s\x0B])?-(?:[a-z]*c|-create)(?:[\s\x0B]|$)') OR (regexp_matches("CommandLine", '(?s)[\s\x0B]-[a-zA-Z]*c') AND (regexp_matches("CommandLine", '(?s)(?:bz2|gzip|lzma|zlib)\.compress(?:obj)?\(') OR regexp_matches("CommandLine", '(?s)(?:GzipFile|BZ2File|LZMAFile|ZipFile|tarfile\.open|TarFile|gzip\.open|bz2\.open|lzma\.open)\([^)]*["''][awx][bt+]*["'':|]') OR regexp_matches("CommandLine", '(?s)make_archive\('))))
