SELECT *
FROM events
WHERE "product" = 'windows'
  AND "category" = 'file_event'
  AND regexp_matches(lower("TargetFilename"), '(?s)(?:\.mbox|\.nsf|\.olm|\.ost|\.pst)$')
  AND NOT COALESCE(regexp_matches(lower("Image"), '(?s)^(?:c:\\program files \(x86\)\\hcl\\notes\\|c:\\program files \(x86\)\\ibm\\notes\\|c:\\program files\\hcl\\notes\\|c:\\program files \(x86\)\\microsoft office\\|c:\\program files\\microsoft office\\|c:\\program files\\microsoft\\exchange server\\|c:\\program files\\windowsapps\\microsoft\.outlookforwindows_)') OR "TargetFilename" ILIKE '%:\$Recycle.Bin\%\$I______.%' ESCAPE '!', FALSE)
  AND NOT COALESCE(regexp_matches(lower("Image"), '(?s)^(?:c:\\program files \(x86\)\\admin arsenal\\pdq deploy\\|c:\\program files\\common files\\veeam\\|c:\\program files\\veeam\\|c:\\program files\\veritas\\backup exec\\|c:\\windows\\adminarsenal\\)'), FALSE)
