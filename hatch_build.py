"""Build hook: puts the pySigma plugin where pySigma looks for plugins, ``sigma/pipelines/``.

The file cannot live at that path in the repository, where ``sigma/`` is the rule pack and holds YAML only.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLUGIN = {"stagewatch/pysigma_plugin.py": "sigma/pipelines/stagewatch/__init__.py"}


class PluginHook(BuildHookInterface[Any]):
    """Adds the plugin to ordinary and to editable wheels."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; ``version`` is ``standard`` or ``editable``."""
        key = "force_include_editable" if version == "editable" else "force_include"
        build_data[key].update(PLUGIN)
