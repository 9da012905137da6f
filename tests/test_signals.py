"""Signals and volumes: filters along one axis and three (notes 4.4.12), read, trained, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

import netwright as nw
from netwright import systems
from netwright.api.reading import read_to_learn
from netwright.api.run import Run
from netwright.base.errors import DataError, RecipeError
from netwright.contract import Examples, Source
from netwright.data.signals import arrays
from netwright.data.signals.encoder import SignalEncoder, fit_signals
from netwright.nets.blocks.layers import FILTERS
from netwright.recipe import Recipe
from netwright.training.probes import choose_speed
from netwright.training.probes.speed import lay_out

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

SOURCE = Source("signals", "here.npz", "")


def blobs(count: int, side: int = 9) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Volumes with a ball or a bar somewhere in noise."""
    rng, names = np.random.default_rng(0), ["ball", "bar"] * (count // 2)
    places, x = np.indices((side,) * 3), rng.normal(0, 0.5, (count, 1, side, side, side))
    for at, name in enumerate(names):
        away = (places - rng.integers(3, side - 3, 3)[:, None, None, None]) ** 2
        x[at, 0] += 3 * (away.sum(0) < 5 if name == "ball" else away[:2].sum(0) < 2)
    return x, names


def taken(source: Any, **section: str) -> tuple[str, Examples]:
    """The reader that takes a source, and its examples."""
    reading = read_to_learn(source, Recipe().changed(section))[1]
    return reading.source.kind, reading.examples


def test_the_sizes_of_the_notes() -> None:
    assert FILTERS[1](1, 16, 5)(torch.zeros(1, 1, 14)).shape == (1, 16, 10)
    assert FILTERS[3](1, 16, 5)(torch.zeros(1, 1, 14, 14, 14)).shape == (1, 16, 10, 10, 10)


@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
@pytest.mark.parametrize("shape", [(2, 20), (3, 8, 9), (1, 7, 6, 5)])
def test_the_net_of_any_axes_equals_its_layers_one_by_one(
    shape: tuple[int, ...], layout: str
) -> None:
    from netwright.nets.vision.resnet_small import Block

    torch.manual_seed(0)
    axes = len(shape) - 1
    block = Block(shape[0], 4, stride=2, axes=axes).eval()
    x, convolve = torch.randn(2, *shape), (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
    a = F.relu(x / (1 + 1e-5) ** 0.5)
    inner = F.relu(convolve(a, block.conv1.weight, stride=2, padding=1) / (1 + 1e-5) ** 0.5)
    assert block.shortcut is not None
    short = convolve(a, block.shortcut.weight, stride=2)
    by_hand = short + convolve(inner, block.conv2.weight, padding=1)
    assert torch.allclose(lay_out(block, layout)(x), by_hand, atol=1e-5)


class TestReading:
    def test_splits_and_whole_numbers_as_labels(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        held: dict[str, Any] = {}
        for name, count in (("train", 12), ("dev", 6), ("test", 4)):
            held[f"x_{name}"] = rng.normal(size=(count, 3, 7))
            held[f"y_{name}"] = np.arange(count) % 2
        np.savez_compressed(tmp_path / "a.npz", **held)
        found = taken(str(tmp_path / "a.npz"))[1]
        assert found.inputs.dtype == np.float32 and found.inputs.shape == (22, 3, 7)
        assert found.splits == ["train"] * 12 + ["dev"] * 6 + ["test"] * 4
        assert found.targets[:3] == ["0", "1", "0"]
        assert (found.inputs[:12] == held["x_train"].astype(np.float32)).all()

    @pytest.mark.parametrize(
        ("held", "words"),
        [
            ({"y": np.zeros(3)}, "here.npz holds y: expected x and y"),
            ({"x": np.zeros((3, 4))}, r"x has shape \(3, 4\); expected signals"),
            ({"x": np.zeros((3, 0, 4))}, r"x has shape \(3, 0, 4\)"),
            ({"x": np.full((2, 1, 3), "a")}, "x holds text where numbers"),
            (
                {"x": np.array([[[0.0, 1.0]], [[2.0, np.nan]]])},
                r"x\[1, 0, 1\] is nan; expected numbers that float32 holds",
            ),
            ({"x": np.full((1, 1, 2), 1e300)}, r"x\[0, 0, 0\] is 1e\+300"),
            (
                {"x_train": np.zeros((2, 1, 3)), "x_test": np.zeros((2, 1, 4))},
                r"do not fit together: x_train \(2, 1, 3\), x_test \(2, 1, 4\)",
            ),
            (
                {"x_train": np.zeros((2, 1, 3)), "y_train": [0, 1], "x_test": np.zeros((2, 1, 3))},
                "targets of all or of none",
            ),
            ({"x": np.zeros((3, 1, 2)), "y": np.array(["a", "b"])}, "x has 3 rows and y has 2"),
        ],
    )
    def test_what_cannot_be_learned_from_is_one_sentence(
        self, held: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(DataError, match=words):
            arrays.read({name: np.asarray(value) for name, value in held.items()}, SOURCE)

    @settings(max_examples=30)
    @given(content=st.binary(max_size=300))
    def test_a_file_of_anything_is_one_sentence(
        self, content: bytes, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "any.npz"
        path.write_bytes(content)
        with pytest.raises(DataError):
            taken(str(path), system="signals")

    @pytest.mark.parametrize("shape", [(40, 2, 8), (20, 1, 4, 4, 4)])
    def test_numbers_in_place_of_labels_say_who_would_take_what(
        self, shape: tuple[int, ...], tmp_path: Path
    ) -> None:
        rng = np.random.default_rng(0)
        np.savez(tmp_path / "s.npz", x=rng.normal(size=shape), y=rng.normal(size=shape[0]))
        for system in ("auto", "signals"):
            with pytest.raises(
                DataError, match=r"targets are numbers, and 'signals' would .* --task class"
            ):
                read_to_learn(tmp_path / "s.npz", Recipe(system=system))
        task = Recipe.of({"data": {"task": "classification"}})
        assert read_to_learn(tmp_path / "s.npz", task)[0].name == "signals"

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (np.full((40, 2, 8), "a"), "x holds text where numbers are expected"),
            (np.full((40, 2, 2, 2, 2), b"a"), "x holds text where numbers are expected"),
            (np.ones((40, 2, 8), "c8"), "x holds complex numbers: give the real and the imag"),
            (np.zeros((40, 2, 8), "M8[s]"), r"x holds datetime64\[s\] where numbers are"),
        ],
    )
    @pytest.mark.parametrize("system", ["auto", "signals"])
    def test_what_holds_no_numbers_says_what_it_holds(
        self, values: np.ndarray[Any, Any], message: str, system: str, tmp_path: Path
    ) -> None:
        np.savez(tmp_path / "s.npz", x=values, y=np.arange(40) % 2)
        with pytest.raises(DataError, match=message) as refused:
            read_to_learn(tmp_path / "s.npz", Recipe(system=system))
        assert "image" not in str(refused.value) and "pixel" not in str(refused.value)

    @pytest.mark.parametrize("split", ["dev", "val", "test"])
    def test_one_split_alone_is_of_signals_too(self, split: str, tmp_path: Path) -> None:
        x = np.random.default_rng(0).normal(size=(40, 2, 8))
        held = {f"x_{split}": x, f"y_{split}": np.arange(40) % 2}
        np.savez(tmp_path / "s.npz", **held)
        system, found = read_to_learn(tmp_path / "s.npz", Recipe())
        assert system.name == "signals"
        assert any("whole numbers beside signals" in note for note in found.notes)

    def test_values_of_pixels_need_the_systems_name(self) -> None:
        x, y = np.random.default_rng(0).random((20, 2, 12)), ["a", "b"] * 10
        assert taken((x, y))[0] == "arrays"
        kind, examples = taken((x, y), system="signals")
        assert kind == "signals" and arrays.are_signals(examples.inputs)

    @pytest.mark.parametrize(
        ("held", "words"),
        [
            ({"x": np.full((2, 1, 3), "a")}, "x holds text where numbers"),
            ({"z": np.zeros((2, 1, 3))}, "holds z: expected x and y"),
            ({"x": np.zeros((2, 9))}, r"x has shape \(2, 9\)"),
            ({"x": np.zeros((2, 3, 9), np.uint8)}, r"of shape \(3, 9\): .* \(1, 5, 5, 5\)"),
        ],
    )
    def test_what_a_run_cannot_answer_names_its_cause(
        self, volumes: Run, held: dict[str, Any], words: str, tmp_path: Path
    ) -> None:
        np.savez(tmp_path / "new.npz", **held)
        with pytest.raises(DataError, match=words):
            volumes.predict(str(tmp_path / "new.npz"))
        (tmp_path / "cut.npz").write_bytes((tmp_path / "new.npz").read_bytes()[:60])
        with pytest.raises(DataError, match=r"cut\.npz cannot be read as \.npz: "):
            volumes.predict(str(tmp_path / "cut.npz"))


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Run:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 1, 5, 5, 5))
    return nw.train(
        (x, ["a", "b"] * 15),
        epochs=1,
        model="linear",
        set={"training.threads": 1},
        store=tmp_path_factory.mktemp("volumes"),
    )


def test_half_precision_is_left_where_its_gradient_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As of oneDNN's filters of volumes over few places: what lay in memory."""
    exact = choose_speed._gradients

    def broken(setup: Any, way: Any, batch: Any) -> list[torch.Tensor]:
        found = exact(setup, way, batch)
        return [one * 1e30 for one in found] if way.precision == "bfloat16" else found

    monkeypatch.setattr(choose_speed, "_gradients", broken)
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: True)
    x, y = blobs(40)
    quick = {"training.threads": 1, "model.width": 4}
    run = nw.train((x, y), epochs=1, set=quick, store=tmp_path)
    assert run.recipe.training.precision == "float32"
    with pytest.raises(RecipeError, match=r"training\.precision = bfloat16: .* is wrong in it"):
        nw.train((x, y), epochs=1, set={**quick, "training.precision": "bfloat16"}, store=tmp_path)


class TestEncoder:
    def test_channels_have_mean_0_and_deviation_1_and_a_constant_one_stays_finite(self) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal([[[5.0], [-2.0], [7.0]]], [[[3.0], [0.1], [0.0]]], (200, 3, 11))
        some = Examples(
            x.astype(np.float32), ["a"] * 200, [str(n) for n in range(200)], ["s"] * 200
        )
        encoder = fit_signals(some)
        (ready,) = encoder.prepare(encoder.encode(some))
        assert torch.allclose(ready.mean((0, 2)), torch.zeros(3), atol=1e-4)
        assert torch.allclose(ready[:, :2].std((0, 2)), torch.ones(2), atol=1e-2)
        assert encoder.sigma[2] == 1.0 and ready.isfinite().all()
        drawn = encoder.pictured(ready)
        assert drawn.shape == (200, 11, 3) and abs(int(drawn[..., 2].mean()) - 128) <= 1

    def test_another_shape_is_refused_by_its_name(self) -> None:
        encoder = SignalEncoder((2, 5), (0.0, 0.0), (1.0, 1.0))
        other = Examples(np.zeros((1, 2, 6), np.float32), [None], ["a"], ["new.npz[0]"])
        with pytest.raises(DataError, match=r"new\.npz\[0\] is of shape \(2, 6\): .* \(2, 5\)"):
            encoder.encode(other)


def test_volumes_are_learned_and_looked_into(tmp_path: Path) -> None:
    x, y = blobs(120)
    quick = {"training.threads": 1, "training.batch_size": 8, "training.precision": "float32"}
    quick |= {"training.layout": "channels_last", "model.width": 8}
    run = nw.train((x, y), epochs=6, set=quick, store=tmp_path)
    assert run.system.name == "signals"
    assert run.measures["dev"]["error"]["value"] < 0.25  # a guess is wrong half the time
    assert run.predict(x[:2])[0].label in ("ball", "bar")
    sample = systems.load("signals").show(Examples(x.astype("f"), y, y, y)[0], None)
    assert sample is not None and sample.pixels is not None and sample.pixels.shape == (9, 9, 1)


def test_a_net_of_images_is_refused_in_one_sentence() -> None:
    x = -np.ones((30, 2, 40))
    with pytest.raises(RecipeError, match=r"model 'lenet5'.*(signals|no model)"):
        nw.train((x, ["a", "b"] * 15), model="lenet5", epochs=1)
