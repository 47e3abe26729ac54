"""Reading logs into the event table: recognised by content, in bounded memory, with an account of what was not read.

``read`` gives batches; ``Account`` tells which file gave what; ``write_parquet`` keeps the table.
"""

from __future__ import annotations

from stagewatch.logs.account import Account, FileAccount, Problem, State
from stagewatch.logs.batch import Batch
from stagewatch.logs.kinds import Kind
from stagewatch.logs.parquet import write_parquet
from stagewatch.logs.reader import FORMATS, read
from stagewatch.logs.values import EVENT_KEY, HOUSE

__all__ = [
    "EVENT_KEY",
    "FORMATS",
    "HOUSE",
    "Account",
    "Batch",
    "FileAccount",
    "Kind",
    "Problem",
    "State",
    "read",
    "write_parquet",
]
