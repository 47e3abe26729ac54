SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '\esentutl.exe') OR lower("OriginalFileName") = 'esentutl.exe')
  AND regexp_matches(lower("CommandLine"), '(?s) -y| /y| –y| —y| ―y')
  AND (regexp_matches("CommandLine", '(?is)[\s\x0B][/\-]d[\s\x0B]*["\\?.]*[a-z]:[\\/]+(?:inetpub|\$recycle\.bin|perflogs|programdata|progra~3|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|te?mp)(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B][/\-]d[\s\x0B]*["\\?.]*(?:[%!]|\$\{?env:)(?:programdata|allusersprofile|public|appdata|te?mp|systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs)|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)[\s\x0B][/\-]d[\s\x0B]*"?\\\\(?:[?.]\\unc\\)?(?:\$\{?env:|[a-z0-9%!$_])[a-z0-9_.%!$@{}()\-]*\\+[^\\/"''\s\x0B]'))
