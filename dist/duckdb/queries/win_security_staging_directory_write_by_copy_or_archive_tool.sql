SELECT *
FROM events
WHERE "product" = 'windows'
  AND "service" = 'security'
  AND "EventID" = '4663'
  AND (lower("AccessMask") IN ('0x2', '0x3', '0x4', '0x6', '0x116', '0x20196', '0x100116', '0x100182', '0x100196', '0x120116', '0x120196', '0x12019f', '0x130116', '0x130196', '0x13019f', '0x1301bf', '0x170196', '0x17019f', '0x1f019f', '0x1f01ff') OR (contains("AccessList", '%%4417') OR contains("AccessList", '%%4418')))
  AND regexp_matches(lower("ProcessName"), '(?s)(?:\\7z\.exe|\\7za\.exe|\\7zg\.exe|\\7zr\.exe|\\7zz\.exe|\\rar\.exe|\\winrar\.exe|\\wzzip\.exe|\\zip\.exe|\\robocopy\.exe|\\xcopy\.exe|\\diantz\.exe|\\makecab\.exe|\\bsdtar\.exe|\\tar\.exe)$')
  AND (regexp_matches(lower("ObjectName"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\') OR regexp_matches("ObjectName", '(?is)^[a-z]:\\[^\\]+$'))
