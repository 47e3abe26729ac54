#!/usr/bin/env bash
# Installs Stagewatch from the action's own checkout, with the locked packages, into an environment of its own.
set -euo pipefail

python=${STAGEWATCH_PYTHON:-python3}
home=$RUNNER_TEMP/stagewatch
if [ -x "$home/bin/stagewatch" ]; then
  exit 0 # the action was used in this job before
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Stagewatch needs Python 3.11 or newer")'
"$python" -m venv "$home"
"$home/bin/python" -m pip install --quiet --require-hashes -r "$GITHUB_ACTION_PATH/requirements-action.lock"
"$home/bin/python" -m pip install --quiet --no-build-isolation --no-deps "$GITHUB_ACTION_PATH"
