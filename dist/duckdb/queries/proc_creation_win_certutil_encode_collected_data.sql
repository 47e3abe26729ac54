SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '\certutil.exe') OR lower("OriginalFileName") = 'certutil.exe')
  AND regexp_matches(lower("CommandLine"), '(?s) -encode| /encode| –encode| —encode| ―encode')
  AND (regexp_matches("CommandLine", '(?is)\.(?:7z|ace|arj|bz2|cab|gz|iso|lz4|lzh|lzma|rar|tar|tbz2|tgz|txz|vhd|vhdx|wim|xz|z|zip|zipx|zst|accdb|bacpac|bak|csv|dit|dmp|edb|eml|hiv|jks|kdb|kdbx|mdb|mdf|msg|nsf|ost|pfx|ppk|pst|sql|sqlite|vmdk|xls|xlsx|doc|docx|odt|ods|pdf|ppt|pptx|rtf|vsd|vsdx)(?:"|[\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B]["\\?.]*[a-z]:[\\/]+(?:inetpub|\$recycle\.bin|perflogs|programdata|progra~3|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|te?mp)(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B]["\\?.]*(?:[%!]|\$\{?env:)(?:programdata|allusersprofile|public|appdata|te?mp|systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs)|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)'))
