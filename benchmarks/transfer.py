"""Few photographs: a training from ImageNet's weights as it is by default, with all but the last
layer frozen, and from scratch, beside the plain way: the same weights frozen, scikit-learn's
logistic regression on what they make of the pictures.

Each is given N pictures a class and judged on all pictures of the test folder, which none of them
saw. netwright holds a fifth of the N out as its dev split; the plain way learns from all of them
and takes its penalty by cross-validation. One seed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import BenchmarkError, Table
from benchmarks.workloads import CACHE

SIDE = 96
"""Pixels a side that pictures are brought to for the net, in every way but from scratch."""

SEED = 0
SETTINGS: dict[str, Any] = {"split.test": 0, "split.dev": 0.2, "training.threads": 1}
WAYS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "--from imagenet": ("imagenet", {}),
    "--from imagenet --freeze all": ("imagenet", {"training.freeze": "all"}),
    "--from imagenet --freeze none": ("imagenet", {"training.freeze": 0}),
    "from scratch": (None, {"model.start": ""}),
}

Pictures = NDArray[np.uint8]
Names = NDArray[np.str_]


class Photographs(NamedTuple):
    """A set of photographs: to learn from, and to be judged on.

    Args:
        counts: pictures a class that are learned from, one training each.
    """

    name: str
    train: tuple[Pictures, Names]
    test: tuple[Pictures, Names]
    counts: tuple[int, ...]


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every way once; ``rounds`` is not used."""
    rows = []
    for photographs in (cifar(CACHE / "cifar10-12k"), cells(CACHE / "bccd")):
        for count in photographs.counts:
            some = few(photographs.train, count)
            for name, way in (*WAYS.items(), ("frozen + scikit-learn", None)):
                begun = time.process_time()
                new, truth = photographs.test
                answers = probed(some, new) if way is None else trained(some, new, *way)
                wrong = np.asarray(answers) != truth
                seconds = time.process_time() - begun
                rows.append((photographs.name, str(count), name, errors(wrong), f"{seconds:.0f}"))
                log("  ".join(rows[-1]))
    return [table(rows)]


def cifar(folder: Path) -> Photographs:
    """CIFAR-10's first 1,000 and 200 pictures a class, 32x32.

    Raises:
        BenchmarkError: they are not there.
    """
    if not (folder / "train").is_dir():
        raise BenchmarkError(f"{folder} is missing: put folders train and test of classes there")
    train, test = (_of_folders(folder / part) for part in ("train", "test"))
    return Photographs("CIFAR-10", train, test, (10, 30, 100))


def _of_folders(folder: Path) -> tuple[Pictures, Names]:
    from PIL import Image

    paths = sorted(folder.glob("*/*"))
    pixels = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    return np.stack(pixels), np.array([path.parent.name for path in paths])


def cells(folder: Path) -> Photographs:
    """Red cells, white cells and platelets under the microscope, cut out of BCCD's pictures: those
    of the first half of the pictures to learn from, those of the others to be judged on.

    Raises:
        BenchmarkError: they are not there.
    """
    from xml.etree import ElementTree

    from PIL import Image

    notes = sorted((folder / "Annotations").glob("*.xml"))
    if not notes:
        raise BenchmarkError(f"{folder} is missing: put Annotations and JPEGImages of BCCD there")
    parts: list[tuple[list[Pictures], list[str]]] = [([], []), ([], [])]
    for at, note in enumerate(notes):
        picture = Image.open(folder / "JPEGImages" / f"{note.stem}.jpg").convert("RGB")
        pixels, names = parts[2 * at // len(notes)]
        for cell in ElementTree.parse(note).iter("object"):
            name = str(cell.findtext("name"))
            left, top, right, bottom = (int(cell.findtext(f"bndbox/{edge}", "0")) for edge in EDGES)
            if right > left and bottom > top and names.count(name) < MOST_CELLS:
                box = (left, top, right, bottom)
                pixels.append(np.asarray(picture.resize((64, 64), box=box)))
                names.append(name)
    train, test = ((np.stack(pixels), np.array(names)) for pixels, names in parts)
    return Photographs("blood cells", train, test, (10, 30, 100))


EDGES = ("xmin", "ymin", "xmax", "ymax")

MOST_CELLS = 200
"""Of a kind and a half."""


def few(pictures: tuple[Pictures, Names], count: int) -> tuple[Pictures, Names]:
    """The first so many of each class."""
    x, y = pictures
    rows = np.sort(np.concatenate([np.flatnonzero(y == name)[:count] for name in np.unique(y)]))
    return x[rows], y[rows]


def trained(
    some: tuple[Pictures, Names], new: Pictures, start: str | None, settings: dict[str, Any]
) -> list[str]:
    """What a run answers."""
    import netwright as nw

    with tempfile.TemporaryDirectory() as store:
        run = nw.train(some, start=start, set={**SETTINGS, **settings}, store=store)
        return [answer.label for answer in run.predict(new)]


def probed(some: tuple[Pictures, Names], new: Pictures) -> list[str]:
    """What logistic regression on frozen features answers, written as people write it."""
    import torch
    from PIL import Image
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from netwright.nets.published import published
    from netwright.nets.vision.efficientnet_lite import EfficientNetLite
    from netwright.recipe import NetModel

    torch.set_num_threads(1)
    net = EfficientNetLite(dropout=0.0)
    net.load_state_dict(dict(published.from_start("imagenet", NetModel()).weights))
    net.fc = torch.nn.Identity()  # type: ignore[assignment]
    net.eval()

    def features(pictures: Pictures) -> NDArray[np.float32]:
        found = []
        for start in range(0, len(pictures), 64):
            few = pictures[start : start + 64]
            resized = [np.asarray(Image.fromarray(one).resize((SIDE, SIDE))) for one in few]
            x = (torch.from_numpy(np.stack(resized)).float() - 127) / 128
            with torch.inference_mode():
                found.append(net(x.permute(0, 3, 1, 2)).numpy())
        return np.concatenate(found)

    probe = make_pipeline(
        StandardScaler(), LogisticRegressionCV(Cs=np.logspace(-4, 0, 5), cv=5, max_iter=1000)
    )
    probe.fit(features(some[0]), some[1])
    return list(probe.predict(features(new)))


def errors(wrong: NDArray[np.bool_]) -> str:
    """The rate with its 95% interval."""
    from netwright.metrics.intervals import wilson

    found = wilson(int(wrong.sum()), len(wrong))
    return f"{wrong.mean():.1%} ({found[0]:.1%} to {found[1]:.1%})"


def table(rows: Sequence[tuple[str, ...]]) -> Table:
    """A row a set, a number of pictures and a way."""
    return Table(
        title="Few photographs, the error on pictures that were never seen, one seed",
        columns=("set", "pictures a class", "way", "error", "CPU seconds"),
        rows=tuple(rows),
        notes=(),
        figures={},
    )
