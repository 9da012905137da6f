"""scikit-learn's MLPClassifier (compiled loops, no autograd): ``python -m benchmarks.peers.sklearn
mlp``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from benchmarks.worker import Moment, Timing, serve
from benchmarks.workloads import Workload, arrays


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """``fit`` for the warm-up epoch, then, going on from its weights, the timed ``fit`` over the
    other epochs.

    Raises:
        ValueError: the workload is no MLP.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    if work.net != "mlp":
        raise ValueError(f"{work.name}: scikit-learn trains MLPs only")
    warnings.simplefilter("ignore", ConvergenceWarning)
    x, y = arrays(work)
    net = MLPClassifier(
        hidden_layer_sizes=(128,),
        activation="relu",
        solver="adam",
        alpha=0.0,
        batch_size=work.batch,
        learning_rate_init=work.lr,
        max_iter=1,
        tol=0.0,
        n_iter_no_change=1_000_000,
        warm_start=True,
        random_state=seed,
    )
    net.fit(x, y)
    net.set_params(max_iter=work.epochs)
    start = Moment.now()
    net.fit(x, y)
    end = Moment.now()
    assert net.coefs_[0].dtype == np.float32
    probabilities = net.predict_proba(x)[np.arange(len(y)), y]
    return Timing(
        start, end, work.epochs * len(x), float(-np.log(np.maximum(probabilities, 1e-30)).mean())
    )


if __name__ == "__main__":
    serve(train)
