"""Every command line of the README and of docs/ is run as it stands there, on small data.

What a person would bring (photos/, houses.csv, reviews.csv, a recipe) is made here, SOURCE, RUN and
the like are filled in, ``digits`` is made ``digits8``, and a training ends after 64 examples.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import numpy as np
import pytest
import torch
from PIL import Image

import netwright as nw
from netwright.cli.main import command as cli
from netwright.cli.main import main
from netwright.data.boxes import voc
from netwright.nets import architectures
from netwright.recipe import ImageOrRowRecipe

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted(path for under in ("*.md", "findings/*.md") for path in (ROOT / "docs").glob(under)),
]
PAGES.remove(ROOT / "docs" / "add-a-system.md")  # test_add_a_system.py runs it from top to bottom
PROGRAMS = ("netwright", "torchrun", "make", "python", "pip")

FAST = ["--set", "training.max_examples=64"]
ONLY_PARSED = {
    "training.step=compiled": "compiles for half a minute",
    "netwright batch-size": "times steps for seconds",
    "--from imagenet": "takes a large net: tests/test_published_weights.py",
    "predict imagenet": "takes a large net: tests/test_published_net.py",
    "--ask": "asks a person",
    "netwright improve --resume": "needs one that was stopped",
    "postgresql://": "needs a database",
    "runs remove": "the others need the run",
    "netwright errors": "a person answers",
    "region == 'north'": "needs a table with these columns: tests/test_yardstick.py",
    "--common": "needs runs of different dev sets: tests/test_yardstick.py",
    "netwright blame": "needs a system that answers in steps: tests/test_blame.py",
    "--by anna": "a person answers",
    "netwright human RUN --examples": "a person answers",
    "--domain general": "a person answers",
    "--withdraw": "needs a level of that name: tests/test_people.py",
    "--int8": "is refused where it is not faster: tests/test_exporting.py",
    "netwright labels RUN --": "needs an example's id, or an opened test split",
}
"""Part of a command line -> why it is not run."""
NEEDS_A_RUNNING_ONE = ("tweak", "rewind")
ASKS = ["runs", "tidy"]
"""All of a command line that asks before it does anything."""


@dataclass(frozen=True)
class Line:
    """A command line and where it stands."""

    page: str
    text: str

    def words(self) -> list[str]:
        """Its words, without the remark behind it and without what a shell does with the output."""
        words = shlex.split(self.text, comments=True)
        return words[: words.index(">")] if ">" in words else words


def lines_of(page: Path) -> Iterator[str]:
    """Command lines in blocks of code, and in the running text between back quotes."""
    fence = None
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fence = line.removeprefix("```") if fence is None else None
        elif fence in ("", "sh") or (fence is None and line.startswith("    ")):
            yield line.strip()
        elif fence is None:
            yield from (found.replace("\\|", "|") for found in re.findall(r"`([^`]+)`", line))


def lines() -> list[Line]:
    found: dict[str, Line] = {}
    for page in PAGES:
        for text in lines_of(page):
            is_usage = "[OPTIONS]" in text or "VERB" in text or text.endswith("--help")
            if text.split(" ")[0] in PROGRAMS and " " in text and not is_usage:
                line = Line(str(page.relative_to(ROOT)), text)
                found.setdefault(shlex.join(line.words()), line)
    return list(found.values())


LINES = lines()


def test_there_are_command_lines_to_run() -> None:
    pages = {line.page for line in LINES}
    assert pages >= {"README.md", "docs/search.md", "docs/speed.md", "docs/commands.md"}
    assert {line.words()[1] for line in LINES if line.page == "README.md"} >= {"train", "predict"}


@dataclass(frozen=True)
class Place:
    """The folder of a person, with data and runs."""

    folder: Path
    complete: str
    another: str
    deep: str
    numbers: str
    stopped: str
    study: str
    domains: str


@pytest.fixture(autouse=True)
def _nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page waits for a person: its command belongs to ``ONLY_PARSED``."""

    def refuse(*given: object, **more: object) -> None:
        raise AssertionError("a page is served; name the command in ONLY_PARSED")

    monkeypatch.setattr("uvicorn.Server.run", refuse)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("person")
    rng = np.random.default_rng(0)
    for kind, level in (("cat", 60), ("dog", 180)):
        (folder / "photos" / kind).mkdir(parents=True)
        for at in range(40):
            pixels = np.clip(rng.normal(level, 30, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / kind / f"{at}.png")
    rows = rng.normal(size=(150, 2))
    table(
        folder / "houses.csv",
        "area,age,price,rent",
        [(a, b, 3 * a - b, a + b / 2) for a, b in rows],
    )
    kinds = ["malignant" if a > 1 else "benign" for a, _ in rows]
    table(
        folder / "tumours.csv",
        "size,shape,importance,kind",
        [(a, b, abs(b), kind) for (a, b), kind in zip(rows, kinds, strict=True)],
    )
    verdicts = [("warm and bright", "good"), ("a grey and dull day", "bad")]
    reviews = [
        (f"it was {how} on the walk number {at} of the year", what)
        for at in range(60)
        for how, what in verdicts
    ]
    table(folder / "reviews.csv", "review,verdict", reviews)
    sales = [
        (f"2024-{1 + at // 28:02}-{1 + at % 28:02}", at % 9, at % 7, at / 3) for at in range(140)
    ]
    table(folder / "sales.csv", "day,shop,size,price", sales)
    beats = [(at, 4 * ms, at % 2 + at % 7 * ms / 3, at % 2) for at in range(40) for ms in range(8)]
    table(folder / "beats.csv", "beat,ms,level,rhythm", beats)
    voc.sample(folder / "cells")
    for path in (folder / "cells" / "Annotations").iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace("pane", "WBC"), encoding="utf-8")
    recipe = ImageOrRowRecipe().changed({"model.name": "resnet20", "model.dropout": 0.0})
    net = architectures.build((3, 32, 32), (), 5, recipe)
    torch.save(net.state_dict(), folder / "resnet50.pth")  # a small one
    (folder / "my.yaml").write_text("optimizer: {lr: 0.01}\n", encoding="utf-8")
    store = folder / "runs"
    complete = nw.train("digits8", model="linear", epochs=6, store=store)
    another = nw.train("digits8", model="linear", epochs=1, store=store)
    few = {"training.max_examples": 64, "model.width": 4, "training.freeze": 1}
    deep = nw.train("digits8", model="resnet-small", set=few, store=store)
    shop = [("phone" if at % 3 else "web", *row, at % 2) for at, row in enumerate(rows)]
    table(folder / "shop.csv", "camera,a,b,kind", shop)
    answered_sheet(folder, nw.open(complete.id, store=store))
    table(folder / "new.csv", "area,age,rent", [(1, 0, 1), (9, 9, 9)])
    later = [(a, b, 3 * a - b, a + b / 2) for a, b in rng.normal(size=(40, 2))]
    table(folder / "later.csv", "area,age,price,rent", later)
    nw.export(complete, folder / "model.onnx")
    houses = str(folder / "houses.csv")
    numbers = nw.train(houses, target="price", model="linear", epochs=1, store=store)
    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train("digits8", model="mlp", epochs=3, store=store, watch=interrupt)
    nw.search("digits8", name="lr", trials=2, model="linear", epochs=1, store=store)
    folded = nw.train("iris", folds=2, model="linear", epochs=1, store=store)
    study = folded.info["folds"]["study"]
    of_two = {"data.domain": "camera", "split.domain": "phone", "training.epochs": 1}
    domains = nw.train(
        str(folder / "shop.csv"), target="kind", model="linear", set=of_two, store=store
    )
    ids = (complete.id, another.id, deep.id, numbers.id, str(stopped.value), study, domains.id)
    return Place(folder, *ids)


def table(path: Path, head: str, rows: Sequence[tuple[object, ...]]) -> None:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")


def answered_sheet(folder: Path, run: nw.Run) -> None:
    """What two people answered to dev examples of a run."""
    dev = run.record.examples("dev", run.system)
    rows = list(zip(dev.ids[:9], dev.targets[:9], strict=True))
    for name in ("expert", "layman"):
        table(folder / f"{name}.csv", "id,answer", rows)


def interrupt(progress: object) -> None:
    raise KeyboardInterrupt


def filled(words: list[str], place: Place) -> list[str]:
    """The words with what stands for something put in, made small."""
    longer = "--epochs" in words or "--time" in words
    run = place.stopped if "--resume" in words and not longer else place.complete
    if any(word.startswith(("training.freeze=", "training.thaw=", "--freeze")) for word in words):
        run = place.deep  # one of several stages
    if words[0] == "inspect":
        run = place.deep
    of_rows = {"new.csv", "later.csv", "--interval"} & set(words)
    if of_rows:
        run = place.numbers
    if words[0] == "mismatch" and "--against" not in words:
        run = place.domains
    words = ["1" if before == "--workers" else word for before, word in pairwise(["", *words])]
    stands_for = {
        "SOURCE": "digits8" if words[0] in ("evaluate", "data") else "iris",
        "NEWPATH": "digits8",
        "digits": "digits8",
        "RUN": run,
        "OTHER": place.domains if words[0] == "mismatch" else place.another,
        "RUN,RUN": f"{place.complete},{place.another}",
        "20261123": run,
        "PATH...": "photos/cat/0.png",
        "photo.jpg": "photos/cat/0.png",
        "STUDY": place.study,
        "NAME": "lr",
        "MODEL": "resnet-small",
        "KEY=VALUE": "optimizer.lr=0.01",
        "N": "1",
        "...": "0.01",
        "40": "8" if "--resume" in words else "2",
        "10m": "2s",
        "20m": "3s",
        "60": "2",
        "malignant=10": "3=10",
        "resnet18": "resnet20",  # of one sort, with a 40th of the weights
        "data.image_size=64": "data.image_size=8",
    }
    if words[0] == "curve":
        stands_for["10m"] = "30s"
    if of_rows:
        stands_for["SOURCE"] = "houses.csv"
    if "lenet5" in words:
        stands_for["digits"] = "photos/"  # 8x8 are too few for it
    words = [stands_for.get(word, word) for word in words]
    verb = words[0]
    if verb == "train" and not {"--resume", "--repeat", "--time"} & set(words):
        words += FAST
    if verb == "export":
        words += ["--overwrite"]
    if verb == "curve" and "--resume" not in words:
        sizes = [] if {"--sizes", "--capacity"} & set(words) else ["--sizes", "20,40,80"]
        words += [*sizes, "--epochs", "1"]
    if verb == "search" and "--join" not in words and "--again" not in words:
        words += ["--name", f"s{len(list(place.folder.glob('runs/searches/*')))}", *FAST, "--yes"]
    if verb == "search" and "--trials" not in words:
        words += ["--trials", "2"]
    return words


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page}: {line.text}"[:90])
def test_a_command_line_does_what_it_says(
    line: Line,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program, *words = line.words()
    if program != "netwright" and words[:3] != ["--nproc-per-node=2", "-m", "netwright"]:
        check_other(program, words)
        return
    words = words[3:] if program == "torchrun" else words
    reason = next((why for part, why in ONLY_PARSED.items() if part in line.text), None)
    monkeypatch.chdir(place.folder)
    monkeypatch.setattr("netwright.api.domains.fitted.GENERAL", 20)  # steps are fitted for seconds
    monkeypatch.setattr("netwright.doctor.mismatch.fitting.STARTS", 1)
    monkeypatch.setattr("netwright.doctor.mismatch.fitting.MOST_STARTS", 1)
    if all(word.startswith("-") for word in words[1:]):
        named_rightly(words)
    elif reason:
        parse(words)
    elif words[0] in NEEDS_A_RUNNING_ONE:
        with pytest.raises(SystemExit):
            main(filled(words, place))
        assert "is complete" in capsys.readouterr().err
    elif words == ASKS:
        with pytest.raises(SystemExit):
            main(words)
        assert "? There is nobody to ask: say it with --yes." in capsys.readouterr().err
    else:
        try:
            main(filled(words, place))
        except SystemExit as ended:  # a search in which no trial keeps to the bounds
            assert ended.code == 1 and "--satisfy" in words, capsys.readouterr().err


def named_rightly(words: list[str]) -> None:
    """`netwright search --satisfy` in the running text names a verb and an option."""
    verb, *options = words
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    known = {name for one in command.get_params(click.Context(command)) for name in one.opts}
    assert set(options) <= known


def parse(words: list[str]) -> None:
    """Take the words apart as the command line would, and do nothing."""
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    command.make_context(words[0], words[1:])


def check_other(program: str, words: list[str]) -> None:
    """What a command that is not ours names is there: the target, the module, the extra."""
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif program == "pip" or words[:2] == ["-m", "pip"]:
        extras = re.findall(r"netwright\[(\w+)\]", words[-1])
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert set(extras) <= known["optional-dependencies"].keys()
    elif program == "python" and words[0] == "-m":
        assert importlib.util.find_spec(words[1]) is not None
    else:
        assert program == "python"
        script = next(word for word in words if not word.startswith("-"))
        assert (ROOT / script).is_file()
