"""Samples of what the validators of pySigma and of SigmaHQ object to."""

from __future__ import annotations

from tests.check.samples import Sample, detection, rule
from tests.check.samples_attack import tagged
from tests.check.samples_reading import CORRELATION, OTHER
from tests.check.samples_specification import many

GOOD = rule()

TWO = "selection_a:\n    Image|endswith: '\\a.exe'\nselection_b:\n    Image|endswith: '\\b.exe'\ncondition: {}"


def one(line: str) -> dict[str, str | bytes]:
    """A rule with one line in its one detection."""
    return dict(detection(f"selection:\n    {line}\ncondition: selection"))


def listed(key: str, *values: str) -> dict[str, str | bytes]:
    """A rule with a list below a key."""
    return dict(rule(**{key: "\n" + "\n".join(f"    - {value}" for value in values)}))


def ungrouped() -> dict[str, str | bytes]:
    text = CORRELATION.format(name="archive").replace("    group-by:\n        - User\n", "")
    return {**rule(name="archive"), "sigma/correlation_a.yml": text}


def temporal(*names: str) -> dict[str, str | bytes]:
    text = CORRELATION.format(name="\n        - ".join(names)).replace("event_count", "temporal")
    text = text.replace("    condition:\n        gte: 10\n", "")
    other = rule("proc_creation_win_other.yml", name="other", id=OTHER)
    return {**rule(name="archive"), **other, "sigma/correlation_a.yml": text}


def called(file: str) -> dict[str, str | bytes]:
    return dict(rule(file))


WINDOWS = "\n    product: windows\n    service: "

SAMPLES = {
    "SW100": Sample(GOOD, GOOD, hidden="sigma.validators.sigmahq"),
    "SW101": Sample(detection(TWO.format("all of them")), detection(TWO.format("all of selection_*")), line=20),
    "SW102": (
        Sample(rule(tags=tagged("attack.t1074", "cve.2021.44228")), rule(tags=tagged("cve.2021-44228")), line=11),
        Sample(rule(tags=tagged("detection.hunting")), rule(tags=tagged("detection.threat-hunting")), line=10),
    ),
    "SW103": Sample(one('Image|endswith: "\\temp.exe"'), one("Image|endswith: '\\temp.exe'"), line=17),
    "SW104": Sample(one("Image: 'a**b'"), one("Image: 'a*b'"), line=17),
    "SW105": Sample(
        listed("references", "https://example.org/a", "https://example.org/a"),
        listed("references", "https://example.org/a", "https://example.org/b"),
        line=6,
    ),
    "SW106": Sample(rule(tags=tagged("attack.t1074", "attack.t1074")), GOOD, line=10),
    "SW107": Sample(
        rule("a_one.yml") | rule("b_two.yml", id=OTHER),
        rule("a_one.yml") | rule("b_two.yml", id=OTHER, title="Something Else"),
        line=1,
    ),
    "SW109": Sample(called("a_b.yml"), GOOD),
    "SW110": Sample(one("Image|all: [a, b]"), one("Image|contains|all: [a, b]"), line=17),
    "SW111": Sample(rule(tags=tagged("mine.own")), GOOD, line=10),
    "SW112": Sample(one("ProcessId: '4'"), one("ProcessId: 4"), line=17),
    "SW113": Sample(
        detection("selection:\n    EventID: 1\ncondition: selection", logsource=WINDOWS + "sysmon"),
        detection("selection:\n    EventID: 4663\ncondition: selection", logsource=WINDOWS + "security"),
        about="process_creation",
    ),
    "SW114": Sample(rule(tags=tagged("attack.Collection")), GOOD, line=10),
    "SW115": Sample(
        detection("selection:\n    Image: a\ncondition: 1 of them"), detection(TWO.format("1 of them")), line=18
    ),
    "SW116": Sample(rule(tags=tagged("tlp.blue")), rule(tags=tagged("tlp.clear")), line=10),
    "SW117": (
        Sample(one("Image: '*\\a.exe'"), one("Image|endswith: '\\a.exe'"), line=17),
        Sample(one("Image: '*archive*'"), one("Image|contains: archive"), line=17),
    ),
    "SW120": Sample(one("EventID: 1"), one("Image: a"), line=17),
    "SW121": Sample(one("Provider_Name: Microsoft-Windows-Sysmon"), one("Image: a"), line=17),
    "SW122": Sample(many(), ungrouped()),
    "SW123": Sample(ungrouped(), many()),
    "SW124": Sample(temporal("archive"), temporal("archive", "other")),
    "SW125": Sample(rule(description="Too short"), GOOD, line=4),
    "SW126": Sample(rule(description="See https://example.org/about", references=None), GOOD, line=4),
    "SW127": Sample(listed("falsepositives", "None"), GOOD, line=20),
    "SW128": Sample(listed("falsepositives", "Backups", "other things"), GOOD, line=21),
    "SW129": Sample(listed("falsepositives", "Unkown"), listed("falsepositives", "Unknown"), line=20),
    "SW130": Sample(one("User: 'NT AUTHORITY\\SYSTEM'"), one("User: admin"), line=17),
    "SW131": Sample(one("image: a"), one("Image: a"), line=17),
    "SW132": Sample(one("Imagine: a"), one("Image: a"), line=17, about="Imagine"),
    "SW133": Sample(listed("fields", "Image"), GOOD),
    "SW134": Sample(called("Proc_Creation.yml"), GOOD),
    "SW135": Sample(called("archive_in_staging.yml"), GOOD, about="proc_creation_win_"),
    "SW136": Sample(
        listed("references", "https://github.com/a/b/blob/main/c.md"),
        listed("references", f"https://github.com/a/b/blob/{'0a' * 20}/c.md"),
        line=6,
    ),
    "SW137": Sample(listed("references", "https://attack.mitre.org/techniques/T1074/"), GOOD, line=6),
    "SW138": Sample(one("Image|contains|all: a"), one("Image|contains|all: [a, b]"), line=17),
    "SW139": Sample(rule(modified="2026-11-01"), rule(modified="2026-11-02"), line=22),
    "SW140": Sample(one("Command Line: a"), one("CommandLine: a"), line=17),
    "SW141": Sample(detection(TWO.format("1 of selection_a")), detection(TWO.format("1 of selection_*")), line=20),
    "SW142": Sample(
        detection("a_one:\n    Image: a\ncondition: 1 of a_*"),
        detection("a_one:\n    Image: a\na_two:\n    Image: b\ncondition: 1 of a_*"),
        line=18,
    ),
    "SW143": Sample(rule(status="deprecated"), rule(status="test"), line=3),
    "SW144": Sample(
        detection("selection:\n    Image: a\ncondition: selection", logsource=WINDOWS + "sysmon"),
        detection("selection:\n    EventID: 16\ncondition: selection", logsource=WINDOWS + "sysmon"),
        line=12,
    ),
    "SW145": Sample(
        called("rules-threat-hunting/proc_creation_win_test.yml"),
        rule("rules-threat-hunting/proc_creation_win_test.yml", tags=tagged("detection.threat-hunting")),
    ),
    "SW146": Sample(rule(tags=tagged("tlp.red")), rule(tags=tagged("tlp.clear")), line=10),
    "SW147": Sample(rule(tags=tagged("detection.dfir", "detection.threat-hunting")), GOOD),
    "SW148": Sample(rule(tags=tagged("tlp.clear", "tlp.green")), rule(tags=tagged("tlp.clear"))),
    "SW149": Sample(rule(title="Archive written to a Directory"), GOOD, line=1, about="written"),
    "SW150": Sample(rule(title="Archive Written."), GOOD, line=1),
    "SW151": Sample(rule(title="Archive " * 20), GOOD, line=1),
    "SW152": Sample(rule(title="Detects an Archive"), GOOD, line=1),
    "SW153": Sample(rule(owner="somebody"), GOOD, line=22, about="owner"),
    "SW199": Sample(listed("falsepositives", "''"), GOOD, line=19, about="sigmahq_falsepositives_capital"),
}
