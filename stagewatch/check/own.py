"""Which rules are the repository's own, for which it keeps fixtures, guides, versions and output."""

from __future__ import annotations

from stagewatch.check.model import Checked, Subject
from stagewatch.pack import PackFilter, Sigma


def is_own(checked: Checked, subject: Subject) -> bool:
    """Whether a rule or filter lies where the repository keeps its rules; those named from elsewhere do not."""
    path = checked.pack.files[subject.entry.source.path].resolve()
    return any(path.is_relative_to(home.resolve()) for home in checked.layout.rules)


def own(checked: Checked) -> list[tuple[Subject, Sigma]]:
    """The repository's own rules and correlations."""
    return [
        (subject, subject.entry.rule)
        for subject in checked.subjects
        if not isinstance(subject.entry, PackFilter) and is_own(checked, subject)
    ]
