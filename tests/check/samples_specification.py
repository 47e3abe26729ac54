"""Samples of what the Sigma specification asks for and pySigma lets pass."""

from __future__ import annotations

from tests.check.samples import SECTIONS, Sample, detection, rule
from tests.check.samples_reading import CORRELATION

ANOTHER = "86194155-a1a8-4f1a-8ec6-1ac154c84753"


def related(*identifiers: str) -> str:
    """The text of a section ``related``."""
    return "\n" + "\n".join(f"    - id: {identifier}\n      type: similar" for identifier in identifiers)


def many(**keys: str) -> dict[str, str | bytes]:
    """A correlation with more keys in its section, and its rule."""
    text = CORRELATION.format(name="archive")
    more = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return {**rule(name="archive"), "sigma/correlation.yml": text + more}


SAMPLES = {
    "SW011": Sample(rule(id=None), rule(), line=1),
    "SW012": Sample(rule(id="5f0c3a0e-2b7d-1a55-9d0c-0f3f5f5ad111"), rule(), line=2),
    "SW013": (
        Sample(rule(date="2026/11/01"), rule(date="2026-11-01"), line=8),
        Sample(rule(modified="'2026/11/02'"), rule(modified="'2026-11-02'"), about="modified"),
    ),
    "SW014": (
        Sample(rule(modified="2026-10-31"), rule(modified="2026-11-02"), line=22, about="before"),
        Sample(rule(date=None, modified="2026-10-31"), rule(modified="2026-11-01"), about="has no date"),
    ),
    "SW015": (
        Sample(rule(falsepositive="Backup software"), rule(owner="somebody"), line=22, about="falsepositives is meant"),
        Sample(rule(refrences="https://example.org"), rule(regression_tests_path="tests/a"), about="references"),
    ),
    "SW016": (
        Sample(
            rule(logsource="category: process_creation\nproduct: windows\nservce: sysmon"),
            rule(logsource="category: process_creation\nproduct: windows\nservice: sysmon"),
            line=15,
        ),
        Sample(many(groupby="Image"), many(generate="false"), about="groupby"),
    ),
    "SW017": Sample(
        detection("selection:\n    Image: a\ntimeframe: 5m\ncondition: selection"),
        detection("selection:\n    Image: a\ncondition: selection"),
        line=18,
    ),
    "SW018": (
        Sample(rule(related=related(str(SECTIONS["id"]).upper())), rule(related=related(ANOTHER)), line=23),
        Sample(rule(related=related(ANOTHER, ANOTHER)), rule(related=related(ANOTHER)), line=25),
    ),
    "SW019": (
        Sample(rule(references="\n    - Internal Research"), rule(), line=6),
        Sample(rule(references="\n    - 'https://[x'"), rule()),
    ),
    "SW020": Sample(rule(references="\n    - http://example.org"), rule(), line=6),
    "SW021": Sample(rule(level=None), rule()),
    "SW022": Sample(rule(status=None), rule()),
    "SW023": Sample(rule(description=None), rule()),
    "SW024": Sample(rule(author=None), rule()),
    "SW025": Sample(rule(date=None), rule()),
    "SW026": Sample(rule(falsepositives=None), rule()),
    "SW027": Sample(rule(references=None), rule()),
    "SW029": (
        Sample(
            rule(logsource="category: process_creaton\nproduct: windows"),
            rule(logsource="category: process_creation\nproduct: windows"),
            line=13,
        ),
        Sample(rule(logsource="category: dns\nproduct: Windows"), rule(logsource="category: dns\nproduct: myown")),
    ),
}
