SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND regexp_matches(lower("Image"), '(?s)(?:\\exp\.exe|\\expdp\.exe|\\mariadb-dump\.exe|\\mongodump\.exe|\\mongoexport\.exe|\\mysqldump\.exe|\\pg_dump\.exe|\\pg_dumpall\.exe|\\sqlpackage\.exe|\\sqluldr2\.exe|\\sqluldr264\.exe|\\bcp\.exe|\\mariadbd\.exe|\\mysqld\.exe|\\mysql\.exe|\\psql\.exe|\\sqlite3\.exe|\\sqlplus\.exe|\\oracle\.exe|\\postgres\.exe|\\osql\.exe|\\sqlcmd\.exe|\\sqlservr\.exe)$')
  AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
  AND regexp_matches(lower("TargetFilename"), '(?s)(?:\.bacpac|\.dacpac|\.bak|\.trn|\.bcp|\.bson|\.json|\.csv|\.tsv|\.txt|\.dmp|\.dump|\.ldf|\.mdf|\.ndf|\.sql|\.sqlite|\.db|\.7z|\.gz|\.zip)$')
