#!/usr/bin/env python3
"""The door of the house: ``python convert.py`` builds ``dist/`` from ``sigma/``. See ``python convert.py --help``."""

import sys
from pathlib import Path

try:
    from stagewatch.cli import main
except ModuleNotFoundError as error:
    sys.exit(f"convert.py: the Python package {error.name} is missing; install with: python -m pip install -e .")

if __name__ == "__main__":
    sys.exit(main(root=Path(__file__).resolve().parent))
