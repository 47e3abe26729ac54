SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '\attrib.exe') OR lower("OriginalFileName") = 'attrib.exe')
  AND contains(lower("CommandLine"), ' +h')
  AND (regexp_matches("CommandLine", '(?is)[\s\x0B]["\\?.]*[a-z]:[\\/]+(?:\$recycle\.bin|perflogs|programdata|progra~3|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|te?mp)(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B]["\\?.]*(?:[%!]|\$\{?env:)(?:programdata|allusersprofile|public|appdata|te?mp|systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs)|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)\.(?:7z|rar|zip|tar|gz|tgz|cab|iso|csv|docx?|xlsx?|pptx?|pdf|pst|ost|kdbx|sql|dmp|r[0-9]{2}|z[0-9]{2}|[0-9]{3})(?:"|[\s\x0B]|$)'))
  AND NOT COALESCE(contains(lower("CommandLine"), '\desktop.ini'), FALSE)
