"""A company's Windows hosts, their users and their processes: what the generated events of a benchmark speak of.

How many different values a field has, and how unevenly they occur, was taken from the captures of OTRF's Security
Datasets: few process images, more libraries and call traces, command lines and file names that hardly ever repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

HOSTS = 200
USERS = 500
IMAGES = 300
LIBRARIES = 1500
TRACES = 1800
PROCESSES = 40
"""Processes that run on a host at one time."""

_SYSTEM = (
    "svchost.exe -k netsvcs -p -s {word}",
    "conhost.exe 0xffffffff -ForceV1",
    "backgroundTaskHost.exe -ServerName:App.AppX{hex}.mca",
    "RuntimeBroker.exe -Embedding",
    "taskhostw.exe {guid}",
    "dllhost.exe /Processid:{guid}",
    "SearchIndexer.exe /Embedding",
    "SearchProtocolHost.exe Global\\UsGthrFltPipeMssGthrPipe{number}_ 1 -{hex}",
    "wermgr.exe -upload",
    "WerFault.exe -u -p {number} -s {number}",
    "cmd.exe /c echo {hex} > \\\\.\\pipe\\{word}",
    'cmd.exe /d /s /c "npm run build-{word} -- --stamp={hex}"',
    "cmd.exe /c dir D:\\Projects\\{word}\\{hex} /b",
    "WindowsPowerShell\\v1.0\\powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\\Scripts\\{word}_{number}.ps1",
    'WindowsPowerShell\\v1.0\\powershell.exe -Command "Get-ChildItem D:\\Data\\{word} | Measure-Object"',
    "wbem\\WmiPrvSE.exe -secured -Embedding",
    "wbem\\WMIC.exe /node:{host} os get LastBootUpTime",
    "net.exe user {user} /domain",
    "net.exe view \\\\{host}",
    "schtasks.exe /query /tn {word}_{hex}",
    "sc.exe query {word}",
    "reg.exe query HKLM\\SOFTWARE\\{word} /v {hex}",
    "tar.exe -tf D:\\Backup\\{word}_{hex}.tar",
    "robocopy.exe D:\\Data\\{word} E:\\Mirror\\{word} /MIR /LOG:D:\\Logs\\{hex}.log",
    "xcopy.exe D:\\Build\\{hex} E:\\Release\\{hex} /E /Y",
    "attrib.exe -R D:\\Build\\{hex}\\*.dll",
    "rundll32.exe shell32.dll,Control_RunDLL {word}.cpl,{number}",
    "msiexec.exe /i C:\\Windows\\ccmcache\\{word}\\{hex}.msi /qn",
    "gpupdate.exe /target:computer",
    "findstr.exe /i {word} D:\\Logs\\{hex}.log",
    "consent.exe {number} {number} {hex}",
    "lsass.exe",
    "services.exe",
    "csrss.exe ObjectDirectory=\\Windows SharedSection=1024,20480,768",
    "spoolsv.exe",
    "whoami.exe /groups",
)
"""Programs of Windows, below System32, with their arguments."""

_INSTALLED = (
    "Google\\Chrome\\Application\\chrome.exe",
    "Microsoft\\Edge\\Application\\msedge.exe",
    "Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "Microsoft Office\\root\\Office16\\EXCEL.EXE",
    "Microsoft Office\\root\\Office16\\WINWORD.EXE",
    "7-Zip\\7z.exe",
    "Git\\cmd\\git.exe",
    "nodejs\\node.exe",
    "Zoom\\bin\\Zoom.exe",
)
_ARGUMENTS = (
    " --type=renderer --field-trial-handle={number},i,{number},{hex} --lang=en-US --device-scale-factor=1",
    " --profile {user} --session {guid}",
    ' "D:\\Projects\\{word}\\{hex}.docx"',
    " x D:\\Downloads\\{word}_{hex}.zip -oD:\\Projects\\{hex}",
)

_CALLED = (
    "ntdll.dll",
    "KERNELBASE.dll",
    "KERNEL32.DLL",
    "RPCRT4.dll",
    "combase.dll",
    "windows.storage.dll",
    "user32.dll",
)
_WORDS = ("alpha", "billing", "catalog", "delivery", "export", "finance", "gateway", "harvest", "invoice", "journal")


@dataclass(frozen=True, slots=True)
class Process:
    """A running process; ``number`` is its process id."""

    image: str
    command_line: str
    guid: str
    number: str
    user: str
    parent: str


class World:
    """Who and what there is, the same for the same seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.hosts = [
            f"{'SRV' if n % 10 == 0 else 'WS'}-{_WORDS[n % 10][:3].upper()}-{n:03}.corp.example" for n in range(HOSTS)
        ]
        self.users = [f"CORP\\{_WORDS[n % 10]}.{n:03}" for n in range(USERS)]
        self.programs = self._programs()
        self.libraries = [f"C:\\Windows\\System32\\{_WORDS[n % 10]}{n:04x}.dll" for n in range(LIBRARIES)]
        self.traces = [self._trace() for _ in range(TRACES)]
        self.signatures = [
            f"SHA1={self.hexadecimal(40)},MD5={self.hexadecimal(32)},SHA256={self.hexadecimal(64)}" for _ in range(2000)
        ]
        self.running = [[self.process() for _ in range(PROCESSES)] for _ in self.hosts]

    def _programs(self) -> list[tuple[str, str]]:
        """Image and arguments, the frequent ones first."""
        made = []
        for line in _SYSTEM:
            name, _, arguments = line.partition(" ")
            made.append((f"C:\\Windows\\System32\\{name}", f" {arguments}" if arguments else ""))
        for number, name in enumerate(_INSTALLED):
            made.append((f"C:\\Program Files\\{name}", _ARGUMENTS[number % 4]))
        known = len({image for image, _ in made})
        for number in range(IMAGES - known):
            vendor = f"{_WORDS[number % 10].title()} {_WORDS[number // 10 % 10].title()}"
            made.append((f"C:\\Program Files\\{vendor}\\agent{number:03}.exe", _ARGUMENTS[number % 3]))
        return made

    def _trace(self) -> str:
        random = self._random
        called = (
            f"C:\\Windows\\System32\\{random.choice(_CALLED)}+{self.hexadecimal(5)}"
            for _ in range(random.randint(5, 18))
        )
        return "|".join(("C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4", *called))

    def process(self) -> Process:
        """One that starts now: of few images most of the time, with arguments of its own."""
        random = self._random
        image, arguments = self.programs[self.rank(len(self.programs))]
        return Process(
            image=image,
            command_line=f'"{image}"' + self.filled(arguments),
            guid=self.guid(),
            number=str(random.randrange(400, 20000, 4)),
            user=self.users[self.rank(USERS)] if random.random() < 0.5 else "NT AUTHORITY\\SYSTEM",
            parent=self.programs[self.rank(len(self.programs))][0],
        )

    def filled(self, template: str) -> str:
        """The template with values that hardly ever repeat."""
        if "{" not in template:
            return template
        random = self._random
        return template.format(
            word=random.choice(_WORDS),
            hex=self.hexadecimal(12),
            guid=self.guid(),
            number=random.randrange(100_000),
            host=random.choice(self.hosts),
            user=random.choice(self.users)[5:],
        )

    def rank(self, count: int) -> int:
        """A place in a list of which the first are frequent: half of all from its first eighth."""
        return int(count * self._random.random() ** 3)

    def guid(self) -> str:
        text = self.hexadecimal(32)
        return f"{{{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}}}"

    def hexadecimal(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"
