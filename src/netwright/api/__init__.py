"""The verbs in Python, which the command line calls to print what they give. ``netwright`` exports
them, ``open_run`` as ``open``.

import netwright as nw
run = nw.train("digits", model="lenet5")
run.diagnose(human_error=0.002)
run.predict(images)
found = nw.search("digits", space={"optimizer.lr": [1e-4, 1e-1]}, trials=20)
"""

from netwright.api.batch_sizes import batch_size, largest_batch
from netwright.api.learning_rates import find_lr, schedule
from netwright.api.run import Run, list_runs, open_run
from netwright.api.searching import again, join, search
from netwright.api.summaries import summary
from netwright.api.training import train

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
