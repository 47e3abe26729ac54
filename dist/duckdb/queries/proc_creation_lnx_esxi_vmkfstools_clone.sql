SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '/vmkfstools') OR starts_with(lower("CommandLine"), 'vmkfstools '))
  AND regexp_matches("CommandLine", '(?s)[\s\x0B]-(?:[a-zA-Z]*i|-clonevirtualdisk)[=/\s\x0B]')
