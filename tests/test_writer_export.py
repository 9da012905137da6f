"""A writer in a file: it scores and writes as its run does, without torch."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
import torch

import netwright as nw
from netwright.api.exporting.exported import outputs_of, session_of
from netwright.api.exporting.graph import Graph, NetOfGraph, about_of, traced
from netwright.cli.main import main
from netwright.contract import Examples, NetGraph
from netwright.data.exported import next_tokens
from netwright.data.exported.next_tokens import RunningModel
from netwright.data.writing.passages import Passage
from netwright.systems.writer import export, system
from netwright.systems.writer.recipe import WriterRecipe

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")


def small(**changes: Any) -> Any:
    """A writer that has not been trained, as a graph takes a run."""
    texts = ["abcabcabcaabbcc", "cab", "bcbcb"] * 3
    ids = [str(at) for at in range(len(texts))]
    train = Examples([Passage(text) for text in texts], list(texts), ids, ids)
    sizes = {"model.units": 8, "model.vector": 6, "model.window": 5, "model.layers": 2}
    recipe = system.complete(WriterRecipe().changed({**sizes, **changes}), train)
    codec = system.fit(train, recipe)
    torch.manual_seed(0)
    net = system.model(codec, recipe).eval()
    return SimpleNamespace(
        id="small", net=net, codec=codec, recipe=recipe, chosen={}, system=system.SYSTEM
    )


def graphs(run: Any) -> tuple[NetGraph, NetGraph, bytes]:
    """Of a run by torch, and of the file that it would be."""
    about = json.loads(json.dumps(about_of(run, export.EXPORT, {})))
    texts = ["abca", "b"]
    units = export.cut(about, Examples([Passage(text) for text in texts], texts, texts, texts))
    pair = next_tokens.arrays(about, units.units)
    eager = Graph(run.id, [NetOfGraph(run, export.EXPORT, {name: name for name in pair})])
    content = traced(eager, pair)
    session = session_of(content)

    def by_torch(arrays: Any) -> Any:
        found = eager.named({name: torch.from_numpy(array) for name, array in arrays.items()})
        return {name: tensor.detach().numpy() for name, tensor in found.items()}

    return (
        NetGraph(about, by_torch),
        NetGraph(about, lambda arrays: outputs_of(session, arrays)),
        content,
    )


@pytest.mark.parametrize(
    ("name", "over"),
    [("rnn", "full"), ("gru", "adaptive"), ("lstm", "tied"), ("transformer", "full")],
)
def test_it_goes_on_from_what_it_has_read_as_the_net_does(name: str, over: str) -> None:
    """Windows of any length, several rows at once, row by row of unequal length."""
    here, there, content = graphs(small(**{"model.name": name, "model.over": over}))
    mine, other = RunningModel(here), RunningModel(there)
    for tokens in ([2, 3, 4], [5], [3, 4, 5, 3, 4, 5, 3]):
        np.testing.assert_allclose(other.reads(tokens), mine.reads(tokens), atol=1e-5)
    rows = np.array([[2, 3, 4, 5], [2, 4, 0, 0], [3, 3, 3, 0]])
    begun = next_tokens.begun(here.about, 3)
    for part in begun.values():
        part[:] = np.random.default_rng(0).normal(size=part.shape)
    wanted, found = (one.outputs({"tokens": rows, **begun}) for one in (here, there))
    known = rows > 0
    for key in wanted:
        some = known if key == "log_probabilities" else slice(None)
        np.testing.assert_allclose(found[key][some], wanted[key][some], atol=1e-5)
    kinds = {node.op_type for node in onnx.load_from_string(content).graph.node}
    assert name == "transformer" or name.upper() in kinds  # onnxruntime's own, not taken apart


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    made = system.sample(120, 0)
    few = {"training.threads": 1, "training.epochs": 2, "model.units": 16, "model.window": 4}
    return nw.train(list(made.targets), set=few, store=tmp_path_factory.mktemp("writer"))


@pytest.fixture(scope="module")
def file(run: nw.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "names.onnx"
    nw.export(run, path, check=list(system.sample(20, 1).targets))
    return path


def test_a_text_costs_the_same_whatever_its_length_and_its_company(run: nw.Run, file: Path) -> None:
    net = nw.load_onnx(file)
    texts = ["kamena", "k", "kamesota" * 20, "k@mena", "tanato"] * 5
    for mine, other in zip(net.predict(texts), run.predict(texts), strict=True):
        assert (mine.tokens, mine.characters) == (other.tokens, other.characters)
        assert mine.nats == pytest.approx(other.nats, rel=1e-5)
        assert mine.spelled == pytest.approx(other.spelled)
    (alone,) = net.predict(["kamena"])
    assert alone.nats == pytest.approx(net.predict(texts)[0].nats, rel=1e-6)


def test_its_verbs_take_the_file(run: nw.Run, file: Path) -> None:
    net = nw.load_onnx(file)
    here, there = ([*one.verb("write", count=4, start="ka")] for one in (run, net))
    assert [one.text for one in here] == [one.text for one in there]
    assert here[0].copied >= 1 and there[0].copied is None
    assert str(there[0]) == there[0].text
    nexts = [one.verb("next_tokens", start="k", most=3) for one in (run, net)]
    assert [one.token for one in nexts[0]] == [one.token for one in nexts[1]]
    costs = [[*one.verb("score", ["kamena"], tokens=True)] for one in (run, net)]
    assert [one.bits for one in costs[0]] == pytest.approx([one.bits for one in costs[1]], rel=1e-5)


def test_it_writes_without_torch(file: Path, run: nw.Run) -> None:
    code = (
        "import sys; from netwright.cli.main import main;"
        f"main(['write', {str(file)!r}, '--start', 'ka', '--json']);"
        "print(sorted({'torch', 'pydantic', 'polars'} & {*sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert done.stderr == "[]\n"
    (found,) = json.loads(done.stdout)
    (here,) = run.verb("write", start="ka")
    assert found["text"] == here.text
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdout", out := io.StringIO())
        main(["write", str(file), "--start", "ka"])
    assert out.getvalue() == here.text + "\n"
