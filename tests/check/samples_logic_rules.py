"""Samples of what is wrong with conditions, filters, expressions, correlations, and with rules beside one another."""

from __future__ import annotations

from tests.check.samples import SECTIONS, Files, Sample, detection, rule
from tests.check.samples_beside import HIT, MISS, fixture
from tests.check.samples_logic_values import FILE, one
from tests.check.samples_reading import CORRELATION, FILTER, OTHER

TAR = "Image|endswith: '\\tar.exe'"
ZIP = "Image|endswith: '\\zip.exe'"


def two(condition: str, first: str = "selection_a", second: str = "selection_b") -> Files:
    """A rule with two detections, on lines 16 and 18, and a condition on line 20."""
    return detection(f"{first}:\n    {TAR}\n{second}:\n    CommandLine|contains: ' -cf '\ncondition: {condition}")


def filtered(selection: str, filter_: str, condition: str = "selection and not filter_main") -> Files:
    """A rule with a filter on line 18."""
    return detection(f"selection:\n    {selection}\nfilter_main:\n    {filter_}\ncondition: {condition}")


def tried(filter_: str, **more: str) -> Files:
    """A rule with a filter and a fixture: it must find ``tar -cf staging-directory`` and not ``tar``."""
    detections = filtered("CommandLine|contains: 'staging-directory'", filter_)
    return {**detections, **fixture(HIT, MISS), **more}


def sigma_filter(selection: str) -> str:
    """A Sigma filter of the rule."""
    return FILTER.format(rule=SECTIONS["id"]).replace("Computer: backup", selection)


def both(first: str, second: str, **sections: str) -> Files:
    """Two rules on the same log source."""
    other = detection(f"selection:\n    {second}\ncondition: selection", "other.yml", id=OTHER, **sections)
    return {**detection(f"selection:\n    {first}\ncondition: selection"), **other}


def correlated(old: str, new: str, kind: str = "event_count", **sections: str) -> Files:
    """A rule and a correlation of it, changed in one place."""
    text = CORRELATION.format(name="archive").replace("event_count", kind)
    assert old in text
    return {**rule(name="archive", **sections), "sigma/correlation_a.yml": text.replace(old, new)}


def related(kind: str = "similar") -> str:
    return f"\n    - id: {SECTIONS['id']}\n      type: {kind}"


VALUES = "    condition:\n        gte: 10\n        field: {}\n"

SAMPLES = {
    "SW211": (
        Sample(
            detection(
                "selection:\n    Image: 'C:\\a.exe'\nother:\n    Image: 'C:\\b.exe'\ncondition: selection and other"
            ),
            detection(
                "selection:\n    Image: 'C:\\a.exe'\nother:\n    Image: 'C:\\b.exe'\ncondition: selection or other"
            ),
            line=19,
        ),
        Sample(one("Image|all: ['C:\\a.exe', 'C:\\b.exe']"), one("CommandLine|contains|all: ['a b', 'c d']")),
        Sample(
            one("{Image|startswith: 'C:\\', Image|endswith: '\\a.exe', Image: 'D:\\a.exe'}"),
            one("{Image|startswith: 'C:\\', Image|endswith: '\\a.exe', Image: 'C:\\a.exe'}"),
        ),
        Sample(
            one("{CommandLine|startswith: 'tar', CommandLine: null}"),
            one("{CommandLine|startswith: 'tar', ParentCommandLine: null}"),
        ),
        Sample(one("User|all: ['a', 'b']"), one("target.user|all: ['a', 'b']", "\n    product: okta")),
        Sample(one("User|all: ['a', 'b']"), one("Hashes|all: ['MD5=*', 'SHA1=*']")),
    ),
    "SW218": (
        Sample(one("CommandLine|re: 'tar$ -cf'"), one("CommandLine|re: 'tar\\$ -cf'"), line=17),
        Sample(one("CommandLine|re: 'tar ^-cf'"), one("CommandLine|re: '(^|tar )-cf'")),
        Sample(one("CommandLine|re: 'a$b'"), one("CommandLine|re|m: 'a$\\nb'")),
        Sample(one("CommandLine|re: 'a$b'"), one("CommandLine|re: '(a$|b)\\s*$'")),
    ),
    "SW230": (
        Sample(two("selection_a"), two("selection_a and selection_b"), line=18, about="selection_b"),
        Sample(two("selection_a"), two("all of selection_*")),
        Sample(
            two("selection_a", second="filter_main"), two("selection_a and not 1 of filter_*", second="filter_main")
        ),
    ),
    "SW231": (
        Sample(two("1 of them", second="filter_main"), two("1 of them"), line=20, about="'1 of them'"),
        Sample(
            two("all of them", second="filter_main"), two("selection_a and not all of filter_*", second="filter_main")
        ),
        Sample(two("1 of *", second="filter_main"), two("selection_a and not 1 of filter_*", second="filter_main")),
    ),
    "SW232": (
        Sample(two("selection_a or not selection_a or selection_b"), two("selection_a or not selection_b"), line=20),
        Sample(two("1 of selection_* or not selection_a"), two("1 of selection_* or not filter_a", first="filter_a")),
    ),
    "SW233": (
        Sample(two("selection_a and not selection_a"), two("selection_a and not selection_b"), line=20),
        Sample(two("selection_b and not 1 of selection_*"), two("selection_b and not 1 of selection_a*")),
    ),
    "SW234": (
        Sample(
            two("selection_a or (selection_a and selection_b)"), two("selection_a and selection_b"), about="selection_b"
        ),
        Sample(
            two("(selection_a or selection_b) and selection_b"),
            two("(selection_a or selection_b) and not (selection_a and selection_b)"),
            line=20,
            about="selection_a",
        ),
    ),
    "SW235": (
        Sample(two("selection_a and filter_main", second="filter_main"), two("selection_a and selection_b"), line=20),
        Sample(
            two("selection_a and 1 of filter_*", second="filter_main"),
            two("selection_a and not 1 of filter_*", second="filter_main"),
        ),
    ),
    "SW240": (
        Sample(filtered(TAR, "Image|contains: 'tar'"), filtered(TAR, "Image|contains: '\\bin\\tar'"), line=18),
        Sample(
            filtered(f"{{{TAR}, CommandLine|contains: ' -cf '}}", "CommandLine|contains: '-cf'"),
            filtered(f"{{{TAR}, CommandLine|contains: '-cf'}}", "CommandLine|contains: ' -cf '"),
        ),
        Sample(
            filtered(TAR, f"{TAR}\nfilter_other:\n    User: 'a'", "selection and not 1 of filter_*"),
            filtered(TAR, "User: 'b'\nfilter_other:\n    User: 'a'", "selection and not 1 of filter_*"),
            line=18,
        ),
    ),
    "SW241": (
        Sample(filtered(TAR, ZIP), filtered(TAR, "Image: 'C:\\bin\\tar.exe'"), line=18),
        Sample(filtered(TAR, "Image: 'C:\\bin\\'"), filtered(TAR, "Image|startswith: 'C:\\bin\\'")),
        Sample(filtered(TAR, ZIP), filtered("CommandLine|contains: 'a b'", "CommandLine: ''")),  # a common habit
    ),
    "SW242": (
        Sample(
            tried("CommandLine|contains: '-cf'"),
            tried("CommandLine|contains: '-xf'"),
            line=18,
            about="the filter filter_main takes away 1 of 1 events that must match: 'record 1'",
        ),
        Sample(
            tried("User: 'a'\nfilter_other:\n    User: 'b'"),
            tried("User: 'b'\nfilter_other:\n    User: 'a'"),  # the condition leaves out filter_main alone
        ),
    ),
    "SW243": (
        Sample(
            tried("User: b", **{"sigma/filters/filter_a.yml": sigma_filter("Image|endswith: '\\a.exe'")}),
            tried("User: b", **{"sigma/filters/filter_a.yml": sigma_filter("Image|endswith: '\\b.exe'")}),
            line=7,
            about="Archive Written to a Staging Directory",
        ),
    ),
    "SW244": (
        Sample(filtered(TAR, "CommandLine|contains: ' -xf '"), filtered(TAR, "ParentImage: 'C:\\bin\\a.exe'"), line=19),
        Sample(filtered("CommandLine|contains: 'a b'", ZIP), filtered("OriginalFileName: 'zip.exe'", ZIP)),  # renamed
        Sample(
            filtered(TAR, "CommandLine|contains: ' -xf '"),
            filtered(TAR, "{CommandLine|contains: ' -xf ', ParentImage|startswith: 'C:\\Program Files\\'}"),
        ),
        Sample(filtered(TAR, "Company: 'Microsoft'"), filtered(TAR, "CommandLine: null")),
    ),
    "SW250": (
        Sample(
            one("CommandLine|re: '^tar (\\w+\\s?)*$'"),
            one("CommandLine|re: '^tar (\\w+\\s)*$'"),
            line=17,
            about="doubles",
        ),
        Sample(one("CommandLine|re: '(a+)+b'"), one("CommandLine|re: '(a+)+'")),  # found at once, so never tried again
        Sample(one("CommandLine|re: '(?:.*\\))+\"'"), one("CommandLine|re: '(?:[^)]*\\))+\"'")),
    ),
    "SW251": (
        Sample(
            one("CommandLine|re: 'cmd.*tar.*-cf.*zip'"),
            one("CommandLine|re: 'cmd.*tar.*-cf'"),
            line=17,
            about="power of 3",
        ),
        Sample(one("CommandLine|re: 'tar\\s*\\s+x'"), one("CommandLine|re: 'tar\\s+\\S+\\s+x'"), about="power of 2"),
        Sample(one("CommandLine|re: 'cmd.*tar.*-cf.*zip'"), one("CommandLine|re: '\\^.*\\^.*\\^.*\\^'")),
    ),
    "SW252": (
        Sample(one("CommandLine|re: 'tar(?! -x)'"), one("CommandLine|re: 'tar -c'"), line=17, about="a look-ahead"),
        Sample(one("CommandLine|re: '\\btar\\b'"), one("CommandLine|re: 'tar\\s'"), target="elastic"),
        Sample(one("CommandLine|re: '(a|b)x\\1'"), one("CommandLine|re: '(a|b)x'"), about="sentinel"),
    ),
    "SW260": (
        Sample(both(TAR, "Image|endswith: '\\TAR.exe'"), both(TAR, ZIP), line=1),
        Sample(both(TAR, TAR), both(TAR, TAR, logsource=FILE)),
    ),
    "SW261": (
        Sample(
            both("Image: 'C:\\bin\\tar.exe'", TAR), both("Image: 'C:\\bin\\bsdtar.exe'", TAR), about="whatever the rule"
        ),
        Sample(both(f"{{{TAR}, User: 'a'}}", TAR), both(f"{{{TAR}, User: 'a'}}", TAR, related=related())),
        Sample(both(f"{{{TAR}, User: 'a'}}", TAR), both(f"{{{TAR}, User: 'a'}}", f"{{{TAR}, User: 'b'}}")),
    ),
    "SW270": (
        Sample(correlated("gte: 10", "gte: 1"), correlated("gte: 10", "gte: 2"), line=12, about="gte: 1"),
        Sample(correlated("gte: 10", "gt: 0"), correlated("gte: 10", "gt: 1")),
    ),
    "SW271": (
        Sample(correlated("- User", "- SourceIp"), correlated("- User", "- Image"), line=9, about="SourceIp"),
        Sample(
            correlated("    condition:\n        gte: 10\n", VALUES.format("QueryName"), "value_count"),
            correlated("    condition:\n        gte: 10\n", VALUES.format("CommandLine"), "value_count"),
        ),
        Sample(
            correlated("- User", "- name"),
            correlated("- User", "- name\n    aliases:\n        name:\n            archive: User"),
        ),
    ),
    "SW272": Sample(
        correlated("    condition:\n        gte: 10\n", VALUES.format("User"), "value_count"),
        correlated("    condition:\n        gte: 10\n", VALUES.format("Image"), "value_count"),
        line=13,
    ),
}
