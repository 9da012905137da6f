"""Exported nets: they answer as their run does, without torch; what cannot be exported says why."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from torch import nn

import netwright as nw
from netwright.api.exporting import exported, pooling, smaller, writing
from netwright.base.errors import NetwrightError, RunError
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data.exported import rows
from netwright.data.tables.encoder import Category, RowEncoder
from netwright.data.tables.rows import Rows
from netwright.data.tables.scaling.date_parts import DateColumn, DatePart
from netwright.data.tables.scaling.scales import NumberScale, NumberScores

pytestmark = [
    pytest.mark.usefixtures("no_reports", "no_pictures"),
    pytest.mark.filterwarnings("ignore::netwright.base.errors.NetwrightWarning"),
]

QUICK = {"training.epochs": 2, "training.precision": "float32", "training.threads": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    """Numbers of which some are missing, a category, a date."""
    rng = np.random.default_rng(0)
    lines = ["size,age,colour,sold,price"]
    for at in range(160):
        size, age = rng.uniform(10, 200), rng.integers(0, 90)
        colour = ("red", "green", "")[at % 3]
        sold = f"2024-{1 + at % 12:02}-{1 + at % 28:02}" if at % 7 else ""
        lines.append(f"{size:.1f},{age if at % 5 else ''},{colour},{sold},{3 * size + age:.1f}")
    (folder / "houses.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "houses.csv"


@pytest.fixture(scope="module")
def houses(folder: Path, table: Path) -> nw.Run:
    changes = {**QUICK, "data.target": "price"}
    return nw.train(table, store=folder / "store", set=changes, model="mlp")


@pytest.fixture(scope="module")
def digits(folder: Path) -> nw.Run:
    return nw.train("digits8", store=folder / "store", set=QUICK, model="linear")


@pytest.fixture(scope="module")
def of_digits(digits: nw.Run, folder: Path) -> Path:
    nw.export(digits, folder / "digits.onnx")
    return folder / "digits.onnx"


@pytest.fixture(scope="module")
def picture(folder: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (11, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "new.png")
    return folder / "new.png"


def near(there: Any, here: Any) -> None:
    """Two JSON answers, but for the rounding of sums in another order."""
    assert type(there) is type(here)
    if isinstance(here, dict):
        assert there.keys() == here.keys()
        for key in here:
            near(there[key], here[key])
    elif isinstance(here, list):
        assert len(there) == len(here)
        for one, other in zip(there, here, strict=True):
            near(one, other)
    elif isinstance(here, float):
        assert there == pytest.approx(here, rel=1e-4, abs=1e-5)
    else:
        assert there == here


def test_rows_intervals_and_what_is_unlike_training_too(
    houses: nw.Run, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = table.with_name("new.csv")
    new.write_text("age,size,colour,sold\n30,50,red,2024-03-01\n,900,mauve,\n", encoding="utf-8")
    file = table.with_name("houses.onnx")
    main(["export", str(houses.record.path), "--onnx", str(file)])
    assert "checked   on " in capsys.readouterr().out
    main(["predict", str(houses.record.path), str(new), "--json"])
    here = capsys.readouterr()
    main(["predict", str(file), str(new), "--json"])
    there = capsys.readouterr()
    near(json.loads(there.out), json.loads(here.out))
    found = json.loads(there.out)
    assert found[0]["low"] < found[0]["value"] < found[0]["high"]
    assert found[1]["unlike"] and "unlike all of training" in there.err
    assert there.err == here.err


def test_an_image_is_answered_without_torch(of_digits: Path, picture: Path, digits: nw.Run) -> None:
    """Nor recipe, pydantic, polars, matplotlib: it starts in half a second."""
    code = (
        "import sys; from netwright.cli.main import main;"
        f"main(['predict', {str(of_digits)!r}, {str(picture)!r}, '--json']);"
        "print(sorted({'torch', 'pydantic', 'polars', 'matplotlib', 'scipy'} & {*sys.modules}),"
        " file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert done.stderr == "[]\n"
    (here,) = digits.predict(picture)
    (found,) = json.loads(done.stdout)
    near(found["probabilities"], here.probabilities)
    assert found["label"] == here.label


def test_the_file_says_all_that_another_program_needs(of_digits: Path, digits: nw.Run) -> None:
    model = onnx.load(of_digits)
    (noted,) = (one.value for one in model.metadata_props if one.key == "netwright")
    about = json.loads(noted)["about"]
    assert about["classes"] == list(digits.codec.classes)
    assert about["inputs"]["height"] == 8 and "before the graph" in about["inputs"]["resize"]
    (images,) = model.graph.input
    sizes = images.type.tensor_type.shape.dim
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [one.dim_param or one.dim_value for one in sizes] == ["N", 8, 8, 1]
    assert str(digits.record.path) not in noted


def test_answers_come_in_batches_of_any_size(of_digits: Path, digits: nw.Run) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (300, 8, 8), dtype=np.uint8)
    net = nw.load_onnx(of_digits)
    for count in (1, 7, 300):
        there, here = net.predict(pixels[:count]), digits.predict(pixels[:count])
        assert len(there) == count
        near([one.probabilities for one in there], [one.probabilities for one in here])
    held = net.predict(pixels[:9], abstain=0.99)
    assert any(one.label is None for one in held)


def test_numbers_are_scaled_in_the_graph_as_by_numpy() -> None:
    import polars as pl

    scores = NumberScores("s", (-1.0, 0.5, 2.0, 9.0), (-3.0, -0.2, 1.0, 3.0), True)
    flat = NumberScores("f", (4.0,), (0.0,), False)
    date = DateColumn("d", (DatePart("year", 2000.0, 3.0),), True)
    frame = {
        "s": [-5.0, 0.1, None, float("inf"), 8.5, 70.0],
        "f": [4.0, 1.0, None, 4.0, 9.0, 0.0],
        "n": [1e6, None, -3.0, 0.0, float("nan"), 2.0],
        "c": ["red", None, "blue", "red", "x", "red"],
        "d": ["2001-02-03", None, "1990-01-01", "2024-05-06", "2000-01-01", None],
    }
    for numbers in ((scores, flat), (NumberScale("n", 2.0, 0.5, True),)):
        encoder = RowEncoder(numbers, (Category("c", ("blue", "red")),), (date,))
        again = rows.of_about(json.loads(json.dumps(rows.about(encoder))))
        assert again == encoder
        inputs = pl.DataFrame(frame).with_columns(pl.col("d").str.to_date())
        examples = _rows(inputs)
        raw = encoder.raw(examples)
        found = rows.prepared(encoder, {name: torch.from_numpy(of) for name, of in raw.items()})
        for mine, other in zip(found, encoder.encode(examples), strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-6, atol=1e-6)


def _rows(frame: Any) -> Examples:
    names = [str(at) for at in range(len(frame))]
    return Examples(Rows(frame), [None] * len(frame), names, names)


# --- int8


def test_int8_is_written_where_it_is_faster_with_what_it_loses(
    digits: nw.Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smaller, "in_turn", lambda graphs, arrays: [1e-3, 2e-3])
    found = nw.export(digits, folder / "small.onnx", int8=True).int8
    assert found is not None and found.examples == digits.info["splits"]["dev"]
    assert found.lost is not None and abs(found.lost) < 0.05
    assert found.low <= found.lost <= found.high
    assert "2.00 times as fast" in str(found)
    better = str(dataclasses.replace(found, lost=-0.01, low=-0.02, high=0.005))
    assert better.endswith("of dev better by 1.0 points (-0.5 to 2.0)")
    assert nw.load_onnx(folder / "small.onnx").predict(np.zeros((2, 8, 8), np.uint8))
    monkeypatch.setattr(smaller, "in_turn", lambda graphs, arrays: [2e-3, 1e-3])
    with pytest.raises(RunError, match="is not faster in int8: an answer takes 2 ms here, and 1"):
        nw.export(digits, folder / "never.onnx", int8=True)
    assert not (folder / "never.onnx").exists()


def test_int8_of_convolutions_is_calibrated() -> None:
    layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)).eval()
    import io

    written = io.BytesIO()
    example = torch.rand(1, 1, 8, 8)
    with exported_quietly():
        torch.onnx.export(layers, (example,), written, dynamo=False, input_names=["x"])
    small = smaller.quantized(written.getvalue(), [{"x": example.numpy()}] * 3)
    (found,) = exported.session_of(small).run(None, {"x": example.numpy()})
    assert found == pytest.approx(layers(example).detach().numpy(), abs=0.05)


def exported_quietly() -> Any:
    from netwright.api.exporting.graph import quiet

    return quiet()


# --- what cannot be


class Wrong(nn.Module):
    """A linear net that does what a trace does not see, or what ONNX does not hold."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.linear = nn.Linear(64, 10)
        self.pool = nn.AdaptiveAvgPool2d((None, 3) if kind == "pooled" else 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.linear(x.flatten(1))
        if self.kind == "pooled":
            found = found + self.pool(x).mean((1, 2, 3), keepdim=True)[:, :, 0, 0]
        if self.kind == "in place":
            flat = found.view(-1)
            torch.mul(flat, 3, out=flat)
        if self.kind == "unknown":
            found = found + torch.special.bessel_j0(found)
        return found


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("unknown", "ONNX does not hold its net .*bessel"),
        ("in place", "on 256 examples the graph answers otherwise than the run, by up to"),
    ],
)
def test_a_net_that_onnx_cannot_hold(
    digits: nw.Run, folder: Path, kind: str, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    class Other(nw.Run):
        net = Wrong(kind).eval()  # type: ignore[assignment]

    run = Other(digits.record)
    with pytest.raises(RunError, match=why):
        nw.export(run, folder / "never.onnx")
    assert not (folder / "never.onnx").exists()
    assert capfd.readouterr() == ("", "")  # torch would print its graph


@pytest.mark.parametrize(("length", "size"), [(8, 3), (1, 7), (7, 7), (12, 6), (5, 1)])
def test_adaptive_pools_are_products(length: int, size: int) -> None:
    x = torch.rand(2, 3, length, dtype=torch.float64)
    own = x @ pooling.window_means(length, size).double()
    torch.testing.assert_close(own, nn.functional.adaptive_avg_pool1d(x, size))


def test_a_net_that_pools_to_any_size_is_exported(digits: nw.Run, folder: Path) -> None:
    """A trace of torch's own operation is refused: 8 is no multiple of 3."""

    class Other(nw.Run):
        net = Wrong("pooled").eval()  # type: ignore[assignment]

    run = Other(digits.record)
    nw.export(run, folder / "pooled.onnx")
    pixels = np.random.default_rng(1).integers(0, 255, (5, 8, 8), dtype=np.uint8)
    there = nw.load_onnx(folder / "pooled.onnx").predict(pixels)
    near([one.probabilities for one in there], [one.probabilities for one in run.predict(pixels)])


def test_each_mistake_is_one_sentence(
    digits: nw.Run, of_digits: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(match: str, **changes: Any) -> None:
        with pytest.raises(NetwrightError, match=match):
            nw.export(digits, **{"path": folder / "never.onnx", **changes})

    refused("expected the name of a file that ends in .onnx", path=folder / "net.pt")
    refused("is there already: name another, or add --overwrite", path=of_digits)
    refused("no such file or folder", check=[folder / "nothing.png"])
    in_memory = digits.recipe.changed({"data.source": ""})
    monkeypatch.setitem(digits.__dict__, "recipe", in_memory)
    refused(r"was trained on data in memory, .* --check INPUT")
    monkeypatch.undo()
    silent = dataclasses.replace(digits.system, export="its answers are searched for")
    monkeypatch.setitem(digits.__dict__, "system", silent)
    refused("cannot be exported: its answers are searched for")
    monkeypatch.undo()
    monkeypatch.setattr(writing, "has_packages", lambda: False)
    refused(r"takes onnx and onnxruntime: pip install 'netwright\[onnx\]'")


def test_a_strangers_file_is_one_sentence(of_digits: Path, folder: Path, picture: Path) -> None:
    def refused(path: Path, match: str) -> None:
        with pytest.raises(NetwrightError, match=match):
            nw.load_onnx(path).predict(picture)

    refused(folder / "nothing.onnx", "no such file")
    other = folder / "other.onnx"
    other.write_bytes(b"not a net")
    refused(other, "cannot be opened as an ONNX file")
    model = onnx.load(of_digits)
    (noted,) = (json.loads(one.value) for one in model.metadata_props)
    for change, why in (
        (None, "holds a net without what netwright needs"),
        ({"format": 2}, "a newer netwright wrote it"),
        ({"system": 3}, "its description has system = 3"),
        ({"system": "nothing"}, "no system 'nothing'"),
        ({"options": {}}, "has options ="),
        ({"about": {}}, "does not fit the system 'classifier'"),
        ({"about": {**noted["about"], "classes": ["one"]}}, "does not fit the system"),
    ):
        props = {} if change is None else {"netwright": json.dumps({**noted, **change})}
        del model.metadata_props[:]
        onnx.helper.set_model_props(model, props)
        onnx.save(model, other)
        refused(other, why)


def test_without_onnxruntime_the_extra_is_named(
    of_digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(NetwrightError, match=r"pip install 'netwright\[onnx\]'"):
        nw.load_onnx(of_digits)
