from __future__ import annotations

import re

from stagewatch.site.model import Model, Page
from stagewatch.site.pages import proof
from stagewatch.site.tables import tables
from tests.site.pages.reading import said, whole


def overview(site: Model) -> Page:
    return next(page for page in proof.pages(site) if page.path == proof.INDEX)


def test_figures_are_sums_over_the_manifest(pack: Model) -> None:
    section = whole(overview(pack)).partition("{: #pack }")[2].partition("\n## ")[0]
    proofs = [rule["targets"]["splunk"].get("proof") for rule in pack.manifest["rules"]]
    proven = [one for one in proofs if one and one["verdict"] == "proven"]
    row = re.search(r"<td>Splunk</td>.*?</tr>", section)
    assert row is not None
    assert f"<td>{len(proven)}</td><td>{sum(one['events'] for one in proven):,}</td>" in row[0]
    assert f"{sum(one['found'] for one in proven):,} of {sum(one['expected'] for one in proven):,}" in row[0]


def test_foreign_rules_are_added_up(pack: Model) -> None:
    counts = [
        rows for rows in tables(pack.docs["foreign-rules.md"]) if rows[0] == ["target", "ok", "degraded", "unsupported"]
    ]
    ok = sum(int(row[1]) for rows in counts for row in rows if row[0] == "splunk")
    assert len(counts) > 5
    assert f"Splunk: {ok:,} all" in said(overview(pack))


def test_every_mutation_is_counted_once(pack: Model) -> None:
    section = whole(overview(pack)).partition("{: #mutations }")[2].partition("\n## ")[0]
    total = re.search(r"^(\d+) mutations", pack.docs["mutations.md"], re.MULTILINE)
    assert total is not None
    numbers = [[int(cell) for cell in re.findall(r"<td>(\d+)</td>", row)] for row in section.split("<tr>")[2:]]
    assert all(sum(row[:-1]) == row[-1] for row in numbers)
    assert sum(row[-1] for row in numbers) == int(total[1])


def test_every_figure_of_a_chart_stands_in_its_document(pack: Model) -> None:
    assert len(pack.benchmarks) > 5
    for chart in pack.benchmarks:
        told = pack.docs[chart.document].replace(",", "")
        for figure in chart.figures:
            for value in (figure.low, figure.high):
                assert re.search(rf"(?<![\d.]){value:g}(\.0)?(?![\d.]*\d)", told), (chart.id, figure)


def test_charts_draw_their_figures_to_scale(pack: Model) -> None:
    page = next(page for page in proof.pages(pack) if page.path == proof.BENCHMARKS)
    pictures = re.findall(r"<svg.*?</svg>", whole(page), re.DOTALL)
    assert len(pictures) == len(pack.benchmarks)
    for chart, picture in zip(pack.benchmarks, pictures, strict=True):
        drawn = [
            float(one) for one in re.findall(r'<rect class="sw-svg-(?:ours|theirs)"[^>]* width="([\d.]+)"', picture)
        ]
        most = max(figure.high for figure in chart.figures)
        assert drawn == [max(1, round(310 * figure.low / most, 1)) for figure in chart.figures]
        for figure in chart.figures:
            assert f"{figure.shown}" in picture


def test_without_documents_the_pack_is_told_of_alone(model: Model) -> None:
    pages = list(proof.pages(model))
    assert [page.path for page in pages] == [proof.INDEX]
    assert "Splunk" in said(pages[0])
