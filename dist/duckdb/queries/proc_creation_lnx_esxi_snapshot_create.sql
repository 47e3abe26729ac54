SELECT *
FROM events
WHERE "product" = 'linux'
  AND "category" = 'process_creation'
  AND (ends_with(lower("Image"), '/vim-cmd') OR starts_with(lower("CommandLine"), 'vim-cmd '))
  AND (contains(lower("CommandLine"), 'vmsvc/get.snapshot') OR contains(lower("CommandLine"), 'vmsvc/snapshot.create'))
