"""The verbs in Python: train, search, open, runs, evaluate, predict, diagnose. The command line
calls these and prints.

import netwright as nw
run = nw.train("digits", model="lenet5")
run.diagnose(human_error=0.002)
run.predict(images)
found = nw.search("digits", space={"optimizer.lr": [1e-4, 1e-1]}, trials=20)
"""

from netwright.verbs.batches import batch_size, largest_batch
from netwright.verbs.layers import summary
from netwright.verbs.rates import find_lr, schedule
from netwright.verbs.run import Run, list_runs, open_run
from netwright.verbs.searching import again, join, search
from netwright.verbs.training import train

__all__ = [
    "Run",
    "again",
    "batch_size",
    "find_lr",
    "join",
    "largest_batch",
    "list_runs",
    "open_run",
    "schedule",
    "search",
    "summary",
    "train",
]
