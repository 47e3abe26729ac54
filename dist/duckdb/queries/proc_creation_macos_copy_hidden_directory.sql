SELECT *
FROM events
WHERE "product" = 'macos'
  AND "category" = 'process_creation'
  AND regexp_matches(lower("Image"), '(?s)(?:/cp|/ditto|/install|/mv|/rsync)$')
  AND ((regexp_matches("CommandLine", '(?s)[\s\x0B]"?/+Users/+[^/"\s\x0B]+/+(?:Desktop|Documents|Downloads|Library)[/"\s\x0B]') AND regexp_matches("CommandLine", '(?s)[\s\x0B](?:"/+Users/+[^/"]+/+\.[^/."][^"]*"|/+Users/+[^/"\s\x0B]+/+\.[^/."\s\x0B][^"\s\x0B]*)[\s\x0B]*$')) OR regexp_matches("CommandLine", '(?s)[\s\x0B](?:"/+Users/+Shared/+\.[^/."][^"]*"|/+Users/+Shared/+\.[^/."\s\x0B][^"\s\x0B]*)[\s\x0B]*$'))
  AND NOT COALESCE(regexp_matches("CommandLine", '(?s)/\.Trash(?:/[^"]*|[\s\x0B]*)(?:"[\s\x0B]*)?$'), FALSE)
