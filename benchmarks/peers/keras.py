"""Keras on the torch backend: ``python -m benchmarks.peers.keras WORKLOAD [channels_last]``.

Channels first by default here: on this backend Keras' own channels_last transposes at every layer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from benchmarks.nets import PARAMETERS
from benchmarks.worker import Moment, Timing, serve
from benchmarks.workloads import Workload, arrays


def train(work: Workload, seed: int, options: Sequence[str]) -> Timing:
    """``Model.fit`` once; the clock runs from the start of the second epoch to the end of the
    fit.
    """
    os.environ["KERAS_BACKEND"] = "torch"
    import keras  # type: ignore[import-not-found]
    import torch

    torch.set_num_threads(1)
    keras.utils.set_random_seed(seed)
    x, y = arrays(work)
    last = "channels_last" in options
    keras.config.set_image_data_format("channels_last" if last else "channels_first")
    x = x.transpose(0, 2, 3, 1).copy() if last and x.ndim == 4 else x
    net = _mlp() if work.net == "mlp" else _lenet5(x.shape[1:])
    assert net.count_params() == PARAMETERS[work.net]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=keras.optimizers.Adam(work.lr, epsilon=1e-8), loss=loss)
    start, end = [], []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: start.append(Moment.now()) if epoch == 1 else None,
        on_train_end=lambda logs: end.append(Moment.now()),
    )
    net.fit(x, y, batch_size=work.batch, epochs=1 + work.epochs, verbose=0, callbacks=[clock])
    final_loss = float(net.evaluate(x, y, batch_size=1000, verbose=0))
    return Timing(start[0], end[0], work.epochs * len(x), final_loss)


def _mlp() -> Any:
    from keras import Sequential, layers

    return Sequential([layers.Input((64,)), layers.Dense(128, activation="relu"), layers.Dense(10)])


def _lenet5(shape: tuple[int, ...]) -> Any:
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input(shape),
            layers.Conv2D(6, 5, padding="same", activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10),
        ]
    )


if __name__ == "__main__":
    serve(train)
