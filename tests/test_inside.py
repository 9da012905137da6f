"""A look into a net: what a unit sees, what excites it most, what speaks for an answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn

import netwright as nw
import small_runs
from netwright.api.run import Run
from netwright.base.errors import DataError, RecipeError, RunError
from netwright.cli.main import command
from netwright.data.signals import flat
from netwright.nets import architectures
from netwright.nets.inside import attribution, maps
from netwright.nets.inside.receptive_field import Along, fields
from netwright.nets.inside.strongest import Strongest
from netwright.recipe import ImageOrRowRecipe

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

FILTERS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
SIDES = {1: (19,), 2: (16, 13), 3: (13, 14, 13)}


def of_a_chain(steps: list[tuple[int, int, int, int]], length: int) -> Along:
    """(kernel, stride, padding, dilation) of each filter -> what each place sees, by the book:
    its first and last pixel are those of the first and last place that it reads.
    """
    starts, stops = list(range(length)), list(range(1, length + 1))
    for kernel, stride, padding, dilation in steps:
        count = (len(starts) + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
        read = [
            [
                at
                for tap in range(kernel)
                if 0 <= (at := place * stride - padding + tap * dilation) < len(starts)
            ]
            for place in range(count)
        ]
        starts, stops = (
            [min((starts[at] for at in own), default=0) for own in read],
            [max((stops[at] for at in own), default=0) for own in read],
        )
    return Along(tuple(starts), tuple(stops))


class TestReceptiveField:
    @settings(max_examples=25, deadline=None)
    @given(
        axes=st.sampled_from([1, 2, 3]),
        steps=st.lists(
            st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(1, 2)),
            min_size=1,
            max_size=2,
        ),
        data=st.data(),
    )
    def test_of_any_chain_of_filters_it_is_what_counting_gives(
        self, axes: int, steps: list[tuple[int, int, int, int]], data: st.DataObject
    ) -> None:
        layers: list[nn.Module] = []
        channels = 2
        for kernel, stride, padding, dilation in steps:
            # padding of more than what is read would see nothing
            padding = min(padding, dilation * (kernel - 1))
            layers += [FILTERS[axes](channels, 3, kernel, stride, padding, dilation), nn.ReLU()]
            channels = 3
        steps = [(k, s, min(p, d * (k - 1)), d) for k, s, p, d in steps]
        net, name = nn.Sequential(*layers).eval(), str(len(layers) - 1)
        found = fields(net, net, torch.rand(1, 2, *SIDES[axes]), [name])[name]
        assert found == tuple(of_a_chain(steps, side) for side in SIDES[axes])

    @pytest.mark.parametrize(
        ("name", "side", "known"),
        [
            ("lenet5", 28, {"layers.c1": 5, "layers.s2": 6, "layers.c3": 14, "layers.s4": 16}),
            # a 3x3 filter adds twice the stride of what it reads
            ("resnet-small", 32, {"stem": 3, "stages.0": 7, "stages.1": 13, "stages.2": 25}),
        ],
    )
    def test_of_known_nets(self, name: str, side: int, known: dict[str, int]) -> None:
        recipe = ImageOrRowRecipe().changed(
            {"model.name": name, "model.dropout": 0.0, "model.width": 4}
        )
        net = architectures.build((3, side, side), (), 10, recipe).eval()
        found = fields(net, net, torch.rand(1, 3, side, side), list(known))
        assert {one: along[0].size for one, along in found.items()} == known

    def test_a_squeeze_sees_all_and_a_shortcut_what_its_longer_branch_sees(self) -> None:
        class Block(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.filters, self.end = nn.Conv2d(2, 2, 5, padding=2), nn.Identity()
                self.squeeze, self.gated = nn.Linear(2, 2), nn.Identity()

            def forward(self, x: Tensor) -> Tensor:
                out: Tensor = self.end(x + self.filters(x))
                gate = torch.sigmoid(self.squeeze(out.mean((2, 3))))
                gated: Tensor = self.gated(out * gate[:, :, None, None])
                return gated

        net = Block().eval()
        found = fields(net, net, torch.rand(1, 2, 12, 9), ["end", "gated"])
        assert [along.size for along in found["end"]] == [5, 5]
        assert [along.stride for along in found["end"]] == [1, 1]
        assert [along.size for along in found["gated"]] == [12, 9]

    def test_a_net_that_takes_one_size_alone_is_run_in_that(self) -> None:
        net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 46 * 46, 3)).eval()
        whole = nn.Sequential(nn.Sequential(nn.Unflatten(1, (1, 48, 48))), *net).eval()
        example = torch.rand(1, 1, 48, 48)

        def forward(inputs: Tensor) -> Any:
            return whole(inputs.flatten(1))

        assert [along.size for along in fields(whole, forward, example, ["1"])["1"]] == [3, 3]

    def test_what_the_processor_may_use_is_as_before(self) -> None:
        before = torch.backends.mkldnn.enabled
        net = nn.Sequential(nn.Conv1d(1, 1, 2)).eval()
        fields(net, net, torch.rand(1, 1, 4), ["0"])
        assert torch.backends.mkldnn.enabled == before


class TestStrongest:
    def test_by_batches_of_any_size_it_is_what_sorting_all_gives(self) -> None:
        torch.manual_seed(0)
        whole = torch.randint(0, 9, (40, 3, 4, 5)).float()  # many are equal
        whole[:, 2] = 7.0
        by_hand = [
            sorted(range(40), key=lambda row: (-float(whole[row, unit].max()), row))[:9]
            for unit in range(3)
        ]
        for size in (1, 7, 40):
            found = Strongest(9)
            for rows in torch.arange(40).split(size):
                found.add(rows, whole[rows])
            assert found.values is not None and found.examples is not None
            assert found.places is not None
            assert found.examples.tolist() == by_hand
            for unit in range(3):
                for at, row in enumerate(by_hand[unit]):
                    place = found.places[unit, at]
                    assert whole[row, unit].flatten()[place] == found.values[unit, at]
            assert found.is_dead.tolist() == [False, False, True]


class TestFlat:
    def test_signals_and_volumes_have_pictures(self) -> None:
        signal = np.zeros((9, 1), np.uint8)
        signal[4] = 255
        drawn = flat.picture(signal)
        each, line = drawn.shape[1] // 9, (drawn < flat.PAPER).any(2)
        assert drawn.shape[0] == flat.TALL and drawn.shape[1] >= flat.WIDE
        assert line.any(0).all() and line[-1, 0] and not line[0, 0]
        assert line[:9, 4 * each : 5 * each].any() and not line[:9, : 3 * each].any()
        half = np.ma.array(signal, mask=np.arange(9)[:, None] < 5)
        there = (flat.picture(half) < flat.PAPER).any(2).any(0)
        assert there.tolist() == [False] * 5 * each + [True] * 4 * each
        volume = np.zeros((5, 4, 3, 1), np.uint8)
        volume[2] = 9
        assert (flat.picture(volume) == 9).all() and flat.picture(volume).shape == (4, 3, 1)
        assert flat.picture(np.full((4, 3, 5), 6, np.uint8)).shape == (4, 3, 1)
        assert (flat.picture(np.ma.masked_all((4, 3, 1), np.uint8)) == flat.PAPER).all()

    def test_zero_is_grey_and_equal_values_are_too(self) -> None:
        drawn = flat.about_zero(np.array([[[-2.0], [0.0], [1.0]]]))
        assert drawn[0, :, 0].tolist() == [0, 128, 191]
        assert (flat.grey(np.full((3, 3), 4.0)) == 128).all()
        assert (flat.heat(np.zeros((3, 3)), np.full((3, 3, 1), 255, np.uint8)) == 255).all()


class TestAttribution:
    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_of_a_net_without_bends_it_is_known(self, axes: int) -> None:
        torch.manual_seed(1)
        net = nn.Sequential(FILTERS[axes](2, 3, 1), nn.Flatten(2))
        inputs = torch.rand(1, 2, *SIDES[axes])

        def score(given: Tensor) -> Tensor:
            found: Tensor = net(given).sum(2)[:, 1]
            return found

        weights = net[0].weight.detach().flatten(1)
        salient = attribution.saliency(score, inputs)
        assert salient.shape == SIDES[axes]
        assert torch.allclose(salient, weights[1].abs().max().expand(SIDES[axes]))
        # the derivative by map 1 is 1 everywhere, by the others 0: the map itself, where positive
        speaks = attribution.grad_cam(score, net[0], inputs)
        assert torch.allclose(speaks, net[0](inputs)[0, 1].clamp_min(0), atol=1e-6)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a class each with a bright bar across or down."""
    folder = tmp_path_factory.mktemp("inside")
    rng = np.random.default_rng(0)
    for at in range(48):
        pixels, kind = rng.integers(0, 60, (14, 14)).astype(np.uint8), ("across", "down")[at % 2]
        line = rng.integers(2, 12)
        pixels[(line, slice(None)) if at % 2 == 0 else (slice(None), line)] = 250
        path = folder / "bars" / kind / f"{at}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


@pytest.fixture(scope="module")
def run(place: Path) -> Run:
    quick = {"training.threads": 1, "training.precision": "float32", "training.batch_size": 8}
    return nw.train(
        str(place / "bars"), model="cnn-small", epochs=4, set=quick, store=place / "runs"
    )


@pytest.fixture(scope="module")
def inside(run: Run) -> Any:
    return nw.inspect(run, units=3)


class TestInspect:
    def test_patches_are_cut_out_of_the_pictures_that_excite_most(self, run: Run) -> None:
        from netwright.api.inside import layers, reading

        own = reading.of_split(run, "train", 10_000)
        named = layers.chosen(run, own.examples.take([0]), ())[:1]
        (layer,) = layers.look(run, own.examples, named, 2)
        batch = reading.prepared(run, own.examples)
        pictures, kept = reading.pictures(run, batch), {}
        watched = maps.watching(
            run.net, [layer.name], 2, lambda name, out: kept.update({name: out})
        )
        with torch.no_grad(), watched:
            run.net(*batch.inputs)
        drawn = layers.patches(run, own.examples, layer)
        for unit, patches in zip(layer.units, drawn, strict=True):
            best = kept[layer.name][:, unit].flatten(1).max(1)
            row = int(best.values.argmax())
            down, across = divmod(int(best.indices[row]), layer.shape[2])
            tall, wide = layer.field
            cut = pictures[row][
                tall.starts[down] : tall.stops[down], wide.starts[across] : wide.stops[across]
            ]
            patch = patches[0]
            assert patch.shape[:2] == (tall.size, wide.size)
            above = tall.size - len(cut) if tall.starts[down] == 0 else 0
            left = wide.size - cut.shape[1] if wide.starts[across] == 0 else 0
            there = patch[above : above + len(cut), left : left + cut.shape[1]]
            assert (there == cut).all()
            assert np.ma.count_masked(patch) == patch.size - cut.size

    def test_what_it_gives(self, run: Run, inside: Any) -> None:
        assert inside.run == run.id
        assert inside.examples == inside.whole == run.record.splits().count("train")
        assert inside.layers
        for layer in inside.layers:
            assert len(layer.shown) == min(3, layer.units - layer.dead)
            for unit in layer.shown:
                assert len(unit.activations) == 9
                assert list(unit.activations) == sorted(unit.activations, reverse=True)
                assert sum(count for _, count in unit.labels) == 9
                for name, count in unit.labels:
                    assert sum(f"/{name}/" in source for source in unit.sources) == count
        assert inside.explained.truth in ("across", "down") and not inside.explained.why_not
        assert inside.explained.outputs == 2

    def test_the_page_needs_nothing_else_and_its_pictures_lie_beside_it(self, inside: Any) -> None:
        text = inside.page.read_text()
        assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")
        assert "<script" not in text and "Grad-CAM" in text and "Gradient by depth" in text
        names = {one.name for one in inside.pictures}
        assert {"filters.png", "example.png", "saliency.png", "grad-cam.png"} <= names
        for one in inside.pictures:
            with Image.open(one) as picture:
                assert picture.format == "PNG" and picture.width >= 40

    def test_twice_it_is_the_same(self, run: Run, inside: Any, tmp_path: Path) -> None:
        again = nw.inspect(run.record.path.as_posix(), units=3, into=tmp_path / "in")
        assert again.layers == inside.layers and again.explained == inside.explained
        assert again.page.parent == tmp_path / "in"

    def test_on_the_command_line(self, run: Run, place: Path, tmp_path: Path) -> None:
        image, name = place / "bars" / "down" / "1.png", ""
        words = ["inspect", str(run.record.path), str(image), "--examples", "5", "--units", "1"]
        plain = CliRunner().invoke(command, [*words, "--into", str(tmp_path)])
        assert "5 of " in plain.output and f"{image}: answer " in plain.output, plain.output
        found = json.loads(CliRunner().invoke(command, [*words, "--json"]).stdout)
        name = found["layers"][-1]["name"]
        assert found["explained"]["truth"] is None and found["explained"]["layer"] == name
        only = json.loads(CliRunner().invoke(command, [*words, "--layers", name, "--json"]).stdout)
        assert [layer["name"] for layer in only["layers"]] == [name]

    def test_an_example_of_the_run_by_its_name(self, run: Run, tmp_path: Path) -> None:
        name = run.record.examples("dev", run.system).sources[3]
        found = nw.inspect(run, name, units=1, examples=5, into=tmp_path).explained
        assert found.source == name and found.truth == Path(name).parent.name

    def test_without_captum_the_page_names_what_is_missing(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "captum", None)
        found = nw.inspect(run, units=1, examples=10, into=tmp_path)
        assert "pip install 'netwright[inspect]'" in found.explained.why_not
        assert found.explained.why_not.replace("'", "&#39;") in found.page.read_text()
        assert "saliency.png" not in {one.name for one in found.pictures}


@pytest.mark.parametrize(
    "name", [one for one in small_runs.SYSTEMS if small_runs.SYSTEMS[one].pictured]
)
def test_every_system_draws_what_its_net_reads(name: str) -> None:
    """(B, *axes, C) uint8 of a (B, K, *axes) input; nothing of rows."""
    system, some = small_runs.SYSTEMS[name], small_runs.sample(name)
    recipe = system.completed(system.recipe(), some)
    codec = system.fit(some, recipe)
    batch = codec.prepare(codec.encode(some.take(range(3))).padded(), recipe, None)
    assert system.pictured is not None
    drawn, read = system.pictured(codec, batch.inputs), batch.inputs[0]
    if read.dim() == 2:
        assert drawn is None
        return
    assert drawn is not None and drawn.dtype == np.uint8
    assert drawn.shape[:-1] == (3, *read.shape[2:]) and drawn.std() > 0


class TestRefused:
    @pytest.mark.parametrize(
        ("given", "error", "words"),
        [
            ({"layers": ["nowhere"]}, RecipeError, r"--layers nowhere: .* is not there.* these"),
            ({"layers": ["head"]}, RecipeError, r"--layers head: .*places of the input|not there"),
            ({"units": 0}, RecipeError, r"--units 0: expected a whole number from 1"),
            ({"examples": -1}, RecipeError, r"--examples -1: expected a whole number from 1"),
            ({"example": "nothing.png"}, DataError, r"nothing\.png: no such file"),
            (
                {"example": "bars"},
                DataError,
                r"bars holds 48 examples: name one .*'.*png'",
            ),
        ],
    )
    def test_bad_words(
        self, run: Run, place: Path, given: dict[str, Any], error: type[Exception], words: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.chdir(place)
        with pytest.raises(error, match=words):
            nw.inspect(run, **given)

    def test_a_net_of_rows_or_without_filters(
        self, place: Path, tiny: Callable[[str, str], Run]
    ) -> None:
        with pytest.raises(RunError, match="has no places that its units could look at"):
            nw.inspect(tiny("iris", "linear"))
        with pytest.raises(RunError, match="inspect is for nets of filters"):
            nw.inspect(tiny(str(place / "bars"), "linear"))


@pytest.fixture
def tiny(place: Path) -> Callable[[str, str], Run]:
    def train(source: str, model: str) -> Run:
        return nw.train(
            source, model=model, epochs=1, set={"training.threads": 1}, store=place / "tiny"
        )

    return train
