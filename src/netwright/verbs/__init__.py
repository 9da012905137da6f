"""The verbs in Python: train, open, runs, evaluate, predict, diagnose. The command line calls these and prints.

import netwright as nw
run = nw.train("digits", model="lenet5")
run.diagnose(human_error=0.002)
run.predict(images)
"""

from netwright.verbs.layers import summary
from netwright.verbs.run import Run, list_runs, open_run
from netwright.verbs.training import train

__all__ = ["Run", "list_runs", "open_run", "summary", "train"]
