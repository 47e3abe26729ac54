"""Samples of white space that nobody sees."""

from __future__ import annotations

from tests.check.samples import RULE, Sample, rule, text

FILE = f"sigma/{RULE}"

SAMPLES = {
    "SW091": (
        Sample({FILE: text().replace("level: medium", "level: medium  ")}, rule(), line=21),
        Sample(
            {FILE: text(description="|\n    Some text. \n    More.").replace("status: ", "status:\t ")[:-1] + " \n"},
            {FILE: text(description="|\n    Some text. \n    More.")},
            line=24,
        ),
        Sample({FILE: text() + " # end "}, {FILE: text(description=None) + "description: |\n    One \n    two "}),
    ),
    "SW092": (
        Sample({FILE: text().replace("\n", "\r\n")}, rule(), line=1, about="Windows"),
        Sample({FILE: b"\xef\xbb\xbf" + text().encode()}, rule(), line=1, about="byte order mark"),
    ),
    "SW093": (
        Sample({FILE: text().rstrip("\n")}, rule(), line=21),
        Sample({FILE: text() + "\n\n"}, rule()),
    ),
}
