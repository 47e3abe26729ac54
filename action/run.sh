#!/usr/bin/env bash
# One step of the action: review, comment or verdict. Everything else is in stagewatch/review/action.py.
set -euo pipefail

export STAGEWATCH_OUT=$RUNNER_TEMP/stagewatch-review
# -P: nothing is imported from the repository at hand
exec "${STAGEWATCH_HOME:-$RUNNER_TEMP/stagewatch}/bin/python" -P -m stagewatch.review.action "$@"
