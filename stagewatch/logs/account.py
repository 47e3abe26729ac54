"""The account of a read: which file gave how many events of which kind, and what was not understood, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from stagewatch.logs.kinds import Kind


class State(StrEnum):
    """What became of a file."""

    READ = "read"
    TORN = "torn"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    LOCKED = "locked"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Problem:
    """Something that was not understood, how often, and where first."""

    reason: str
    count: int
    first: str


@dataclass(slots=True)
class FileAccount:
    """One file, or one member of an archive, or standard input."""

    path: str
    format: str | None = None
    state: State = State.READ
    events: Counter[Kind] = field(default_factory=Counter)
    problems: dict[str, Problem] = field(default_factory=dict)

    def problem(self, reason: str, place: str, count: int = 1, state: State | None = None) -> None:
        """Note what was not understood; the first place of a reason is kept, the others are counted."""
        known = self.problems.get(reason)
        if known is None:
            self.problems[reason] = Problem(reason, count, place)
        else:
            known.count += count
        if state is not None:
            self.state = state

    @property
    def total(self) -> int:
        return sum(self.events.values())


@dataclass(slots=True)
class Account:
    """All files of a read, in the order they were met. It grows while the batches are taken."""

    files: list[FileAccount] = field(default_factory=list)

    def file(self, path: str) -> FileAccount:
        one = FileAccount(path)
        self.files.append(one)
        return one

    @property
    def total(self) -> int:
        return sum(one.total for one in self.files)

    def kinds(self) -> Counter[Kind]:
        """Events per kind over all files."""
        kinds: Counter[Kind] = Counter()
        for one in self.files:
            kinds.update(one.events)
        return kinds

    def troubled(self) -> Iterator[FileAccount]:
        """The files of which not everything was understood."""
        return (one for one in self.files if one.problems or one.state is not State.READ)

    def lines(self) -> Iterator[str]:
        """The account as text: kinds first, then each file that was not wholly understood."""
        yield f"{self.total} events in {sum(1 for one in self.files if one.total)} of {len(self.files)} files"
        for kind, count in sorted(self.kinds().items(), key=lambda pair: (-pair[1], str(pair[0]))):
            yield f"  {count:>10}  {kind}"
        for one in self.troubled():
            problems = list(one.problems.values())
            if not one.total and len(problems) == 1 and problems[0].count == 1:
                yield f"{one.path}: {one.state}, no events: {problems[0].reason}, at {problems[0].first}"
                continue
            yield f"{one.path}: {one.state}, {one.total} events"
            for problem in problems:
                yield f"  {problem.count} x {problem.reason}, first at {problem.first}"
