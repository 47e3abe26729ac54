"""The output as a build would make it now, in memory: for the checks that compare with it or look at its queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stagewatch import proofs
from stagewatch.build import Build, build, make
from stagewatch.check.model import Checked
from stagewatch.objects.deploy import Deployment
from stagewatch.pack import apply_filters, read_pack
from stagewatch.targets import TARGETS, load_target
from stagewatch.versions import departed, read_lock

_last: list[tuple[Checked, Build]] = []
"""The result of the last call: several checks of one run ask for the same."""


def rebuilt(checked: Checked) -> Build:
    """Every rule for every target that the repository builds for, with the objects. Writes nothing."""
    if not _last or _last[0][0] is not checked:
        _last[:] = [
            (checked, _build(checked, [name for name in TARGETS if name in (checked.layout.targets or TARGETS)]))
        ]
    return _last[0][1]


def _build(checked: Checked, names: Sequence[str]) -> Build:
    """As the command ``build`` does it without options."""
    from stagewatch.environment import read_environment

    layout, pack = checked.layout, checked.pack
    environment = read_environment(layout.environment, layout) if layout.environment is not None else None
    if checked.whole and (layout.filters or environment is not None):  # they change rules in place
        rewrite = environment.rewrite if environment else None
        pack = read_pack(layout.rules, rewrite, layout.root)
        apply_filters(
            pack, read_pack([*layout.filters, *(environment.filters if environment else ())], rewrite).filters
        )
        if environment is not None:
            environment.check(pack)
    lock = read_lock(layout.lock)
    changed = departed(pack, lock) if layout.filters or environment is not None else frozenset[str]()
    deployment = Deployment(lock, layout.guides, changed)
    if environment is not None:
        deployment = replace(deployment, described=environment.described, options=environment.object_options)
    targets = [load_target(name, layout.pipelines, False, environment) for name in names]
    told = environment.told() if environment is not None else None
    convert = checked.converting(pack, names)
    return build(
        pack,
        targets,
        record=proofs.read(layout.fixtures / proofs.FILE),
        deployment=deployment,
        environment=told,
        made=lambda target: make(pack, target, deployment, convert=convert),
    )
