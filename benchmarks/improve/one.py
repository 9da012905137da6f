"""One method on one data set under one seed: ``python -m benchmarks.improve.one NAME METHOD SEED
SECONDS`` prints one line of JSON. Those held out are opened once, at the end.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from benchmarks.improve.data import DATA
from benchmarks.improve.methods import found


def tried(name: str, method: str, seed: int, seconds: float) -> dict[str, Any]:
    """What came of it."""
    import netwright as nw

    data = DATA[name]
    with tempfile.TemporaryDirectory() as place:
        learn, held_out = data.parts(Path(place), data.learn, seed)
        store = Path(place) / "runs"
        run, more = found(method, learn, data.target, data.settings, seed, seconds, store)
        metric = run.system.metrics[0].name
        judged = {"test": run.evaluate(held_out)[metric]}
        for of, role in (("baseline", "first"), ("one", "alone")):
            if run_of := more.pop(role, ""):
                judged[of] = nw.open(run_of, store=store).evaluate(held_out)[metric]
        return {
            "data": name,
            "method": method,
            "seed": seed,
            "seconds": seconds,
            "metric": metric,
            "better": run.system.metrics[0].better,
            "kept": run.id,
            "dev": run.measures["dev"][metric],
            **judged,
            **more,
        }


def main() -> None:
    """One line of JSON on stdout."""
    name, method, seed, seconds = sys.argv[1:]
    warnings.simplefilter("ignore")
    print(json.dumps(tried(name, method, int(seed), float(seconds))), flush=True)


if __name__ == "__main__":
    main()
