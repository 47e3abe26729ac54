from __future__ import annotations

import pytest
from sigma.collection import SigmaCollection
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from stagewatch.expression import And, Expression, Glob, Or, Text, Wildcard
from stagewatch.findings import Unsupported
from stagewatch.translation import Translator
from tests.support import rule

PIPELINE = """
transformations:
    - {type: hashes_fields, valid_hash_algos: [MD5, SHA1, SHA256, IMPHASH], field_prefix: Hash}
    - {type: field_name_mapping, mapping: {HashMD5: md5, HashSHA1: sha1, HashIMPHASH: imphash}}
    - {type: strict_field_mapping_failure}
"""

MD5, OTHER_MD5, SHA1, SHA256 = "a" * 32, "b" * 32, "c" * 40, "d" * 64


def translate(item: str) -> Expression:
    loaded = SigmaCollection.from_yaml(rule(f"selection: {{{item}}}\ncondition: selection")).rules[0]
    assert isinstance(loaded, SigmaRule)
    return Translator(ProcessingPipeline.from_yaml(PIPELINE)).translate(loaded).expression


def equals(field: str, *values: str) -> Text:
    return Text(field, tuple(map(Glob.of, values)))


def test_the_algorithm_names_the_field() -> None:
    assert translate(f"Hashes|contains: 'IMPHASH={MD5}'") == equals("imphash", MD5)


def test_alternatives_stay_alternatives() -> None:
    assert translate(f"Hashes|contains: ['MD5={MD5}', 'SHA1={SHA1}', 'md5={OTHER_MD5}']") == Or(
        (equals("md5", MD5, OTHER_MD5), equals("sha1", SHA1))
    )


def test_all_stays_all() -> None:
    assert translate(f"Hashes|contains|all: ['MD5={MD5}', 'SHA1={SHA1}']") == And(
        (equals("md5", MD5), equals("sha1", SHA1))
    )


def test_a_hash_without_algorithm_may_be_any_with_as_many_digits() -> None:
    assert translate(f"Hashes|contains: {MD5}") == Or((equals("md5", MD5), equals("imphash", MD5)))


def test_an_algorithm_that_the_platform_lacks_is_a_lacking_field() -> None:
    with pytest.raises(Unsupported, match="carry no HashSHA256"):
        translate(f"Hashes|contains: 'SHA256={SHA256}'")


@pytest.mark.parametrize("value", ["MD5=*", "CRC32=abcd1234", f"MD5={SHA1}", "words", "abcd"])
def test_what_is_no_hash_is_refused_not_dropped(value: str) -> None:
    with pytest.raises(Unsupported, match="Hashes: "):
        translate(f"Hashes|contains: ['MD5={MD5}', '{value}']")


def test_the_start_of_a_hash() -> None:
    assert translate("Hashes|contains: 'SHA1=abcd'") == Text("sha1", (Glob.of("abcd", Wildcard.ANY),))


def test_a_negated_hash_is_refused_not_turned_round() -> None:
    with pytest.raises(Unsupported, match="negated"):
        translate(f"Hashes|neq: 'MD5={MD5}'")
