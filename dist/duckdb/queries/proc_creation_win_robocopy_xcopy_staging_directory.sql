SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'process_creation'
  AND ((ends_with(lower("Image"), '\robocopy.exe') OR ends_with(lower("Image"), '\xcopy.exe')) OR lower("OriginalFileName") IN ('robocopy.exe', 'xcopy.exe'))
  AND (regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+(?:"[^"]*"|[^"/\-\s\x0B])[^"\s\x0B]*(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+["\\?.]*[a-z]:[\\/]+(?:programdata|progra~3|perflogs|\$recycle\.bin|te?mp|users[\\/]+public|windows[\\/]+(?:temp|debug|tasks)|users[\\/]+[^\\/"]+[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp))(?:[\\/"''),;|&<>`\s\x0B]|$)') OR regexp_matches("CommandLine", '(?is)^(?:"[^"]*"|[^"\s\x0B]+)(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+(?:"[^"]*"|[^"/\-\s\x0B])[^"\s\x0B]*(?:[\s\x0B]+[/\-][^\s\x0B]+)*[\s\x0B]+["\\?.]*(?:[%!]|\$\{?env:)(?:te?mp|public|programdata|allusersprofile|appdata|(?:windir|systemroot)[%!}]?[\\/]+(?:temp|debug|tasks)|localappdata[%!}]?[\\/]+temp|userprofile[%!}]?[\\/]+appdata[\\/]+(?:roaming|locallow|local[\\/]+temp)|systemdrive[%!}]?[\\/]+p(?:rogramdata|erflogs))[%!}]?(?:[\\/"''),;|&<>`\s\x0B]|$)'))
