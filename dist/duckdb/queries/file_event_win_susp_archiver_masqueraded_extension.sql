SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND regexp_matches(lower("Image"), '(?s)(?:\\7z\.exe|\\7za\.exe|\\7zg\.exe|\\7zr\.exe|\\7zz\.exe|\\rar\.exe|\\winrar\.exe)$')
  AND (regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\') OR regexp_matches("TargetFilename", '(?is)^[a-z]:\\[^\\]+$'))
  AND regexp_matches("TargetFilename", '(?is)\.(?:avi|bmp|css|dat|db|dll|exe|gif|html?|ico|ini|jpe?g|js|log|mp[34]|ms|mui|ocx|png|sys|tmp|ttf|txt|wav)$')
  AND NOT COALESCE(regexp_matches(lower("TargetFilename"), '(?s):\\users\\public\\desktop\\|:\\users\\public\\documents\\|:\\users\\public\\downloads\\|:\\users\\public\\music\\|:\\users\\public\\pictures\\|:\\users\\public\\videos\\'), FALSE)
