#!/usr/bin/env bash
# One step of the action: review, comment or verdict. Everything else is in stagewatch/review/action.py.
set -euo pipefail

export STAGEWATCH_OUT=$RUNNER_TEMP/stagewatch-review
export STAGEWATCH_NO_CACHE=1 # what is told of a change is found out from nothing, on a runner of one's own too
# -P: nothing is imported from the repository at hand
exec "${STAGEWATCH_HOME:-$RUNNER_TEMP/stagewatch}/bin/python" -P -m stagewatch.review.action "$@"
