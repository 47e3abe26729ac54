WITH found AS (
  SELECT event_time, position, "Computer" AS "Computer", "ProcessGuid" AS "ProcessGuid", "Image" AS "Image", lower("TargetFilename") AS "value"
  FROM events
  WHERE "product" = 'windows'
    AND "category" = 'file_event'
    AND regexp_matches(lower("TargetFilename"), '(?s):\\\$recycle\.bin\\|:\\perflogs\\|:\\progra~3\\|:\\programdata\\|:\\system volume information\\|:\\users\\public\\|:\\windows\\debug\\|:\\windows\\tasks\\|\\appdata\\locallow\\|\\appdata\\roaming\\|\\temp\\|\\tmp\\')
    AND NOT COALESCE((lower("Image") IN ('c:\windows\servicing\trustedinstaller.exe', 'c:\windows\system32\dism.exe', 'c:\windows\system32\mousocoreworker.exe', 'c:\windows\system32\mpsigstub.exe', 'c:\windows\system32\msiexec.exe', 'c:\windows\syswow64\msiexec.exe', 'c:\windows\system32\wuauclt.exe', 'c:\windows\system32\werfault.exe', 'c:\windows\syswow64\werfault.exe', 'c:\windows\system32\wermgr.exe', 'c:\windows\syswow64\wermgr.exe', 'c:\program files\common files\microsoft shared\clicktorun\officeclicktorun.exe') OR regexp_matches(lower("Image"), '(?s)^(?:c:\\windows\\winsxs\\|c:\\windows\\softwaredistribution\\|c:\\program files\\windows defender\\|c:\\program files\\windows defender advanced threat protection\\|c:\\programdata\\microsoft\\windows defender\\platform\\|c:\\program files \(x86\)\\microsoft intune management extension\\|c:\\windows\\ccm\\|c:\\windows\\ccmsetup\\)')) OR regexp_matches(lower("TargetFilename"), '(?s):\\programdata\\package cache\\\{|\\appdata\\roaming\\microsoft\\credentials|\\appdata\\roaming\\microsoft\\crypto|\\appdata\\roaming\\microsoft\\protect|\\appdata\\roaming\\microsoft\\systemcertificates|\\appdata\\roaming\\microsoft\\windows\\recent\\|\\appdata\\roaming\\microsoft\\windows\\themes\\|(?:\.0\.cs|\.cmdline|\.dll|\.etl|\.exe|\.ldb|\.lock|\.mui|\.pyc|\.pyd|\.sys|\.tmp)$') OR (lower("Image") = 'c:\windows\explorer.exe' AND ("TargetFilename" ILIKE '%:\$Recycle.Bin\%\$I%' ESCAPE '!' OR "TargetFilename" ILIKE '%:\$Recycle.Bin\%\$R%' ESCAPE '!')) OR (lower("Image") IN ('c:\windows\system32\searchindexer.exe', 'c:\windows\system32\svchost.exe') AND contains(lower("TargetFilename"), ':\programdata\microsoft\')), FALSE)
    AND NOT COALESCE((lower("Image") IN ('c:\program files (x86)\google\chrome\application\chrome.exe', 'c:\program files (x86)\microsoft\edge\application\msedge.exe', 'c:\program files (x86)\mozilla firefox\firefox.exe', 'c:\program files\bravesoftware\brave-browser\application\brave.exe', 'c:\program files\google\chrome\application\chrome.exe', 'c:\program files\microsoft\edge\application\msedge.exe', 'c:\program files\mozilla firefox\firefox.exe') OR regexp_matches(lower("Image"), '(?s)^(?:c:\\program files \(x86\)\\google\\googleupdater\\|c:\\program files \(x86\)\\google\\update\\|c:\\program files \(x86\)\\microsoft\\edgeupdate\\|c:\\program files \(x86\)\\admin arsenal\\pdq deploy\\|c:\\program files\\common files\\veeam\\|c:\\program files\\veeam\\|c:\\program files\\veritas\\backup exec\\|c:\\windows\\adminarsenal\\)')) OR (regexp_matches(lower("Image"), '(?s)(?:\\code\.exe|\\slack\.exe|\\teams\.exe|\\zoom\.exe)$') AND regexp_matches(lower("TargetFilename"), '(?s)\\appdata\\roaming\\code\\|\\appdata\\roaming\\microsoft\\teams\\|\\appdata\\roaming\\slack\\|\\appdata\\roaming\\zoom\\')), FALSE)
    AND "event_time" IS NOT NULL
    AND "Computer" IS NOT NULL
    AND "ProcessGuid" IS NOT NULL
    AND "Image" IS NOT NULL
    AND "TargetFilename" IS NOT NULL
),
counted AS (
  SELECT *,
    count(DISTINCT "value") OVER span AS "count",
    min("event_time") OVER span AS "start"
  FROM found
  WINDOW span AS (PARTITION BY "Computer", "ProcessGuid", "Image" ORDER BY "event_time" RANGE BETWEEN INTERVAL 600 SECONDS PRECEDING AND CURRENT ROW)
),
hits AS (
  SELECT *,
    "start" AS "first_seen",
    "event_time" - INTERVAL 600 SECONDS > lag("event_time") OVER (PARTITION BY "Computer", "ProcessGuid", "Image" ORDER BY "event_time") AS "begins"
  FROM counted
  WHERE "count" >= 10
),
bursts AS (
  SELECT *,
    count(CASE WHEN "begins" THEN 1 END) OVER (PARTITION BY "Computer", "ProcessGuid", "Image" ORDER BY "event_time") AS "burst"
  FROM hits
)
SELECT "Computer", "ProcessGuid", "Image", min("first_seen") AS "first_seen", max("event_time") AS "last_seen", max("count") AS "count"
FROM bursts
GROUP BY "Computer", "ProcessGuid", "Image", "burst"
ORDER BY "first_seen"
