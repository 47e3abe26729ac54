"""A report made by hand. Everything in it is invented: hosts, people, files and command lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from stagewatch.findings import Finding
from stagewatch.hunt.results import Burst, Count, Hit, Report, RuleFacts
from stagewatch.logs import Account, Kind, State

START = datetime.fromisoformat("2026-03-04T08:55:12.345")

PROCESS = Kind("windows", "sysmon", "process_creation")
FILE = Kind("windows", "sysmon", "file_event")

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "'\"><svg/onload=alert(2)>",
    "--><!-- ]]> <![CDATA[ &lt;b&gt; &amp;",
    "${title} $style {{ 7*7 }} %s",
    "\x1b[2J\x1b]0;owned\x07\x9b31m red \x00 bell\x07",
    '=HYPERLINK("http://127.0.0.1/","here")',
    "report\u202efdp.exe",
    "lone \ud800 surrogate",
    'comma, "quotes"\r\nand a new line',
)
"""Values that would break out of HTML, a terminal, a spreadsheet or a file's encoding."""

ARCHIVER = RuleFacts(
    stem="proc_creation_win_susp_archiver_staging_directory",
    id="6f1b1c5e-63ab-4f0a-9d7c-0b2f2a1f5f11",
    title="Archiver Packs Files in a Staging Directory",
    level="high",
    path="sigma/process_creation/proc_creation_win_susp_archiver_staging_directory.yml",
    tags=("attack.collection", "attack.t1074.001", "attack.t1560.001"),
    description="Detects an archiver that packs files of a staging directory.\nPasswords are asked by another rule.",
    false_positives=("Installers", "Backup software <of any vendor>"),
)
COPY = RuleFacts(
    stem="proc_creation_win_copy_unc_path",
    id="0d1e3a52-1d0a-4b35-8a5f-6f6b3a3f0c22",
    title="Copy to a UNC Path",
    level="low",
    path="sigma/remote_copy/proc_creation_win_copy_unc_path.yml",
    tags=("attack.collection", "attack.t1074.002", "attack.s0106"),
    description="Detects a copy to a share that is named in the command line.",
)
FILES = RuleFacts(
    stem="file_event_win_staging_directory_file_creation",
    id=None,
    title="File Created in a Staging Directory",
    level="medium",
    path="sigma/file_event/file_event_win_staging_directory_file_creation.yml",
    tags=("attack.t1074",),
)
BULK = RuleFacts(
    stem="correlation_win_bulk_file_creation_staging_directory",
    id="141b31a5-8daf-4136-89a6-c2eb9b1dfd71",
    title="Bulk File Creation in Staging Directory",
    level="critical",
    path="sigma/correlation/correlation_win_bulk_file_creation_staging_directory.yml",
    kind="value_count",
    tags=("attack.collection", "attack.t1074"),
    description="Detects one process that creates many files in staging directories within ten minutes.",
    seconds=600,
)
SEQUENCE = RuleFacts(
    stem="correlation_win_collect_then_archive",
    id="f84c7283-2116-4355-9c1e-29c7cbededc4",
    title="Files Collected, then Archived",
    level="high",
    path="sigma/correlation/correlation_win_collect_then_archive.yml",
    kind="temporal_ordered",
    seconds=900,
)
QUIET = RuleFacts("proc_creation_lnx_quiet", None, "A Rule without a Hit", "informational", "sigma/quiet.yml")

RULES = (ARCHIVER, COPY, FILES, BULK, SEQUENCE, QUIET)

LONG = (
    r'"C:\Program Files\7-Zip\7z.exe" a -t7z -mx=9 -mhe=on -hpS3cret!2026 -v200m '
    r'"C:\ProgramData\Intel\Logs\~cache\quarterly-results.7z" '
    + " ".join(rf'"\\FS-01\finance$\2025\{month:02}\Abschluß {month:02} – vertraulich.xlsx"' for month in range(1, 13))
    + " -" + "x" * 300
)  # fmt: skip


def hit(
    rule: RuleFacts,
    seconds: float | None,
    host: str | None = "WS-0417",
    user: str | None = "CORP\\a.lindqvist",
    origin: str = "evidence/WS-0417/Sysmon.evtx",
    position: int = 0,
    **matched: str,
) -> Hit:
    """A hit so many seconds after :data:`START`, or without a time."""
    time = None if seconds is None else START + timedelta(seconds=seconds)
    kind = FILE if rule is FILES else PROCESS
    return Hit(rule.stem, time, host, user, str(kind), origin, position, matched)


def some_hits() -> list[Hit]:
    """Hits in order of time, those without one last."""
    copy = r"cmd.exe /c copy /y C:\Users\Public\stage\hosts.csv \\DC-02\c$\Windows\Temp" "\\"
    rar = {"Image": r"C:\Users\Public\rar.exe", "CommandLine": r"rar a -r C:\Users\Public\stage\all.rar D:\share"}
    japanese = {
        "Image": r"C:\Windows\System32\cmd.exe",
        "CommandLine": r'cmd /c copy "C:\共有\営業部\見積書 2025年度.xlsx" \\FS-01\temp$',
    }
    found = [
        hit(COPY, 0, position=412, Image=r"C:\Windows\System32\cmd.exe", CommandLine=copy),
        hit(ARCHIVER, 310.25, position=977, Image=r"C:\Program Files\7-Zip\7z.exe", CommandLine=LONG),
        *(
            hit(
                FILES,
                400 + 7 * number,
                position=1200 + number,
                TargetFilename=rf"C:\ProgramData\Intel\Logs\{number}.xlsx",
            )
            for number in range(6)
        ),
        hit(COPY, 5400, "営業部-端末-01", "CORP\\佐藤", "evidence/tokyo.json.gz", 88, **japanese),
        hit(ARCHIVER, 7230, "SRV-BACKUP", None, "evidence/all.zip!SRV-BACKUP.evtx", 5, **rar),
        hit(COPY, 7260, None, None, "evidence/export.csv", 17, CommandLine="xcopy /s . \\\\10.0.0.5\\in"),
    ]
    found += [
        hit(ARCHIVER, 9000 + number, "WS-0902", value, "evidence/hostile.json", 3000 + number, CommandLine=value)
        for number, value in enumerate(HOSTILE)
    ]
    script = "$from = 'C:\\Users'\n\tCompress-Archive $from C:\\ProgramData\\out.zip\n# done"
    found.append(hit(ARCHIVER, 19000, position=9001, ScriptBlockText=script, Image="powershell.exe"))
    found.append(hit(COPY, None, None, None, "evidence/clock-lost.json", 1, CommandLine="copy a \\\\b\\c"))
    return found


def counted(hits: Sequence[Hit], bursts: Sequence[Burst] = ()) -> list[Count]:
    """The lines of the summary that fit these hits and bursts."""
    times: dict[tuple[str, str | None], list[datetime | None]] = {}
    for one in hits:
        times.setdefault((one.rule, one.host), []).append(one.time)
    lines = []
    for (rule, host), all_times in times.items():
        known = [time for time in all_times if time is not None]
        lines.append(Count(rule, host, len(all_times), min(known, default=None), max(known, default=None)))
    joined: dict[tuple[str, str | None], list[Burst]] = {}
    for burst in bursts:
        joined.setdefault((burst.rule, burst.host), []).append(burst)
    for (rule, host), group in joined.items():
        lines.append(Count(rule, host, len(group), min(b.first for b in group), max(b.last for b in group)))
    return lines


def some_bursts(hits: Sequence[Hit]) -> list[Burst]:
    """One burst of each correlation."""
    files = tuple(one for one in hits if one.rule == FILES.stem)
    process = {"Computer": "WS-0417", "ProcessGuid": "{9f3c0000-0000-0000-0000-000000000417}", "Image": LONG[1:33]}
    ordered = tuple(one for one in hits if one.rule in (COPY.stem, ARCHIVER.stem))[:2]
    keys = {"Computer": "WS-0417", "User": HOSTILE[0]}
    return [
        Burst(BULK.stem, process, files[0].time or START, files[-1].time or START, 14, files, 14),
        Burst(SEQUENCE.stem, keys, ordered[0].time or START, ordered[1].time or START, 2, ordered, 2),
    ]


def an_account() -> Account:
    """Good files and one of each trouble."""
    account = Account()
    good = account.file("evidence/WS-0417/Sysmon.evtx")
    good.format = "evtx"
    good.events.update({PROCESS: 48211, FILE: 120944, Kind("windows", "security", None): 20480})
    csv = account.file("evidence/export.csv")
    csv.format = "defender"
    csv.events.update({Kind("windows", None, "process_creation"): 1200, Kind(None, None, None): 3})
    csv.problem("a line with too many columns", "line 812", 4)
    for path, state, reason, place in (
        ("evidence/torn.evtx", State.TORN, "torn: 65536 of 131072 bytes of the last chunk", "byte 1118208"),
        ("evidence/damaged.json.gz", State.DAMAGED, "damaged: invalid block type", "byte 4096"),
        ("evidence/secret.zip!inner.evtx", State.ENCRYPTED, "encrypted", "the member"),
        ("evidence/locked.evtx", State.LOCKED, "cannot be read: Permission denied", "the file"),
        ("evidence/empty.json", State.EMPTY, "empty", "the file"),
        (f"evidence/{HOSTILE[0]}\x1b[31m.bin", State.UNKNOWN, f"no known shape: {HOSTILE[1]}", "byte 0"),
    ):
        account.file(path).problem(reason, place, state=state)
    return account


def a_report(
    hits: Sequence[Hit] | None = None, bursts: Sequence[Burst] | None = None, rules: Sequence[RuleFacts] = RULES
) -> Report:
    """The report of these hits and bursts; without any, of :func:`some_hits` and :func:`some_bursts`."""
    found = some_hits() if hits is None else list(hits)
    joined = some_bursts(found) if hits is None and bursts is None else list(bursts or ())
    return Report(
        rules={rule.stem: rule for rule in rules},
        counts=counted(found, joined),
        hits=lambda: iter(found),
        bursts=joined,
        account=an_account(),
        not_asked=[
            Finding(
                "sigma/other/keywords.yml", 12, None, "a keyword asks the whole event, which Parquet does not keep"
            ),
            Finding("sigma/other/odd.yml", None, None, f"in part: no field for {HOSTILE[0]}"),
        ],
        since=datetime.fromisoformat("2026-03-01"),
        until=datetime.fromisoformat("2026-03-31T23:59:59"),
        dismissed=1320,
        notes=["The Security log of WS-0417 begins on 3 March <rolled over>."],
    )


def an_empty_report() -> Report:
    """Nothing was found, nothing was read."""
    return Report(rules={}, counts=[], hits=lambda: iter(()), bursts=[], account=Account())
