"""Samples of what is wrong with single values and with lists of them."""

from __future__ import annotations

from tests.check.samples import Files, Sample, detection

WINDOWS = "\n    category: {}\n    product: windows"
SECURITY = "\n    product: windows\n    service: security"


def one(line: str, logsource: str = WINDOWS.format("process_creation")) -> Files:
    """A rule with one line in its one detection, on line 17 of the file."""
    return detection(f"selection:\n    {line}\ncondition: selection", logsource=logsource)


def values(key: str, *listed: str, logsource: str = WINDOWS.format("process_creation")) -> Files:
    """A rule with a list, whose first value stands on line 18."""
    lines = "\n".join(f"        - {value}" for value in listed)
    return detection(f"selection:\n    {key}:\n{lines}\ncondition: selection", logsource=logsource)


def either(first: str, second: str) -> Files:
    """A rule with two alternatives, on lines 17 and 19."""
    return detection(f"selection_a:\n    {first}\nselection_b:\n    {second}\ncondition: 1 of selection_*")


def beside(line: str) -> Files:
    """A rule that asks for a program and, on line 18, for something else."""
    return detection(f"selection:\n    Image|endswith: '\\tar.exe'\n    {line}\ncondition: selection")


FILE = WINDOWS.format("file_event")
GENERIC = "\n    category: process_creation"
LINUX = "\n    category: process_creation\n    product: linux"
SHARE = SECURITY

SAMPLES = {
    "SW201": (
        Sample(
            values("Image|endswith", "'\\tar.exe'", "'\\TAR.EXE'"),
            values("Image|endswith", "'\\tar.exe'", "'\\7z.exe'"),
            line=19,
            about="'\\tar.exe'",
        ),
        Sample(values("EventID", "1", "'1'"), values("EventID", "1", "'01'")),
        Sample(
            values("CommandLine|re", "'tar.*cf'", "'tar.*cf'"),
            values("CommandLine|re", "'tar.*cf'", "'TAR.*cf'"),  # an expression minds case
        ),
    ),
    "SW202": (
        Sample(
            values("CommandLine|contains", "'archive.zip'", "'.zip'"),
            values("CommandLine|contains", "'archive.zip'", "'.zip '"),
            line=18,
            about="'archive.zip' (CommandLine|contains) is covered by '.zip'",
        ),
        Sample(
            values("Image|endswith", "'\\bin\\tar.exe'", "'\\tar.exe'"),
            values("Image|endswith", "'\\bintar.exe'", "'\\tar.exe'"),
            line=18,
        ),
        Sample(
            values("Image", "'C:\\\\*\\tar.exe'", "'C:\\bin\\tar.exe'"),
            values("Image", "'C:\\?\\t.exe'", "'C:\\bin\\t.exe'"),
        ),
        Sample(
            values("CommandLine|contains|all", "'staging'", "'staging-directory'"),
            values("CommandLine|contains|all", "'staging '", "'staging-directory'"),
            line=18,
            about="asks nothing beyond",
        ),
        Sample(
            values("DestinationIp|cidr", "10.0.0.0/8", "10.1.0.0/16"),
            values("DestinationIp|cidr", "10.0.0.0/16", "10.1.0.0/16"),
            line=19,
        ),
        Sample(
            values("CommandLine|contains", "'q'", *(f"'q{number}'" for number in range(9))),
            values("CommandLine|contains", "'-q '", *(f"'q{number}'" for number in range(9))),
            line=17,
            about="9 of 10 values",
        ),
    ),
    "SW203": (
        Sample(
            either("Image|endswith: '\\tar.exe'", "Image: 'C:\\bin\\tar.exe'"),
            either("Image|endswith: '\\tar.exe'", "Image: 'C:\\bin\\bsdtar.exe'"),
            line=19,
            about="'C:\\bin\\tar.exe'",
        ),
        Sample(
            either("CommandLine|contains: 'a b'", "{CommandLine|contains: 'a b c', Image|endswith: '\\x.exe'}"),
            either("CommandLine|contains: 'a b c'", "{CommandLine|contains: 'a b', Image|endswith: '\\x.exe'}"),
            about="is covered by 'a b'",
        ),
        Sample(
            either("CommandLine|contains: 'a b'", "CommandLine|contains: ['x', 'a b c']"),
            either("CommandLine|contains|cased: 'a b'", "CommandLine|contains: ['x', 'a b c']"),
        ),
    ),
    "SW210": (
        Sample(one("Image: 'tar.exe'"), one("Image|endswith: '\\tar.exe'"), line=17, about="no whole path"),
        Sample(one("Image: 'tar.exe'"), one("Image: 'System'")),
        Sample(one("Image: 'tar.exe'"), one("Image: 'tar.exe'", LINUX)),  # nothing is said of other systems
        Sample(one("Image|endswith: '\\bin\\'"), one("Image|contains: '\\bin\\'"), about="ends with a backslash"),
        Sample(one("Image|endswith: '/tar.exe'"), one("CommandLine|contains: '/tar.exe'"), about="forward slash"),
        Sample(one("""Image|contains: '"C:\\bin'"""), one("""CommandLine|contains: '"C:\\bin'"""), about='"'),
        Sample(one("Image|startswith: '\\Users\\'"), one("Image|startswith: 'C:\\Users\\'"), about="no drive"),
        Sample(one("Image|startswith: 'Users\\'"), one("Image|startswith: '\\Device\\HarddiskVolume'")),
        Sample(
            one("TargetFilename|startswith: '%TEMP%\\'", FILE),
            one("CommandLine|contains: '%TEMP%\\'"),
            about="variable",
        ),
        Sample(
            one("OriginalFileName|endswith: '\\tar.exe'"), one("OriginalFileName|endswith: 'tar.exe'"), about="folder"
        ),
        Sample(
            one("RelativeTargetName|startswith: '\\Temp\\'", SHARE),
            one("RelativeTargetName|startswith: 'Temp\\'", SHARE),
        ),
        Sample(one("RelativeTargetName: 'C:\\Temp\\a'", SHARE), one("RelativeTargetName: '\\'", SHARE)),
        Sample(one("ShareName|contains: 'C:\\'", SHARE), one("ShareName|endswith: '\\C$'", SHARE), about="drive"),
    ),
    "SW212": (
        Sample(
            one("CommandLine|contains: 'C:\\Users\\*\\Temp'"),
            one("CommandLine|contains: 'C:\\Users\\\\*\\Temp'"),
            line=17,
        ),
        Sample(one("Image: 'C:\\bin\\?.exe'"), one("Image: 'C:\\bin\\\\?.exe'"), about="question mark"),
        Sample(one("CommandLine|contains: 'C:\\Temp\\*'"), one("CommandLine|contains: 'select \\* from'")),
        Sample(one("CommandLine|contains: 'C:\\Temp\\*'"), one("CommandLine|contains: '\\*av\\*'")),
        Sample(one("CommandLine|contains: 'C:\\Temp\\*'"), one("CommandLine|re: 'C:\\\\Temp\\*'")),
    ),
    "SW213": (
        Sample(
            one("CommandLine|contains: '\\\\server\\share'"),
            one("CommandLine|contains: '\\\\\\\\server\\share'"),
            line=17,
        ),
        Sample(one("CommandLine|contains: '\\\\server\\share'"), one("CommandLine|contains: '\\\\Users\\\\Public'")),
        Sample(one("Image|startswith: '\\\\?\\C:'"), one("CommandLine|contains: '\\\\?\\C:'"), about="never begins"),
    ),
    "SW214": (
        Sample(one("User: 'admin '"), one("User: 'admin'"), line=17, about="ends"),
        Sample(one("Image|startswith: ' C:\\bin\\'"), one("Image|contains: ' C:\\bin\\'"), about="begins"),
        Sample(one("User: 'admin '"), one("CommandLine|endswith: ' '")),
        Sample(one("User: 'admin '"), one("c-useragent|startswith: ' Mozilla'", "\n    category: proxy")),
    ),
    "SW215": (
        Sample(
            one(f"Hashes|contains: 'MD5={'a' * 31}'"),
            one(f"Hashes|contains: 'MD5={'a' * 32}'"),
            line=17,
            about="31 digits",
        ),
        Sample(one(f"sha256: '{'0' * 63}'"), one(f"sha256: '{'0' * 64}'"), about="SHA256 has 64"),
        Sample(one(f"md5: '{'g' * 32}'"), one("md5: '*'"), about="hexadecimal"),
        Sample(one(f"Hashes|contains: 'SHA1={'b' * 41}'"), one("Hashes|contains: 'SHA1=bbbb'")),  # the start of one
    ),
    "SW216": (
        Sample(one("DestinationIp: '10.0.0.0/8'"), one("DestinationIp|cidr: '10.0.0.0/8'"), line=17, about="a network"),
        Sample(one("DestinationIp: '300.1.1.1'"), one("DestinationIp: '30.1.1.1'"), about="no address"),
        Sample(one("DestinationIp|startswith: '172.16'"), one("DestinationIp|startswith: '172.16.'"), about="172.160"),
        Sample(one("DestinationIp|startswith: '10'"), one("DestinationIp|startswith: '192.168'")),  # 192.1680 is none
        Sample(one("sourceIPAddress: '10.0.0'", GENERIC), one("sourceIPAddress: 'ec2.amazonaws.com'", GENERIC)),
    ),
    "SW217": (
        Sample(one("EventID: 11"), one("EventID: 4688"), line=17, about="1, 4688"),
        Sample(one("EventID: 1", SECURITY), one("EventID: 4663", SECURITY)),
        Sample(one("EventID: 1", SECURITY), one("EventID: 517", SECURITY)),  # the log was cleared, before Vista
        Sample(one("EventID: 4104", "\n    product: windows\n    service: sysmon"), one("EventID: 11", FILE)),
    ),
    "SW219": (
        Sample(one("CommandLine|gt: 5"), one("DestinationPort|gt: 5"), line=17),
        Sample(one("DestinationPort: 'https'"), one("DestinationPort: '443'"), about="is no number"),
        Sample(one("EventID: 'start'", SECURITY), one("EventID: '4663'", SECURITY)),
    ),
    "SW220": (
        Sample(one("Image|contains: 'C:\\bin\\'"), one("Image|contains: '\\bin\\'"), line=17, about="drive"),
        Sample(one("Image|contains: '\\tar.exe'"), one("Image|contains: '\\tar'"), about="ends"),
        Sample(one("Image|contains: 'C:\\bin\\'"), one("CommandLine|contains: 'C:\\bin\\'")),
    ),
    "SW221": (
        Sample(
            values("CommandLine|contains", "'staging'", "'zip'"),
            values("CommandLine|contains", "'staging'", "' zip'"),
            line=19,
        ),
        Sample(
            beside("CommandLine|contains: 'cf'"),
            beside("CommandLine|contains: ' cf '"),
            line=18,
            about="next to nothing",
        ),
        Sample(beside("CommandLine|contains: 'cf'"), beside("CommandLine|contains: 'zip'")),
        Sample(one("CommandLine|contains: 'rar'"), one("User|contains: 'rar'")),
        Sample(
            detection("keywords:\n    - 'rar'\ncondition: keywords"),
            detection("keywords:\n    - 'р'\ncondition: keywords"),
        ),
    ),
    "SW222": (
        Sample(one("CommandLine|re: '[a-z]{3}\\d+'"), one("CommandLine|re: 'tar\\d+'"), line=17),
        Sample(one("CommandLine|re: '(tar|cp) \\d'"), one("CommandLine|re: '(tar|zip) \\d'")),
        Sample(one("CommandLine|re: '[a-z]{3}\\d+'"), beside("CommandLine|re: '[a-z]{3}\\d+'")),
        Sample(one("CommandLine|re: '[a-z]{3}\\d+'"), one("Signature|re: '[a-z]{3}\\d+'", "\n    category: antivirus")),
    ),
    "SW223": (
        Sample(one("Image|endswith: 'cmd.exe'"), one("Image|endswith: '\\cmd.exe'"), line=17),
        Sample(one("Image|endswith: 'cmd.exe'"), one("Image|endswith: '.exe'")),
        Sample(one("Image|endswith: 'cmd.exe'"), one("Image|endswith: '-cmd.exe'")),
    ),
    "SW224": (
        Sample(beside("CommandLine|contains: '-a'"), beside("CommandLine|contains: ' -a'"), line=18),
        Sample(beside("CommandLine|contains|windash: '/a'"), beside("CommandLine|contains: '--all'")),
    ),
}
