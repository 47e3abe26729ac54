"""The playground: a rule and an event of the reader's, converted and matched in the browser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from stagewatch.fixtures import Case
from stagewatch.site.documents import as_text
from stagewatch.site.markup import Draft, text
from stagewatch.site.model import Model, Page, SiteRule
from stagewatch.site.platforms import NAMES
from stagewatch.telemetry.native import Native

PATH = "playground/index.html"

SCRIPT = "playground/playground.js"

FEATURED = (
    "proc_creation_win_susp_archiver_staging_directory",
    "file_event_lnx_susp_file_in_hidden_tmp_directory",
    "aws_cloudtrail_snapshot_shared",
)
"""Rules to begin with; of a pack without them, the first three."""

OFFERED = 2
"""Hits and near misses that are offered with a rule."""

MEGABYTE = 1_000_000

COMMANDS = """\
python convert.py --rules my-rule.yml --out out/
python convert.py hunt my-events.json --rules my-rule.yml
"""


def pages(site: Model) -> Iterable[Page]:
    """The one page. Without its engine it says why, and how to do the same on the command line."""
    if not site.engine.files:
        yield _without(site)
        return
    draft = Draft()
    draft.add(_lead(site.engine.size), draft.html(_form(site)), *_words())
    files = {f"playground/{path}": content for path, content in site.engine.files.items()}
    files |= {f"playground/rules/{rule.stem}.json": _example(site, rule) for rule in site.rules}
    yield Page(
        PATH,
        "Playground",
        draft.markdown,
        "Playground",
        description="Paste a Sigma rule and an event: queries for every platform, and which parts of the rule match.",
        fragments=draft.fragments,
        files=files,
        scripts=(SCRIPT,),
        policy=True,
        hide=("navigation", "toc"),
    )


def address_for(site: Model, page: str, rule: SiteRule) -> str:
    """The link that opens a rule in the playground; empty where there is no playground."""
    return f"{site.link(page, PATH)}?rule={rule.stem}" if site.engine.files else ""


def _without(site: Model) -> Page:
    draft = Draft()
    draft.add(
        f"This copy of the site has no playground: {text(site.engine.missing)}.",
        "The command line does the same with any Sigma rule:",
    )
    draft.code(COMMANDS, "console")
    return Page(PATH, "Playground", draft.markdown, "Playground", fragments=draft.fragments, hide=("navigation", "toc"))


def _lead(size: int) -> str:
    return (
        "Paste a Sigma rule and an event. You get the query of every platform, and which parts of the rule the event "
        "meets. All of it happens in this browser: nothing that you paste leaves it. The first run loads Python and "
        f"Stagewatch from this site, {round(size / MEGABYTE)} MB."
    )


def _words() -> Iterator[str]:
    yield "## What is shown"
    yield (
        "- **Queries** are what `python convert.py` gives for the rule, with each platform's status and reasons. They "
        "are not proven here; a proof runs a query on events with an engine of its language.\n"
        "- **Which parts match** is Stagewatch's own reading of the rule on the one event, in Sigma's names of fields, "
        "as a hunt asks it.\n"
        "- **An event** is JSON: a record of a Windows event log or of Sysmon as common converters write it, of "
        "CloudTrail, of Azure's activity log, of Google Cloud's audit logs, a row of osquery in the same frame, or "
        "an object of plain fields and values. A plain one that does not tell its log source is taken as fitting.\n"
        "- **A correlation** counts many events, so it has queries only; paste it with its rules, separated by `---`."
    )
    yield "## Limits"
    yield (
        "A rule has at most 64 kB and an event 256 kB. What takes longer than 20 seconds is stopped. Licences of what "
        "runs here: [NOTICES.txt](NOTICES.txt)."
    )


def _form(site: Model) -> str:
    names = escape(json.dumps(dict(NAMES), ensure_ascii=True, sort_keys=True))
    return f"""<link rel="stylesheet" href="playground.css">
<div class="pg" id="playground" data-names="{names}" data-pyodide="{escape(site.engine.version)}">
<noscript><p class="sw-box">The playground needs JavaScript.</p></noscript>
<div class="sw-box" id="pg-unusable" role="alert" hidden>
<p>The playground cannot run here.</p>
<p class="pg-help"><span id="pg-unusable-why"></span> On a web server it runs, the one of Python for instance: \
<code>python -m http.server --bind 127.0.0.1 --directory site</code>, then open \
<code>http://127.0.0.1:8000/playground/index.html</code>.</p>
</div>
<form id="pg-form" hidden>
<div class="pg-pick">
<div><label for="pg-rules">Start with a rule of the catalogue</label>\
<select id="pg-rules">{_options(site)}</select></div>
<div><label for="pg-events">and one of its events</label><select id="pg-events" disabled></select></div>
</div>
<div class="pg-inputs">
<div><label for="pg-rule">Sigma rule, YAML</label>
{_area("rule")}
<p class="pg-help" id="pg-rule-help">One rule or several, separated by ---. Ctrl+Enter converts.</p></div>
<div><label for="pg-event">Event, JSON (may stay empty)</label>
{_area("event")}
<p class="pg-help" id="pg-event-help">A record as its source writes it, or plain fields and values.</p></div>
</div>
<div class="pg-run"><button type="submit" class="pg-go" id="pg-go">Convert and match</button>\
<button type="button" class="pg-stop" id="pg-stop" hidden>Stop</button>\
<p class="pg-status" id="pg-status" role="status"></p></div>
</form>
<section id="pg-results" aria-label="Result" hidden></section>
</div>"""


def _area(name: str) -> str:
    return (
        f'<textarea id="pg-{name}" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" '
        f'aria-describedby="pg-{name}-help pg-{name}-problems"></textarea>\n'
        f'<div class="pg-problems" id="pg-{name}-problems"></div>'
    )


def _options(site: Model) -> str:
    first = [site.by_stem[stem] for stem in FEATURED if stem in site.by_stem] or list(site.rules[:3])
    rest = [rule for rule in site.rules if rule not in first]
    return f'<option value="">Choose …</option>{_group("To begin with", first)}{_group("All rules", rest)}'


def _group(label: str, rules: Sequence[SiteRule]) -> str:
    ordered = rules if len(rules) <= len(FEATURED) else sorted(rules, key=lambda rule: (rule.title, rule.stem))
    options = "".join(f'<option value="{escape(rule.stem)}">{text(rule.title)}</option>' for rule in ordered)
    return f'<optgroup label="{escape(label)}">{options}</optgroup>'


def _example(site: Model, rule: SiteRule) -> bytes:
    """What the page puts into its fields: the rule, a correlation with its rules, and events of the fixture."""
    sources = dict.fromkeys(site.by_stem[stem].source for stem in (*rule.bases, rule.stem))
    texts = [source.decode("utf-8-sig").strip("\n") + "\n" for source in sources]
    data = {"events": list(_events(rule)), "rule": "---\n".join(texts), "title": rule.title}
    return (json.dumps(data, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _events(rule: SiteRule) -> Iterator[dict[str, Any]]:
    """Hits and near misses, those that the rule's page shows first. Of a correlation, events of a burst."""
    if rule.fixture is None:
        return
    if rule.is_correlation:
        for case in rule.fixture.cases[:1]:
            for label, event in list(zip(case.labels, case.events, strict=True))[:OFFERED]:
                yield {"hit": None, "label": label, "text": as_text(event)}
        return
    for shown, hit in ((rule.examples.hits, True), (rule.examples.misses, False)):
        for example in shown[:OFFERED]:
            found = _native(rule.fixture.cases, example.label, hit=hit)
            if found is not None:
                yield {"hit": hit, "label": example.label, "text": as_text(found)}


def _native(cases: Iterable[Case], label: str, *, hit: bool) -> Native | None:
    """The first event with a label that is, or is not, a hit."""
    return next(
        (
            event
            for case in cases
            for position, event in enumerate(case.events)
            if case.labels[position] == label and case.matching is not None and (position in case.matching) is hit
        ),
        None,
    )
