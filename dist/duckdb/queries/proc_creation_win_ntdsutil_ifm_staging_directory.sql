SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND ((ends_with(lower("Image"), '\dsdbutil.exe') OR ends_with(lower("Image"), '\ntdsutil.exe')) OR lower("OriginalFileName") IN ('dsdbutil.exe', 'ntdsutil.exe') OR (contains(lower("CommandLine"), 'dsdbutil') OR contains(lower("CommandLine"), 'ntdsutil')))
  AND (regexp_matches("CommandLine", '(?is)["''(\s\x0B]cr[eat]*[\s\x0B]+(?:[a-z]+[\s\x0B]+)+["''\\?.]*[a-z]:[\\/]+(?:inetpub|\$recycle\.bin|perflogs|programdata|progra~3|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|te?mp)(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)["''(\s\x0B]cr[eat]*[\s\x0B]+(?:[a-z]+[\s\x0B]+)+["''\\?.]*(?:[%!]|\$\{?env:)(?:programdata|allusersprofile|public|appdata|te?mp|systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs)|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)'))
