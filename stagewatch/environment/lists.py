"""A site's changes of the named lists and thresholds, and the rules' texts that follow from them.

The texts are changed in memory alone, as ``lists --renew`` would change the files (:mod:`stagewatch.lists`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from stagewatch.findings import UsageError
from stagewatch.lists.carried import differences
from stagewatch.lists.groups import groups
from stagewatch.lists.model import Form, Lists, NamedList
from stagewatch.lists.renew import healed_text
from stagewatch.tomlsafe import Node
from stagewatch.yamlsafe import load_documents

TIMESPAN = re.compile(r"[1-9][0-9]{0,5}[smhd]")
"""Sigma's notation, without the units whose length depends on the calendar."""


@dataclass(frozen=True, slots=True)
class Rewriter:
    """The lists as they are and as the site wants them."""

    given: Lists
    wanted: Lists

    def rewrite(self, stem: str, text: str) -> str:
        """The rule's text with the site's values in it; the text itself where no changed list stands in it.

        Raises :class:`UsageError` for a rule of which it is not known where the values are to be put.
        """
        if self.wanted == self.given:
            return text
        before, after = differences(text, stem, self.given), differences(text, stem, self.wanted)
        if before == after:
            return text
        if before:
            raise UsageError(f"{stem} cannot be changed, as it is not as the lists say: {before[0].message}")
        healed = healed_text(text, after)
        left = differences(healed, stem, self.wanted)
        if left:
            raise UsageError(f"the environment's values cannot be put into {stem}: {left[0].message}")
        restored = healed_text(healed, differences(healed, stem, self.given))
        if _data(restored) != _data(text):  # a value that is added stands in a group that is the rule's own
            raise UsageError(f"the environment's values would change more of {stem} than what it has of the lists")
        return healed


def _data(text: str) -> list[object]:
    return [document for _, document in load_documents(text)]


def changed_lists(entries: Node, lists: Lists) -> Lists:
    """The lists with what the table ``[lists]`` adds and removes."""
    named = dict(lists.named)
    for name, node in entries.table(named, "list").items():
        named[name] = _changed(node, named[name])
    return replace(lists, named=named)


def changed_threshold(rule: str, node: Node, lists: Lists) -> Lists:
    """The lists with the ``timespan`` and ``threshold`` of a rule's table."""
    entries = node.table()
    wanted = [entries[key] for key in ("timespan", "threshold") if key in entries]
    if not wanted:
        return lists
    threshold = lists.thresholds.get(rule)
    if threshold is None:
        raise wanted[0].error(f"{rule} is no correlation with a threshold in the lists")
    if "timespan" in entries:
        threshold = replace(threshold, timespan=entries["timespan"].string(TIMESPAN, "a timespan such as 15m or 2h"))
    if "threshold" in entries:
        if len(threshold.condition) != 1:
            raise entries["threshold"].error(f"{rule} does not count, it has no threshold")
        number = entries["threshold"].integer(1, 1_000_000)
        threshold = replace(threshold, condition=dict.fromkeys(threshold.condition, number))
    return replace(lists, thresholds={**lists.thresholds, rule: threshold})


def _changed(node: Node, named: NamedList) -> NamedList:
    parts = node.table(("add", "remove"))
    forms = {form.name: form for form in named.forms}
    for action, change in (("remove", _without), ("add", _with)):
        if action in parts:
            for name, values in parts[action].table(forms, "form").items():
                forms[name] = change(forms[name], values)
    for form in forms.values():
        if not form.values:
            raise node.error(f"nothing would be left of the form {form.name}")
    return replace(named, forms=tuple(forms.values()))


def _without(form: Form, node: Node) -> Form:
    gone = node.strings()
    for value in gone:
        if value not in form.values:
            raise node.error(f"{value!r} is not in the list and cannot be removed")
    return replace(form, values=tuple(value for value in form.values if value not in gone))


def _with(form: Form, node: Node) -> Form:
    more = node.strings()
    for value in more:
        if value in form.values:
            raise node.error(f"{value!r} is in the list already")
        if form.is_regex and not _is_alternative(value):
            raise node.error(f"{value!r} is not one alternative of a regular expression")
    return replace(form, values=(*form.values, *more))


def _is_alternative(value: str) -> bool:
    """Whether the text can stand between two bars of a group and stays one alternative there."""
    try:
        re.compile(value)
    except re.error:
        return False
    return next((group.alternatives for group in groups(f"({value})")), ()) == (value,)
