"""What ``prove`` prints: a table of rules x targets, how each target was proven, and JUnit XML for machines."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from stagewatch.findings import Finding, one_line
from stagewatch.pack import Pack
from stagewatch.prove import Proof
from stagewatch.tables import table


def lines(proofs: Sequence[Proof]) -> list[str]:
    """The table, hits found of hits expected, and below it parser and engine of each target."""
    targets = list(dict.fromkeys(proof.target for proof in proofs))
    cells = {(proof.stem, proof.target): _cell(proof) for proof in proofs}
    stems = list(dict.fromkeys(proof.stem for proof in proofs))
    shown = table(["rule", *targets], [[stem, *(cells[stem, target] for target in targets)] for stem in stems])
    for target in targets:
        own = [proof for proof in proofs if proof.target == target]
        counts = {
            verdict: sum(proof.verdict == verdict for proof in own) for verdict in ("proven", "failed", "unproven")
        }
        parsers = ", ".join(dict.fromkeys(proof.parser for proof in own if proof.parser))
        engines = ", ".join(dict.fromkeys(proof.engine for proof in own if proof.engine))
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        shown.append(f"{target}: {told or 'nothing to prove'}; parser: {parsers or '-'}; engine: {engines or '-'}")
    return shown


def _cell(proof: Proof) -> str:
    hits = f"{proof.found}/{proof.expected}"
    return {"proven": hits, "failed": f"FAILED {hits}", "unproven": "unproven", "unsupported": "-"}[proof.verdict]


def findings(pack: Pack, proofs: Sequence[Proof]) -> list[Finding]:
    """One finding for each problem of a proof that failed or could not be made."""
    places = {entry.source.stem: entry.source for entry in pack.rules}
    return [
        Finding(places[proof.stem].path, places[proof.stem].line, proof.target, f"{proof.verdict}: {problem}")
        for proof in proofs
        if proof.verdict in ("failed", "unproven")
        for problem in proof.problems
    ]


def junit(proofs: Sequence[Proof]) -> bytes:
    """A JUnit report: a suite for each target, a case for each rule. Without times, so that it compares."""
    root = ET.Element("testsuites", name="stagewatch prove")
    for target in dict.fromkeys(proof.target for proof in proofs):
        own = [proof for proof in proofs if proof.target == target]
        failed = sum(proof.verdict in ("failed", "unproven") for proof in own)
        skipped = sum(proof.verdict == "unsupported" for proof in own)
        counts = {"tests": str(len(own)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
        suite = ET.SubElement(root, "testsuite", {"name": target, **counts})
        for proof in own:
            case = ET.SubElement(suite, "testcase", name=proof.stem, classname=f"stagewatch.{target}")
            if proof.verdict == "unsupported":
                ET.SubElement(case, "skipped", message=one_line("; ".join(proof.problems)))
            elif proof.verdict != "proven":
                failure = ET.SubElement(case, "failure", type=proof.verdict, message=one_line(proof.problems[0]))
                failure.text = "\n".join(map(one_line, proof.problems))
    ET.indent(root)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n").encode()
