"""AQL: what is read, what is refused and where, and what a check finds."""

from __future__ import annotations

import pytest

from stagewatch.languages.aql import LANGUAGE
from stagewatch.languages.base import Problem, QueryError

SCHEMA = {
    "events": {
        "Command": "AlphaNumeric",
        "Process Path": "AlphaNumeric",
        "devicetype": "Numeric",
        "logsourceid": "Numeric",
        "payload": "Payload",
        "qid": "Numeric",
        "sourceip": "IP",
        "sourceport": "Port",
        "starttime": "Numeric",
        "username": "AlphaNumeric",
    }
}

ACCEPTED = [
    "a = 1",
    "a = 1 AND b = 2 AND c = 3",
    "a = 1 or b = 2 Or c = 3",
    "(a = 1 OR b = 2) AND NOT (c = 3 OR d = 4)",
    "NOT (a = 1)",
    "(NOT (a = 1)) AND b = 2",
    "(a IS NULL OR NOT (a ILIKE 'x')) AND b IS NOT NULL",
    "\"Process Path\" LIKE 'C:\\%' AND a MATCHES '.*x.*' AND a IMATCHES '(?s).*x.*' AND b IN ('1', '2')",
    "INCIDR('10.0.0.0/8', sourceip)",
    "LOWER(a) = UPPER(\"b c\") AND UTF8(payload) ilike '%x%'",
    "select a, b as c, D AS 'E f' from events last 5 minutes",
    'SELECT COUNT(*) AS n FROM events WHERE a = 1 GROUP BY b, "c d" HAVING n >= 10 LAST 2 DAYS',
    "SELECT k FROM (\n  SELECT IF (a = 1 AND b = 2) THEN c ELSE 0 AS k FROM events LAST 1 HOURS\n)\nHAVING k > 1",
]


@pytest.mark.parametrize("query", ACCEPTED)
def test_accepted(query: str) -> None:
    assert LANGUAGE.parse(query) == []


REFUSED = [
    ("", (1, 1), "unexpected end of the query"),
    ("a = 1 AND\n  b =", (2, 6), "unexpected end of the query"),
    ("a = 1 AND b = 2 OR c = 3", (1, 17), "unexpected 'OR'"),
    ("a = 1 OR b = 2 AND c = 3", (1, 16), "unexpected 'AND'"),
    ("NOT (a = 1) AND b = 2", (1, 13), "unexpected 'AND'"),
    ("NOT a = 1", (1, 5), "unexpected 'a'"),
    ("a NOT LIKE 'b'", (1, 3), "unexpected 'NOT'"),
    ("a = 'it''s'", (1, 9), "unexpected \"'s'\""),
    ("a = 'it\\'s'", (1, 10), "unexpected 's'"),
    ("a = 'b", (1, 5), 'unexpected "\'"'),
    ("a = 'b\nc'", (1, 5), 'unexpected "\'"'),
    ("a LIKE b", (1, 8), "unexpected 'b'"),
    ("a = 1 -- b", (1, 7), "unexpected '-'"),
    ("a == 1", (1, 4), "unexpected '='"),
    ("like = 1", (1, 1), "like is no name"),
    ("(a = 1", (1, 7), "unexpected end of the query"),
    ("SELECT a FROM events LAST 5 YEARS", (1, 29), "unexpected 'YEARS'"),
    ("SELECT a FROM events LAST 5 MINUTES WHERE a = 1", (1, 37), "unexpected 'WHERE'"),
    ("SELECT a FROM events START '2026-11-21 09:00' STOP '2026-11-21 10:00'", (1, 22), "unexpected 'START'"),
    ("SELECT a FROM events; SELECT b FROM events", (1, 21), "unexpected ';'"),
]


@pytest.mark.parametrize(("query", "place", "message"), REFUSED)
def test_refused(query: str, place: tuple[int, int], message: str) -> None:
    assert LANGUAGE.parse(query) == [Problem(message, *place)]


CHECKED = [
    ("Command = 'a' AND username ILIKE 'b' AND devicetype = 12", []),
    ('DEVICETYPE = 12 AND "devicetype" = 12', []),
    ("logsourceid = '65'", []),
    ("sourceip = '10.0.0.1' AND INCIDR('10.0.0.0/8', sourceip)", []),
    ('commands = 1 AND "Process path" IS NULL', ["1:1: unknown column commands", "1:18: unknown column Process path"]),
    ("Command = 12", ["1:1: text compared with number"]),
    ("devicetype = 'x'", ["1:1: number compared with text"]),
    ("devicetype IN (1, 'x')", ["1:1: number compared with text"]),
    ("devicetype ILIKE '1%'", ["1:1: ILIKE needs text"]),
    ("payload ILIKE '%x%'", ["1:1: ILIKE needs text"]),
    ("LOWERED(Command) = 'a'", ["1:1: unknown function LOWERED"]),
    ("LOWER(Command, 'a') = 'a'", ["1:1: LOWER takes 1 arguments"]),
    ("LOWER(devicetype) = 'a'", ["1:1: LOWER takes text, not number"]),
    ("LOWER(*) = 'a'", ["1:1: LOWER takes 1 arguments"]),
    ("LOWER(Command)", ["1:1: LOWER is no condition"]),
    ("COUNT(*) = 1", ["1:1: COUNT stands only in SELECT"]),
    ("SELECT username FROM events", ["a search of events needs a time window (LAST n MINUTES)"]),
    ("SELECT username FROM flows LAST 5 MINUTES", ["1:22: unknown table flows"]),
    ("SELECT user FROM events LAST 5 MINUTES", ["1:8: unknown column user"]),
    ("SELECT username AS a, Command AS a FROM events LAST 5 MINUTES", ["a column needs an own name: a"]),
    ("SELECT IF Command = 'a' THEN 1 ELSE 'b' AS c FROM events LAST 5 MINUTES", ["number compared with text"]),
    (
        "SELECT username AS u FROM events WHERE u = 'a' LAST 5 MINUTES",
        ["1:40: unknown column u"],
    ),
    (
        "SELECT LOGSOURCENAME(logsourceid) AS 'Log Source', QIDNAME(qid) AS q FROM events LAST 5 MINUTES",
        [],
    ),
    (
        "SELECT username, COUNT(*) AS n FROM events GROUP BY username HAVING n > 1 LAST 5 MINUTES",
        [],
    ),
    (
        "SELECT username, Command, COUNT(*) AS n FROM events GROUP BY username HAVING m > 'a' LAST 5 MINUTES",
        ["Command is neither grouped nor aggregated", "1:78: unknown column m"],
    ),
    (
        "SELECT username, SUM(Command) AS n, MIN(*) AS m FROM events GROUP BY name LAST 5 MINUTES",
        [
            "1:18: SUM takes number, not text",
            "1:37: MIN takes a column",
            "1:70: unknown column name",
            "username is neither grouped nor aggregated",
        ],
    ),
    ("SELECT username FROM events HAVING username = 'a' LAST 5 MINUTES", ["HAVING without groups"]),
    (
        "SELECT a, b FROM (SELECT username AS a FROM events LAST 5 MINUTES)",
        ["1:11: unknown column b"],
    ),
    ("SELECT a FROM (SELECT username AS a FROM events)", ["a search of events needs a time window (LAST n MINUTES)"]),
]


@pytest.mark.parametrize(("query", "problems"), CHECKED)
def test_check(query: str, problems: list[str]) -> None:
    assert list(map(str, LANGUAGE.check(query, SCHEMA))) == problems


def test_a_regex_that_java_refuses() -> None:
    (problem,) = LANGUAGE.check("Command MATCHES '.*(x.*'", SCHEMA)
    assert problem.message.startswith("JAVA refuses the regular expression '.*(x.*'")


def test_check_of_what_does_not_parse_raises() -> None:
    with pytest.raises(QueryError, match="1:4: unexpected end of the query"):
        LANGUAGE.check("a =", SCHEMA)


def test_run_of_what_has_problems_raises() -> None:
    with pytest.raises(QueryError, match="1:1: unknown column a"):
        LANGUAGE.run("a = 1", [], SCHEMA)


def test_versions() -> None:
    assert {"lark", "jpype1", "Java"} <= LANGUAGE.versions().keys()
