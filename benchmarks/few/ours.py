"""One way of ours, or of scikit-learn, on one set: ``python -m benchmarks.few.ours WAY CELL.npz``.

Prints a line of JSON: the answers, and the CPU seconds from the pictures to these, imports aside.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.few import cell
from benchmarks.few.pictures import Names, Pictures

SIDE = 96
"""Pixels a side that pictures are brought to for the net, in every way but from scratch."""

SETTINGS: dict[str, Any] = {"split.test": 0, "split.dev": 0.2, "training.threads": 1}

IMAGENET: dict[str, dict[str, Any]] = {
    "--from imagenet": {},
    "--from imagenet --freeze all": {"training.freeze": "all"},
    "--from imagenet --freeze none": {"training.freeze": 0},
}


def trained(x: Pictures, y: Names, new: Pictures, seed: int, way: str) -> list[str]:
    """What a run answers, that starts from ImageNet's weights or from nothing."""
    import netwright as nw

    given = {**SETTINGS, "training.seed": seed, "split.seed": seed, **IMAGENET.get(way, {})}
    start = "imagenet" if way in IMAGENET else None
    model = None if start else "airbench"  # the default where the package is not installed
    with tempfile.TemporaryDirectory() as store:
        run = nw.train((x, y), start=start, model=model, set=given, store=store)
        return [answer.label for answer in run.predict(new)]


def frozen(x: Pictures, y: Names, new: Pictures, seed: int, way: str) -> list[str]:
    """What logistic regression on frozen features answers, written as people write it."""
    import torch

    from netwright.nets.published import published
    from netwright.nets.vision.efficientnet_lite import EfficientNetLite
    from netwright.recipe import NetModel

    net = EfficientNetLite(dropout=0.0)
    net.load_state_dict(dict(published.from_start("imagenet", NetModel()).weights))
    net.fc = torch.nn.Identity()  # type: ignore[assignment]
    net.eval()

    def features(pictures: Pictures) -> Any:
        found = []
        for start in range(0, len(pictures), 64):
            resized = brought_to(pictures[start : start + 64], SIDE)
            values = (torch.from_numpy(resized).float() - 127) / 128
            with torch.inference_mode():
                found.append(net(values.permute(0, 3, 1, 2)).numpy())
        return np.concatenate(found)

    return probed(features(x), y, features(new))


def pixels(x: Pictures, y: Names, new: Pictures, seed: int, way: str) -> list[str]:
    """Logistic regression on 32x32 pixels."""
    flat = [brought_to(one, 32).reshape(len(one), -1) / 255 for one in (x, new)]
    return probed(flat[0], y, flat[1])


def probed(x: Any, y: Names, new: Any) -> list[str]:
    """Logistic regression, its penalty by cross-validation."""
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(
        StandardScaler(), LogisticRegressionCV(Cs=np.logspace(-4, 0, 5), cv=5, max_iter=1000)
    )
    probe.fit(x, y)
    return list(probe.predict(new))


def brought_to(pictures: Pictures, side: int) -> Pictures:
    """Of another size."""
    from PIL import Image

    return np.stack([np.asarray(Image.fromarray(one).resize((side, side))) for one in pictures])


WAYS: dict[str, Callable[[Pictures, Names, Pictures, int, str], list[str]]] = {
    **dict.fromkeys(IMAGENET, trained),
    "from scratch": trained,
    "frozen + scikit-learn": frozen,
    "logistic regression on pixels": pixels,
}


def main(way: str, place: str) -> None:
    """Work through one cell."""
    cell.work(WAYS[way], place, way)


if __name__ == "__main__":
    main(*sys.argv[1:])
