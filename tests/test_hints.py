"""Every hint that is printed can be typed as it is printed: those in the source, and those of a
corpus of small runs and bad inputs.
"""

from __future__ import annotations

import ast
import contextlib
import html
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import hints
from netwright.cli.main import main

pytestmark = pytest.mark.usefixtures("no_pictures")

SOURCE = Path(__file__).parents[1] / "src" / "netwright"


@pytest.mark.parametrize(
    ("text", "verb", "count"),
    [
        ("type netwright train digits --model linear, then wait", "train", 0),
        ("type netwright train digits --modle linear", "train", 1),
        ("netwright show last shows it; --json too", "show", 0),
        ("netwright show last --epochs 3", "show", 1),
        ("name it with --target.", "train", 0),
        ("name it with --target.", "show", 1),
        ("(task=classification takes them as labels)", "train", 1),
        ("(--set data.task=classification takes them as labels)", "train", 0),
        ("--set data.task=labels", "train", 1),
        ("--set optimizer.lrr=0.1", "train", 1),
        ("netwright.train((x, y), resume='a'), and split.by = 'time'", "train", 0),
        ("netwright evaluate RUN 'a b/c' --split test", "evaluate", 0),
        ("netwright show RUN --store a b/c", "show", 1),
        ("netwright runs rename last", "runs", 0),
        ("netwright runs rename last --all", "runs", 1),
        ("netwright tweak", "train", 1),
    ],
)
def test_the_reader_of_hints(text: str, verb: str, count: int) -> None:
    assert len(hints.faults(text, verb)) == count, hints.faults(text, verb)


# --- in the source


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file that a person may read, with X where something is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    apart: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            apart.add(id(node.value))  # docstrings
        if isinstance(node, ast.keyword) and node.arg == "help":
            apart.update(map(id, ast.walk(node.value)))
        if isinstance(node, ast.JoinedStr):
            apart.update(id(below) for below in ast.walk(node) if below is not node)
    for node in ast.walk(tree):
        if id(node) in apart:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
            yield node.lineno, "".join(map(str, parts))


def test_every_hint_in_the_source_can_be_typed() -> None:
    wrong = []
    for path in sorted(SOURCE.rglob("*.py")):
        for line, text in literals(path):
            whole = re.sub(r"--X\b|X/--no-X", "", text)
            for fault in hints.faults(whole, None):
                if "X" not in fault.partition(":")[0]:  # what is filled in is tried below
                    wrong.append(f"{path.relative_to(SOURCE)}:{line}: {fault}")
    assert not wrong, "\n".join(wrong)


# --- in what is printed

FAST = ["--set", "training.max_examples=64", "--set", "training.threads=1"]


def pictures(folder: Path, **levels: int) -> None:
    rng = np.random.default_rng(0)
    for name, low in levels.items():
        (folder / name).mkdir(parents=True)
        for at in range(16):
            pixels = rng.integers(low, low + 60, (12, 12, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{at}.png")


def table(path: Path, header: str, rows: Any) -> None:
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a person whose names have blanks."""
    folder = tmp_path_factory.mktemp("a person") / "my data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    pictures(folder / "my pets", cats=0, dogs=120)
    (folder / "my pets" / "dogs" / "IMG 1.HEIC").write_bytes(b"\0\0\0\x1cftypheic")
    pictures(folder / "wrapped" / "in here", cats=0, dogs=120)
    pictures(folder / "no classes", x=0)
    for path in (folder / "no classes" / "x").iterdir():
        path.rename(folder / "no classes" / path.name)
    (folder / "empty").mkdir()
    pictures(folder / "broken", cats=0, dogs=120)
    (folder / "broken" / "cats" / "0.png").write_bytes(b"no image")
    x = rng.normal(size=(120, 3)).round(3)
    table(folder / "letters.csv", "x,y,letter", [(a, b, at % 26) for at, (a, b, _) in enumerate(x)])
    table(folder / "few.csv", "x,y,kind", [(a, b, at % 3) for at, (a, b, _) in enumerate(x)])
    table(folder / "words.csv", "x,y", [(a, "red" if a > 0 else "blue") for a, _, _ in x])
    table(folder / "one.csv", "x,y", [(a, "red") for a, _, _ in x])
    rare = ["red"] * 60 + ["blue"] * 59 + ["green"]
    table(folder / "rare.csv", "x,y", [(a, rare[at]) for at, (a, _, _) in enumerate(x)])
    table(folder / "tags.csv", "x,y,up,down", [(a, b, int(a > 0), int(b > 0)) for a, b, _ in x])
    table(folder / "mixed.csv", "x,up,size", [(a, "yes" if a > 0 else "no", b) for a, b, _ in x])
    table(folder / "days.csv", "day,x,y", [(at, a, b) for at, (a, b, _) in enumerate(x)])
    texts = [f"a {'good' if at % 2 else 'bad'} day, number {at} of many" for at in range(60)]
    table(folder / "two texts.csv", "a,b,y", [(t, t[::-1], at % 2) for at, t in enumerate(texts)])
    table(folder / "texts.csv", "a,y", [(t, "ab"[at % 2]) for at, t in enumerate(texts)])
    (folder / "note.xyz").write_text("nothing")
    return folder


RUNS = "--store 'my runs'"
LINES = [
    "data",
    "data 'my pets'",
    "data wrapped",
    "data 'no classes'",
    "data empty",
    "data broken",
    "data letters.csv --target letter",
    "data days.csv --target y --time 10m",
    "data note.xyz",
    "data nothing-there",
    "data words.csv --sheet s.png",
    "data words.csv --augment s.png",
    "train",
    f"train 'my pets' --epochs 1 --model linear {RUNS}",
    f"train 'my pets' --epochs 1 --model linear --set optimizer.lr=1e9 {RUNS}",
    f"train letters.csv --target letter --epochs 1 {RUNS}",
    f"train few.csv --target kind --epochs 1 {RUNS}",
    f"train rare.csv --target y --epochs 1 {RUNS}",
    f"train one.csv --target y {RUNS}",
    f"train words.csv {RUNS}",
    f"train words.csv --target y --time day {RUNS}",
    f"train words.csv --target y --set split.by=group {RUNS}",
    f"train words.csv --target y --set split.gap=3 {RUNS}",
    f"train words.csv --target y --set optimizer.lr {RUNS}",
    f"train words.csv --target y --set task=regression {RUNS}",
    f"train words.csv --target y --set training.keep=average {RUNS}",
    f"train words.csv --target y --recipe nothing {RUNS}",
    f"train words.csv --target y --tensorboard words.csv {RUNS}",
    f"train words.csv --target y --resume nothing {RUNS}",
    f"train tags.csv --target up,down --epochs 1 {RUNS}",
    f"train tags.csv --target x,y --epochs 1 {RUNS}",
    f"train mixed.csv --target up,size {RUNS}",
    f"train days.csv --target y --epochs 1 --set data.time=day {RUNS}",
    f"train texts.csv --target y --epochs 1 {RUNS}",
    f"train 'two texts.csv' --target y {RUNS}",
    f"train digits8 --model linear --epochs 2 --human-error 0.01 {RUNS}",
    f"show last {RUNS}",
    f"diagnose last {RUNS}",
    f"slices last {RUNS}",
    f"slices last --by sex {RUNS}",
    f"drift last {RUNS}",
    f"drift last words.csv {RUNS}",
    f"mismatch last --against words.csv --no-fit {RUNS}",
    f"runs {RUNS}",
    "runs",
    f"evaluate last {RUNS}",
    f"evaluate last --split test {RUNS}",
    f"evaluate last words.csv --split test --target y {RUNS}",
    f"predict last words.csv {RUNS}",
    f"train --resume last {RUNS}",
    f"train --repeat last {RUNS}",
    f"tweak last optimizer.lr=0.1 {RUNS}",
    f"rewind last --epoch 1 {RUNS}",
    f"runs tidy {RUNS}",
    f"runs remove last {RUNS}",
    "ladder human=0.01 train=0.1/1000 dev=0.2/100",
    "ladder train=0.1 dev=0.2",
    "ladder words",
    "plan-splits",
    "plan-splits --error 0.1 --resolve 0.01",
    "explain",
    "explain 'a*b'",
    "schedule --set schedule.name=cosine",
    "summary mlp",
    "systems",
    "info",
    "find-lr words.csv --target y",
    f"search words.csv --target y --trials 2 --epochs 1 --name 's' {RUNS}",
    f"search words.csv --target y --trials 2 --epochs 2 --name 's' {RUNS}",
    f"search --join nothing {RUNS}",
    f"search --again s {RUNS}",
    f"search words.csv --target y --space optimizer.lr=1 {RUNS}",
    f"search words.csv --target y --tier 1 --sampler grid --trials 1 {RUNS}",
    f"search words.csv --target y --satisfy fast {RUNS}",
]


def printed(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    words = shlex.split(line)
    if words[0] == "train":
        words += FAST if "--resume" not in words and "--repeat" not in words else []
    capsys.readouterr()
    with contextlib.suppress(SystemExit):
        main(words)
    shown = capsys.readouterr()
    return shown.out + "\n" + shown.err


def written(store: Path) -> Iterator[str]:
    """What the reports and the records of all runs hold."""
    for path in sorted(store.rglob("report.html")):
        body = re.sub(r"<(script|style).*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.S)
        apart = re.sub(r"</?(?:td|th|tr|p|li|pre|div|dd|dt|h\d|svg)\b[^>]*>", "\n", body)
        yield html.unescape(re.sub(r"<[^>]*>", "", apart))
    for name in ("data.json", "diagnosis.json", "run.json"):
        for path in sorted(store.rglob(name)):
            yield from texts_in(json.loads(path.read_text(encoding="utf-8")))


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def test_every_hint_that_is_printed_can_be_typed(
    person: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(person)
    monkeypatch.setenv("NETWRIGHT_CACHE", str(person / "cache"))
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123
    wrong, count = [], 0
    for line in LINES:
        text = printed(line, capsys)
        count += len(hints.COMMAND.findall(text)) + len(hints.OPTION.findall(text))
        wrong += [f"{line}: {fault}" for fault in hints.faults(text, line.split()[0])]
    for text in written(person / "my runs"):
        count += len(hints.COMMAND.findall(text)) + len(hints.OPTION.findall(text))
        wrong += [f"in a run: {fault}" for fault in hints.faults(text, None)]
    assert count > 100
    assert not wrong, "\n".join(dict.fromkeys(wrong))
