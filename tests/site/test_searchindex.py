from __future__ import annotations

import json
from itertools import accumulate

from stagewatch.site.searchindex import Entry, read, script, words


def entry(path: str, title: str, text: str, **told: object) -> Entry:
    filled = {"description": "", "section": "Rules", "tag": "", "keywords": (), "headings": (), **told}
    return Entry(path=path, title=title, text=text, **filled)  # type: ignore[arg-type]


def found(index: bytes, word: str) -> dict[str, str]:
    """Pages that have a word -> the sign of where it stands."""
    data = json.loads(index.removeprefix(b"globalThis.stagewatchIndex="))
    listed = dict(zip(data["words"].split(), data["found"].split(), strict=True))
    postings = listed[word].split(",") if word in listed else []
    numbers = accumulate(int(one.rstrip("th")) for one in postings)
    return {data["pages"][n][0]: one.strip("0123456789") for n, one in zip(numbers, postings, strict=True)}


def test_words_are_found_whole_and_in_parts() -> None:
    assert words("T1074.001 proc_creation_win: robocopy.exe, a") >= {
        "t1074.001", "t1074", "001", "proc_creation_win", "proc", "win", "robocopy.exe", "robocopy", "exe",
    }  # fmt: skip
    assert "a" not in words("a")


def test_fingerprints_are_not_words() -> None:
    assert words("af0c24326449f58492d51ed3fa40d107 x" * 1) == set()


def test_a_page_is_read_without_what_is_left_out_of_the_search() -> None:
    text, headings = read(
        '<p>seen<br>too</p><div data-search-exclude><p>hidden<img src="x"></p></div><script>code</script>'
        '<h2 id="one">First <code>part</code><a class="headerlink">¶</a></h2><p>after</p>'
    )
    assert text.split() == ["seen", "too", "First", "part", "after"]
    assert headings == (("one", "Firstpart"),) or headings == (("one", "First part"),)


def test_a_title_counts_most() -> None:
    index = script([
        entry("a", "Robocopy", "other"),
        entry("b", "x", "robocopy"),
        entry("c", "x", "robocopy", keywords=("robocopy",)),
        entry("d", "x", "nothing"),
    ])  # fmt: skip
    assert found(index, "robocopy") == {"a": "t", "b": "", "c": "h"}


def test_a_word_of_most_pages_is_not_searched_in_their_text() -> None:
    pages = [entry(str(number), "x", "common" if number else "common rare") for number in range(40)]
    index = script(pages)
    assert found(index, "common") == {}
    assert found(index, "rare") == {"0": ""}


def test_the_index_is_in_order_and_cannot_end_its_script() -> None:
    index = script([entry("b", "</script>", "z y"), entry("a", "x", "y")])
    data = json.loads(index.removeprefix(b"globalThis.stagewatchIndex="))
    assert data["words"].split() == sorted(data["words"].split())
    assert index.isascii()
