"""The race by Keras' documented recipe: "Simple MNIST convnet", keras.io, on the torch backend."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.racing import Clock, mnist, race

EVERY = {0.98: 50, 0.99: 211}
"""Goal -> batches between two measurements, while it is not reached; 422 make an epoch."""


def train(folder: Path, goal: float, seed: int) -> Clock:
    """Batches of 128, Adam, at most 15 epochs on nine tenths of the training images; measured now
    and then.
    """
    os.environ["KERAS_BACKEND"] = "torch"
    import keras  # type: ignore[import-not-found]
    import torch
    from keras import layers

    torch.set_num_threads(1)
    keras.utils.set_random_seed(seed)
    (images, labels), (tests, truths) = mnist(folder, "train"), mnist(folder, "t10k")
    keep = len(images) * 9 // 10  # validation_split=0.1
    x, y = (
        images[:keep, :, :, None].astype("float32") / 255,
        keras.utils.to_categorical(labels[:keep], 10),
    )
    z = tests[:, :, :, None].astype("float32") / 255
    net = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    clock = Clock(goal)

    def right() -> float:
        with torch.no_grad():
            parts = [
                net(z[at : at + 1000], training=False).argmax(1) for at in range(0, len(z), 1000)
            ]
        return float((torch.cat(parts).numpy() == truths).mean())

    class Evaluate(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            if batch % EVERY[goal] == EVERY[goal] - 1 and clock.measure(right):
                self.model.stop_training = True

    for _ in range(15):
        net.fit(x, y, batch_size=128, epochs=1, verbose=0, callbacks=[evaluate := Evaluate()])
        if evaluate.model.stop_training:
            break
    return clock


if __name__ == "__main__":
    race(train)
