"""The contract: what every system must do, tried on each system's own sample, and on toy ones
that need what few do. What a person sees of it, tests/test_contract_door.py tries.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import processes
import small_runs
import two_processes
from netwright import api, systems
from netwright.api.checking.checks import answers_outside, refers_to_train_alone
from netwright.api.checking.tried import Tried
from netwright.api.reading import system_for
from netwright.base.errors import DataError, RecipeError
from netwright.contract import AnswerColumns, AnySystem, Batch, Examples, System
from netwright.doctor.advice.knobs import turned
from netwright.recipe import knobs, metadata
from netwright.recipe.turns import Either
from netwright.runs import codecs
from netwright.runs.record import Record
from netwright.training import allowed, checkpoints, devices, evaluate, units
from netwright.training.batching import memory
from netwright.training.freezing import stages
from netwright.training.optim import flat_weights
from netwright.training.steps import autograd, traced, untouched
from netwright.training.trainer import PreparedTraining

SYSTEMS = small_runs.SYSTEMS
TOYS = [name for name in SYSTEMS if name not in systems.names()]
"""Those that read nothing; the others answer in a new process in tests/test_contract_door.py."""


@pytest.fixture(params=SYSTEMS, scope="module")
def system(request: pytest.FixtureRequest) -> AnySystem:
    return SYSTEMS[request.param]


SKIPPED = {
    "coupled": {
        "test_a_batch_worked_through_in_parts_gives_the_same_gradient": "parts are refused",
        "test_two_processes_equal_one": "several processes are refused",
        "test_an_answer_alone_equals_the_answer_in_company": "its loss is of the whole batch",
    },
    "carry": {
        "test_a_batch_worked_through_in_parts_gives_the_same_gradient": "parts are refused",
        "test_the_traced_step_equals_autograd_bit_for_bit": "a traced step is refused",
        "test_two_processes_equal_one": "several processes are refused",
    },
    "step": {
        "test_what_is_frozen_of_it_stays_bit_for_bit": "its steps are its own",
        "test_a_batch_worked_through_in_parts_gives_the_same_gradient": "it takes no gradient",
        "test_the_traced_step_equals_autograd_bit_for_bit": "it takes no gradient",
        "test_two_processes_equal_one": "several processes are refused",
    },
}
"""A field that is no longer its default -> the checks that do not hold then -> why."""


@pytest.fixture(autouse=True)
def skip_what_does_not_hold(request: pytest.FixtureRequest) -> None:
    if "system" not in request.fixturenames:
        return
    system = request.getfixturevalue("system")
    for field, checks in SKIPPED.items():
        why = checks.get(request.function.__name__)
        if getattr(system, field) and why:
            pytest.skip(f"{field}: {why}")


def test_what_is_skipped_are_fields_and_checks() -> None:
    for field, checks in SKIPPED.items():
        assert field in {one.name for one in fields(System)}
        assert any(getattr(system, field) for system in SYSTEMS.values())
        assert all(check in globals() for check in checks)


@pytest.fixture(scope="module")
def examples(system: AnySystem) -> Examples:
    return small_runs.sample(system.name)


def start(system: AnySystem, examples: Examples, folder: Path, **changes: Any) -> PreparedTraining:
    """With ``optimizer__lr=0.1`` for ``optimizer.lr``."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return small_runs.start(system.name, folder, dotted, examples)


def finished(
    system: AnySystem, examples: Examples, folder: Path, **changes: Any
) -> PreparedTraining:
    return small_runs.fitted(start(system, examples, folder, **changes))


@pytest.fixture(scope="module")
def trained(
    system: AnySystem, examples: Examples, tmp_path_factory: pytest.TempPathFactory
) -> PreparedTraining:
    """One training for all tests that change nothing of it."""
    return finished(system, examples, tmp_path_factory.mktemp("trained"))


def kept(made: PreparedTraining) -> dict[str, Tensor]:
    return small_runs.kept(made.record)


def prepared(made: PreparedTraining, examples: Examples) -> Batch:
    """As many of their units as there are examples."""
    setup = made.setup
    cut = units.units_of(setup.system, examples, setup.recipe, setup.codec)
    encoded = setup.codec.encode(cut.units.take(range(len(examples)))).padded()
    return setup.codec.prepare(encoded, setup.recipe, None)


def answers(made: PreparedTraining, examples: Examples) -> evaluate.Evaluated:
    """What the net says of each, with what was chosen on dev once it is trained."""
    setup, record = made.setup, made.record
    chosen = record.json("chosen.json") if record.has("chosen.json") else {}
    cut = units.units_of(setup.system, examples, setup.recipe, setup.codec)
    store = memory.InMemory(setup.codec.encode(cut.units))
    return evaluate.answers(
        setup.net, setup.system, setup.codec, store, setup.recipe, chosen, units=cut
    )


def summed(made: PreparedTraining, net: nn.Module, batch: Batch) -> Tensor:
    return made.setup.loss(net, batch)


@pytest.mark.parametrize("name", systems.names())
def test_a_named_system_is_asked_too(name: str, system: AnySystem, examples: Examples) -> None:
    """Its own sample it takes; any other's it refuses in a sentence that says what it does."""
    reading = small_runs.reading(examples)
    if name == system.name:
        assert system_for(reading, [name], name) == (system, "as asked for")
        return
    with pytest.raises(DataError, match=f"the system '{name}' does not take these examples; what"):
        system_for(reading, [name], name)


EPOCHS = {"localizer": 5, "classifier": 6, "tagger": 6}
"""That a system learns in, where its steps are slow; any other gets 25."""


def test_it_learns(system: AnySystem, tmp_path: Path) -> None:
    epochs = EPOCHS.get(system.name, 25)
    made = finished(system, system.sample(600, 0), tmp_path, training__epochs=epochs)
    name, better = system.metrics[0].name, system.metrics[0].better
    dev, baseline = made.record.json("measures.json")["dev"][name], made.record.info()["baseline"]
    cleared = dev["high"] < baseline if better == "lower" else dev["low"] > baseline
    assert cleared, f"{name} on dev is {dev}, the baseline {baseline}"
    assert dev["low"] <= dev["value"] <= dev["high"]


def test_codec_and_recipe_survive_json(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    made = start(system, examples, tmp_path)
    made.record.write_json("codec.json", codecs.dump(system, made.setup.codec))
    assert codecs.load(system, made.record) == made.setup.codec
    assert system.recipe.of(json.loads(made.setup.recipe.model_dump_json())) == made.setup.recipe
    assert "auto" not in (
        made.setup.recipe.optimizer.lr,
        made.setup.recipe.training.epochs,
        made.setup.recipe.model.name,
    )


def test_what_advice_turns_it_can_train_with(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    recipe = start(system, examples, tmp_path).setup.recipe
    unread = system.unread(recipe)
    assert set(unread) <= set(knobs(system.recipe))
    remedies = {
        t.remedy for field in knobs(system.recipe).values() for t in metadata(field)["turns"]
    }
    pairs = [pair for remedy in remedies for pair in turned(remedy, recipe, unread)]
    turns = [
        (key, one)
        for key, new in pairs
        for one in (new.values if isinstance(new, Either) else (new,))
    ]
    assert turns
    for key, new in turns:
        excluded = key in {*allowed.COUPLED, *allowed.OWN_STEP, *allowed.LANES}
        if excluded and not isinstance(new, str):  # a word, larger, is no value
            allowed.check(system, recipe.changed({key: new}), 1)


def test_the_same_seed_gives_the_same_curve_and_another_seed_another(
    system: AnySystem, trained: PreparedTraining, examples: Examples, tmp_path: Path
) -> None:
    again = finished(system, examples, tmp_path)
    other = finished(system, examples, tmp_path, training__seed=1)
    losses = [[row.loss for row in made.record.curves()] for made in (trained, again, other)]
    assert losses[0] == losses[1] != losses[2]


KILLS = (1, 9)
"""Steps after which a training is killed: in its first epoch and in a later one."""


@pytest.fixture(scope="module")
def left(system: AnySystem, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Record]:
    return small_runs.left_by_kills(system.name, tmp_path_factory.mktemp("left"), {}, KILLS)


@pytest.mark.parametrize("after", KILLS)
def test_killed_and_resumed_it_ends_bit_for_bit_the_same(
    system: AnySystem, trained: PreparedTraining, left: dict[int, Record], after: int
) -> None:
    assert left[after].info()["status"] == "running"
    assert checkpoints.step_of(left[after].checkpoint) >= after
    resumed = small_runs.resumed(system.name, left[after])
    assert small_runs.same(trained.record, resumed.record)


def test_it_starts_from_what_another_run_learned(
    system: AnySystem, trained: PreparedTraining, examples: Examples, tmp_path: Path
) -> None:
    changes = {"model.start": str(trained.record.path)}
    if system.adopt is None:
        with pytest.raises(RecipeError, match="starts from no other run; leave it out"):
            small_runs.start(system.name, tmp_path, changes, examples)
        return
    other = system.sample(len(examples) // 2, 1)  # the next person's data
    second = small_runs.start(system.name, tmp_path, changes, other)
    taken = second.setup.taken_over
    assert taken is not None
    assert taken.taken
    mine, theirs = second.setup.net.state_dict(), kept(trained)
    assert {*taken.taken, *taken.drawn} == mine.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in taken.taken)
    small_runs.fitted(second)
    left = small_runs.left_by_a_kill(system.name, tmp_path, changes, 3, other)
    assert small_runs.same(second.record, small_runs.resumed(system.name, left, other).record)


def test_what_is_frozen_of_it_stays_bit_for_bit(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    """All stages but the last: the weights and buffers of these alone are others after an epoch."""
    net = start(system, examples, tmp_path).setup.net
    found = stages.stages_of(system, net)
    named = [name for stage in found for name in stage]
    # of each system the stages hold all that it learns
    assert all(
        any(f"{weight}.".startswith(f"{name}.") for name in named)
        for weight, _ in net.named_parameters()
    )
    frozen = len(found) - 1
    if frozen == 0:  # one layer alone
        with pytest.raises(RecipeError, match=r"has 1 stage, .* of which the last is trained"):
            start(system, examples, tmp_path, training__freeze=1)
        return
    made = start(system, examples, tmp_path, training__freeze=frozen, training__epochs=1)
    before = {name: tensor.clone() for name, tensor in made.setup.net.state_dict().items()}
    small_runs.fitted(made)
    last = tuple(f"{name}." for name in found[-1])
    moved = {name for name, tensor in kept(made).items() if not torch.equal(tensor, before[name])}
    assert moved and all(name.startswith(last) for name in moved)


def test_a_batch_worked_through_in_parts_gives_the_same_gradient(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    made = start(system, examples, tmp_path)
    net = (
        made.setup.net.double().eval()
    )  # batch statistics and dropout differ by part, by their nature
    flat = flat_weights.flatten(net)
    batch = prepared(made, examples.take(range(30))).map(
        lambda t: t.double() if t.is_floating_point() else t
    )
    total = batch.count.sum()
    gradients = []
    for parts in (1, 4):
        step = autograd.Eager(
            net, lambda n, b: _double_loss(made, n, b), flat, made.setup.device, parts
        )
        step(batch, total)
        gradients.append(flat.gradient.clone())
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-6, atol=1e-9)


def _double_loss(made: PreparedTraining, net: nn.Module, batch: Batch) -> Tensor:
    return summed(made, net, batch)


def test_an_answer_alone_equals_the_answer_in_company(
    system: AnySystem, trained: PreparedTraining, examples: Examples
) -> None:
    few = examples.take(range(20))
    in_company = answers(trained, few).losses
    alone = [answers(trained, few.take([i])).losses[0] for i in range(len(few))]
    assert in_company == pytest.approx(alone, abs=1e-5)


def test_values_of_many_examples_are_those_one_by_one(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    made = start(system, examples, tmp_path)
    found = answers(made, examples).answers
    single = [found[at] for at in range(len(examples))]
    assert all(isinstance(answer, system.answer) for answer in single)
    for metric in system.all_metrics(made.setup.codec):
        if metric.vectorized is None:
            continue
        assert isinstance(found, AnswerColumns), "a vectorized metric needs columns"
        assert metric.vectorized(examples, found) == list(map(metric.per_example, examples, single))
        rows = [3, 1, 2]
        assert metric.vectorized(examples.take(rows), found.take(rows)) == metric.vectorized(
            examples[1:4], found[1:4]
        )[2:] + metric.vectorized(examples[1:3], found[1:3])


def test_answers_are_kept_whole(system: AnySystem, trained: PreparedTraining) -> None:
    made = trained
    # of dev, where something is chosen on it, they are cross-fitted: see test_choosing
    split = "dev" if system.choosing(trained.setup.recipe) is None else "train"
    here = answers(made, made.setup.splits[split]).answers
    kept_there = made.record.answers(split, system)
    assert list(map(repr, kept_there)) == list(map(repr, here))
    for example, answer in zip(made.setup.splits[split].without_inputs(), here, strict=True):
        assert system.wrong(example, answer) in (True, False, None)
        stated = system.probabilities(answer) or {}
        assert all(0 <= p <= 1.0001 for p in stated.values())
        label = system.label(example.target)
        assert label is None or not stated or label in stated


def test_references_learn_from_train_alone(
    system: AnySystem, trained: PreparedTraining, tmp_path: Path
) -> None:
    tried = Tried(system, tmp_path)
    tried.__dict__["made"] = trained  # as it keeps it, once trained
    assert refers_to_train_alone(tried) == ""


def test_exported_its_net_answers_as_the_run(
    system: AnySystem, trained: PreparedTraining, tmp_path: Path
) -> None:
    tried = Tried(system, tmp_path)
    tried.__dict__["made"] = trained
    assert answers_outside(tried) == ""


def test_what_is_chosen_on_dev_is_kept(system: AnySystem, trained: PreparedTraining) -> None:
    assert trained.record.has("chosen.json") == (system.choosing(trained.setup.recipe) is not None)


def test_a_masked_label_has_no_gradient(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    made = start(system, examples, tmp_path)
    from dataclasses import replace

    few = examples.take(range(8))
    batch = prepared(made, replace(few, targets=[None] * len(few)))
    assert batch.count.tolist() == [0.0] * len(few)
    made.setup.net.eval()
    loss = summed(made, made.setup.net, batch).sum()
    gradients = torch.autograd.grad(
        loss, [p for p in made.setup.net.parameters() if p.requires_grad], materialize_grads=True
    )
    assert all(bool((gradient == 0).all()) for gradient in gradients)


def test_the_traced_step_equals_autograd_bit_for_bit(
    system: AnySystem, examples: Examples, tmp_path: Path
) -> None:
    made = start(system, examples, tmp_path)
    net = made.setup.net.train()
    flat = flat_weights.flatten(net)
    eager = autograd.Eager(net, lambda n, b: summed(made, n, b), flat, made.setup.device)
    replayed = traced.record(eager, prepared(made, examples.take(range(24))))
    for first in (0, 24):
        batch = prepared(made, examples.take(range(first, first + 24)))
        total = batch.count.sum()
        results = []
        for step in (eager, replayed):
            with untouched.Untouched(net, batch.count.device):
                results.append((step(batch, total), flat.gradient.clone()))
        assert torch.equal(results[0][0], results[1][0])
        assert torch.equal(results[0][1], results[1][1])


def answers_of(name: str, folder: Path) -> list[str]:
    """What a run of the system, opened by its folder, says of the first of the sample."""
    system, run = SYSTEMS[name], api.Run(Record(folder))
    run.__dict__["system"] = system
    return [repr(one) for one in run._answerer()(system.sample(240, 0).take(range(12))).answers]


@pytest.mark.parametrize("system", TOYS, indirect=True, scope="module")
def test_saved_and_loaded_in_a_new_process_it_answers_the_same(
    system: AnySystem, trained: PreparedTraining, examples: Examples
) -> None:
    here = answers(trained, examples.take(range(12))).answers
    there = processes.answer(answers_of, system.name, trained.record.path)
    assert there == [repr(answer) for answer in here]


def test_two_processes_equal_one(system: AnySystem, examples: Examples, tmp_path: Path) -> None:
    dropout = {"model.dropout": 0.3} if "model.dropout" in knobs(system.recipe) else {}
    changes = {"training.epochs": 2, **dropout}
    one = small_runs.finished(system.name, tmp_path / "one", changes, examples)
    two = small_runs.kept(small_runs.by_two(system.name, tmp_path / "two", changes))
    for name, tensor in kept(one).items():
        torch.testing.assert_close(
            tensor, two[name], rtol=1e-3, atol=1e-4, msg=lambda text, name=name: f"{name}: {text}"
        )


ALONE = {
    "toy-triplets": "the rows of a batch belong together",
    "toy-perceptron": "the steps are its own",
    "toy-sums": "each step goes on from the one before it",
    "music": "each step goes on from the one before it",
    "writer": "each step goes on from the one before it",
}
"""System that learns in one process only -> why."""


def refusal(system: str, folder: Path) -> str:
    with pytest.raises(RecipeError) as refused:
        small_runs.start(system, folder, {})
    return str(refused.value)


@pytest.mark.parametrize("name", ALONE)
def test_two_processes_are_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    fields = ("coupled", "step", "carry")
    assert {one for one in SYSTEMS if any(getattr(SYSTEMS[one], f) for f in fields)} == ALONE.keys()
    why = f"2 processes: of the system '{name}' {ALONE[name]}; train in one process."
    assert two_processes.call(refusal, name, tmp_path) == [why, why]
    assert not list(tmp_path.iterdir())


def test_the_device_is_logged(trained: PreparedTraining) -> None:
    assert any(f"parameters, on {trained.setup.device}" in line for line in trained.log.lines)


def made_of_shapes_alone() -> list[str]:
    with devices.shapes_alone():
        made = [nn.Embedding(9, 4), nn.EmbeddingBag(9, 4), nn.Linear(4, 3), nn.LSTM(3, 2)]
        nn.init.trunc_normal_(made[2].weight)
        nn.init.kaiming_normal_(made[2].weight)
    assert all(weights.is_meta for net in made for weights in net.parameters())
    return [name for name in ("torch._dynamo", "sympy") if name in sys.modules]


def test_a_net_of_shapes_alone_is_there_at_once() -> None:
    """Every run that is opened makes one: torch's compiler takes seconds to load."""
    assert processes.answer(made_of_shapes_alone) == []
