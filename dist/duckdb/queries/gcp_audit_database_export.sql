SELECT *
FROM events
WHERE "product" = 'gcp'
  AND "service" = 'gcp.audit'
  AND regexp_matches(lower("gcp.audit.method_name"), '(?s)(?:cloudsql\.instances\.export|datastoreadmin\.exportentities|firestoreadmin\.exportdocuments)$')
