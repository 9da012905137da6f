"""The parts of the loop: flat weights, update rules against torch.optim, schedules, batches, steps,
divergence.
"""

from __future__ import annotations

import ctypes
import math
import resource
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from netwright.base.errors import DivergenceError, RecipeError
from netwright.contract import Batch, Examples
from netwright.principles import decay
from netwright.recipe import Optimizer, Schedule
from netwright.systems.classifier.recipe import ClassifierRecipe
from netwright.systems.regressor import system as regressor
from netwright.training import devices, loop, setup, synchronize
from netwright.training.batching import hold, loader, memory, order, stream
from netwright.training.batching.train_batches import TrainBatches
from netwright.training.course import TrainingCourse
from netwright.training.devices import Device
from netwright.training.optim import averages, flat_weights, optimizers, schedules
from netwright.training.optim.schedules import factor
from netwright.training.state import State
from netwright.training.steps import auto, autograd, traced

CPU = Device(torch.device("cpu"))


def small_net(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4)
    )


# --- flat weights


def test_flat_weights_are_the_nets_own_memory() -> None:
    net = small_net()
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    flat = flat_weights.flatten(net)
    assert all(torch.equal(before[name], p) for name, p in net.named_parameters())
    flat.vector.add_(1)
    assert all(torch.equal(before[name] + 1, p) for name, p in net.named_parameters())


def test_matrices_and_filters_decay_biases_and_norms_do_not() -> None:
    net = small_net()
    flat = flat_weights.flatten(net)
    flat.vector.fill_(1)
    flat.vector[: flat.parts[0].decayed] = 0
    assert all(bool((p == 0).all()) == (p.dim() >= 2) for p in net.parameters())


def test_channels_last_filters_keep_their_strides() -> None:
    net = small_net().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    strides = net[0].weight.stride()
    x = torch.randn(2, 1, 6, 6)
    before = net.eval()(x)
    flat_weights.flatten(net)
    assert net[0].weight.stride() == strides
    torch.testing.assert_close(net(x), before)


def test_a_net_without_parameters_or_of_two_dtypes_is_refused() -> None:
    with pytest.raises(RecipeError, match="no trainable parameter"):
        flat_weights.flatten(nn.ReLU())
    with pytest.raises(RecipeError, match="one dtype"):
        flat_weights.flatten(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double()))


# --- update rules


def torch_rule(name: str, groups: list[dict[str, Any]], decay: float) -> torch.optim.Optimizer:
    groups = [{**group, "weight_decay": decay if k == 0 else 0.0} for k, group in enumerate(groups)]
    return {
        "sgd": lambda: torch.optim.SGD(groups, lr=0.01),
        "momentum": lambda: torch.optim.SGD(groups, lr=0.01, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD(groups, lr=0.01, momentum=0.9, nesterov=True),
        "rmsprop": lambda: torch.optim.RMSprop(groups, lr=0.01, alpha=0.999),
        "adam": lambda: torch.optim.Adam(groups, lr=0.01),
        "adamw": lambda: torch.optim.AdamW(groups, lr=0.01),
    }[name]()


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_every_update_rule_equals_torch(name: str, decay: float) -> None:
    ours, theirs = small_net(), small_net()
    flat = flat_weights.flatten(ours)
    rule = optimizers.build(flat, Optimizer(name=name, lr=0.01, weight_decay=decay))  # type: ignore[arg-type]
    wide = [p for p in theirs.parameters() if p.dim() >= 2]
    thin = [p for p in theirs.parameters() if p.dim() < 2]
    reference = torch_rule(name, [{"params": wide}, {"params": thin}], decay)
    generator = torch.Generator().manual_seed(1)
    for _ in range(8):
        gradients = {
            n: torch.randn(p.shape, generator=generator) for n, p in theirs.named_parameters()
        }
        flat.take_gradients([gradients[n] for n in flat.names])
        rule.step(0.01)
        for n, p in theirs.named_parameters():
            p.grad = gradients[n]
        reference.step()
    for (n, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-6, msg=lambda text, n=n: f"{n}: {text}")


# --- schedules


@given(
    st.integers(1, 500),
    st.sampled_from(["constant", "cosine", "one_cycle", "inverse", "exponential", "root", "steps"]),
    st.floats(0, 0.9),
)
def test_a_schedule_stays_between_nothing_and_the_peak(
    count: int, name: str, warmup: float
) -> None:
    schedule = Schedule(name=name, warmup=warmup)  # type: ignore[arg-type]
    rates = [factor(schedule, step, count, 7) for step in range(count)]
    assert all(0 <= rate <= 1 for rate in rates)


@pytest.mark.parametrize(
    ("schedule", "law"),
    [
        ({"name": "inverse", "decay": 2.0}, lambda epoch: decay.inverse(1.0, epoch, 2.0)),
        ({"name": "exponential", "base": 0.9}, lambda epoch: decay.exponential(1.0, epoch, 0.9)),
        ({"name": "root"}, lambda epoch: decay.root(1.0, epoch + 1)),
        (
            {"name": "steps", "every": 2.0, "factor": 0.1},
            lambda epoch: decay.steps(1.0, epoch, 2.0, 0.1),
        ),
        (
            {"name": "constant", "drops": ((2, 0.1), (5.0, 0.01))},
            lambda epoch: decay.by_hand({0: 1.0, 2: 0.1, 5: 0.01}, epoch),
        ),
    ],
)
def test_the_notes_laws_are_those_of_the_principles(
    schedule: dict[str, Any], law: Callable[[float], float]
) -> None:
    """At every step, with 4 steps in each of 8 epochs; after a warm-up of 2 epochs the law begins
    there.
    """
    rates = [factor(Schedule(warmup=0.0, **schedule), step, 32, 8) for step in range(32)]
    assert rates == pytest.approx([law(step / 4) for step in range(32)])
    late = [factor(Schedule(warmup=0.25, **schedule), step, 32, 8) for step in range(32)]
    assert late[8:] == pytest.approx(rates[:24]) and late[:8] == sorted(late[:8])


@pytest.mark.parametrize(
    "wrong", [{"drops": [[3, 0.1]]}, {"name": "constant", "drops": [[3, 0.1], [2, 0.01]]}]
)
def test_drops_belong_to_a_constant_rate_and_rise(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=r"schedule\.drops"):
        ClassifierRecipe.of({"schedule": wrong})


def test_one_cycle_rises_then_falls_to_almost_nothing() -> None:
    rates = [
        factor(Schedule(name="one_cycle", warmup=0.25), step, 1000, 10) for step in range(1000)
    ]
    top = rates.index(max(rates))
    assert 245 <= top <= 255
    assert rates[0] < 0.05
    assert rates[-1] < 2e-4
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_a_straight_cycle_is_torchs() -> None:
    schedule, steps = Schedule(name="one_cycle", anneal="linear", warmup=0.25), 4000
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=1.0,
        total_steps=steps,
        pct_start=0.25,
        anneal_strategy="linear",
        cycle_momentum=False,
        final_div_factor=1e4 / 25,
    )
    for step in range(steps):  # ours are counted from half a step later
        rate = theirs.get_last_lr()[0]
        assert factor(schedule, step, steps, 10) == pytest.approx(rate, abs=2e-3)
        optimizer.step()
        theirs.step()


# --- batches


class Plain:
    """A codec of numbers: the input is the row itself, the target twice it."""

    def encode(self, examples: Examples) -> Batch:
        x = torch.tensor(examples.inputs, dtype=torch.float32).view(-1, 1)
        return Batch((x,), (2 * x,), torch.ones(len(x)))

    def prepare(self, batch: Batch, recipe: Any, draws: Any) -> Batch:
        return batch

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Any
    ) -> list[Any]:
        return outputs.flatten().tolist()  # type: ignore[no-any-return]


def numbers(count: int) -> Examples:
    ids = [str(i) for i in range(count)]
    return Examples([float(i) for i in range(count)], [None] * count, ids, ids)


def recipe_of(size: int) -> ClassifierRecipe:
    return ClassifierRecipe().changed({"training.batch_size": size, "training.epochs": 1})


@given(st.integers(1, 200), st.integers(1, 70), st.integers(0, 3))
def test_an_epoch_holds_every_row_once_and_no_batch_of_one(
    count: int, size: int, epoch: int
) -> None:
    rows = order.order(count, size, 0, epoch)
    assert sorted(torch.cat(rows).tolist()) == list(range(count))
    assert all(len(r) > 1 for r in rows) or size == 1 or count == 1
    assert all(len(r) <= size + (size > 1) for r in rows)
    assert len(rows) == schedules.length(recipe_of(size), count)[0]
    assert [r.tolist() for r in rows] == [r.tolist() for r in order.order(count, size, 0, epoch)]


@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_batches_equal_those_from_memory(workers: int) -> None:
    examples = numbers(57)
    held, said = hold.hold(examples, Plain(), CPU.torch_device, place="auto", budget=loader.MIB)
    assert isinstance(held, memory.InMemory)
    assert "memory" in said
    streamed = stream.Streamed(examples, Plain(), CPU.torch_device, workers, 8)
    rows = order.order(57, 8, 0, 0)
    for a, b, wanted in zip(held.batches(rows), streamed.batches(rows), rows, strict=True):
        assert a.inputs[0].flatten().tolist() == b.inputs[0].flatten().tolist() == wanted.tolist()


def test_a_training_without_a_dev_split_is_refused_before_it_begins() -> None:
    recipe = ClassifierRecipe().changed({"split.dev": 0})
    with pytest.raises(RecipeError, match=r"split\.dev = 0 leaves no dev split"):
        setup.split(regressor.SYSTEM, regressor.SYSTEM.sample(40, 0), recipe)


def test_what_does_not_fit_the_budget_is_streamed_and_said() -> None:
    held, said = hold.hold(numbers(1000), Plain(), CPU.torch_device, place="auto", budget=100)
    assert isinstance(held, stream.Streamed)
    assert "streamed" in said


# --- steps and the loop


def squared(net: nn.Module, batch: Batch) -> Tensor:
    return (net(*batch.inputs) - batch.targets[0]).square().sum(dim=1)


def run(rate: float, *, count: int = 64, **changes: Any) -> tuple[nn.Module, list[float]]:
    resolved = {
        "optimizer.name": "sgd",
        "optimizer.lr": rate,
        "optimizer.weight_decay": 0,
        "schedule.name": "constant",
        "schedule.warmup": 0,
        "training.epochs": 3,
        "training.batch_size": 8,
        "training.average": 0,
        **changes,
    }
    recipe = ClassifierRecipe().changed(resolved)
    torch.manual_seed(0)
    net = nn.Linear(1, 1)
    flat = flat_weights.flatten(net)
    state = State(net, flat, optimizers.build(flat, recipe.optimizer), None)
    step = autograd.Eager(net, squared, flat, CPU)
    store, _ = hold.hold(numbers(count), Plain(), CPU.torch_device, place="memory", budget=1)
    course = TrainingCourse(*schedules.length(recipe, count))
    batches = TrainBatches(
        store,
        lambda batch, draws: batch,
        lambda epoch: order.order(count, 8, recipe.training.seed, epoch),
    )
    return net, [float(done.loss) for done in loop.train(state, step, batches, course, recipe, CPU)]


def test_a_diverging_run_stops_with_the_step_the_norms_and_what_to_try() -> None:
    with pytest.raises(
        DivergenceError,
        match=r"at step \d+: training diverged; gradient norms there: .*weight .*optimizer\.lr",
    ):
        run(1.0)


def test_clipping_bounds_the_gradients_norm() -> None:
    gradient = torch.tensor([3.0, 4.0])
    loop.clip(gradient, 1.0)
    assert float(gradient.norm()) == pytest.approx(1, rel=1e-4)
    loop.clip(gradient, 10.0)
    assert float(gradient.norm()) == pytest.approx(1, rel=1e-4)


def test_clipping_keeps_a_steep_problem_finite() -> None:
    _, losses = run(0.01, **{"training.clip_norm": 1.0})
    assert math.isfinite(losses[-1])


def test_the_running_average_starts_fast_and_then_follows_slowly() -> None:
    average = torch.zeros(1)
    for step in range(1, 200):
        averages.follow(average, torch.ones(1), 0.99, step)
    assert 0.98 < float(average) < 1
    first = torch.zeros(1)
    averages.follow(first, torch.ones(1), 0.99, 1)
    assert float(first) == pytest.approx(1 - 2 / 11)


class Looks(nn.Module):
    """A net whose Python looks at the data: no trace can stand for it."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x) * (2 if float(x.sum()) > 0 else 1)  # type: ignore[no-any-return]


class Counts(nn.Module):
    """A net whose Python changes from call to call: its trace is wrong, though it can be made."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Linear(1, 1)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.own(x) * self.calls  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("net", "said"), [(Looks(), "cannot be traced"), (Counts(), "does not repeat")]
)
def test_a_net_that_no_trace_can_stand_for_stays_eager_and_it_is_said(
    net: nn.Module, said: str
) -> None:
    flat = flat_weights.flatten(net)
    eager = autograd.Eager(net, squared, flat, CPU)
    batch = Plain().encode(numbers(8))
    step, why = auto.choose(eager, "auto", [batch, batch], 1_000_000)
    assert step is eager
    assert said in why


def test_a_step_is_recorded_only_where_that_pays() -> None:
    flat = flat_weights.flatten(nn.Linear(1, 1))
    eager = autograd.Eager(nn.Linear(1, 1), squared, flat, CPU)
    batch = Plain().encode(numbers(8))
    step, why = auto.choose(eager, "auto", [batch, batch], 50)
    assert step is eager
    assert "those that are left would not win back the time" in why


def test_a_trace_with_dropout_draws_new_masks_from_the_same_stream() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 32), nn.Dropout(0.5), nn.Linear(32, 1)).train()
    flat = flat_weights.flatten(net)
    eager = autograd.Eager(net, squared, flat, CPU)
    step, why = auto.choose(eager, "auto", [Plain().encode(numbers(8))] * 2, 1_000_000)
    assert isinstance(step, traced.Traced), why
    batch, total = Plain().encode(numbers(8)), torch.tensor(8.0)
    torch.manual_seed(5)
    replayed = [float(step(batch, total)) for _ in range(3)]
    torch.manual_seed(5)
    assert replayed == [float(eager(batch, total)) for _ in range(3)]
    assert len(set(replayed)) == 3


def test_a_trace_leaves_gradients_in_half_precision_and_takes_the_same() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
    flat = flat_weights.flatten(net)
    eager = autograd.Eager(net, squared, flat, Device(torch.device("cpu"), torch.bfloat16))
    batch, total = Plain().encode(numbers(8)), torch.tensor(8.0)
    replayed = traced.record(eager, batch)
    kinds = [one.dtype for one in replayed.program(*batch.tensors(), total)[1:]]
    assert kinds == [torch.bfloat16] * 4
    replayed(batch, total)
    taken = flat.gradient.clone()
    eager(batch, total)
    assert torch.equal(taken, flat.gradient)
    assert taken.any()


# --- devices


class Allocator:
    """What a C library is called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def mallopt(self, knob: int, value: int) -> None:
        self.calls.append((knob, value))


@pytest.mark.parametrize("name", [None, *devices.ALLOCATOR])
def test_freed_memory_is_kept_unless_a_person_sets_the_allocator(
    monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    for one in devices.ALLOCATOR:
        monkeypatch.delenv(one, raising=False)
    if name:
        monkeypatch.setenv(name, "1")
    library = Allocator()
    monkeypatch.setattr("ctypes.CDLL", lambda path: library)
    devices.choose("cpu", "auto", nn.Linear(1, 1))
    kept = [(devices.TRIM_THRESHOLD, -1), (devices.MMAP_MAX, 0)]
    assert library.calls == ([] if name else kept)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="no glibc")
def test_memory_that_was_freed_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of 48 MiB is larger than any that glibc keeps by itself."""
    for one in devices.ALLOCATOR:
        monkeypatch.delenv(one, raising=False)
    size = 48 * 2**20
    devices.choose("cpu", "auto", nn.Linear(1, 1))
    before = 0
    for time in range(10):
        if time == 5:  # there is room for it now
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.ones(size, dtype=torch.uint8)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert faults < size / resource.getpagesize()  # once, in place of five times


def test_rows_are_shared_out_whole() -> None:
    for world in (1, 2, 3, 7):
        for count in range(20):
            parts = [
                Device(torch.device("cpu"), rank=r, world=world).shard(count) for r in range(world)
            ]
            assert [i for part in parts for i in range(count)[part]] == list(range(count))


def test_a_device_that_is_not_there_is_refused() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(RecipeError, match="this machine has cpu"):
            devices.choose("cuda", "auto", nn.Linear(1, 1))


def test_more_processes_than_devices_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(RecipeError, match=r"^process 2 of this machine has no CUDA device of its"):
        devices.choose("auto", "auto", nn.Linear(1, 1))
    with pytest.raises(RecipeError, match=r"'cuda:1': this machine has cpu and cuda:0 only\.$"):
        devices.choose("cuda:1", "auto", nn.Linear(1, 1))


def test_bfloat16_is_not_taken_for_dense_nets_on_the_cpu() -> None:
    assert devices.choose("cpu", "auto", nn.Linear(1, 1)).precision == torch.float32


def test_synced_batch_norm_keeps_names_and_parameters() -> None:
    net = small_net()
    before = net.state_dict()
    synchronize.synchronize(net)
    assert isinstance(net[1], synchronize.SyncedBatchNorm)
    assert net.state_dict().keys() == before.keys()
    assert net[1].weight is dict(net.named_parameters())["1.weight"]


@given(st.permutations(range(4)), st.lists(st.integers(1, 4), min_size=4, max_size=4), st.data())
def test_a_mask_is_that_of_one_process_however_a_tensor_lies_in_memory(
    axes: list[int], sizes: list[int], data: st.DataObject
) -> None:
    back = [axes.index(axis) for axis in range(4)]
    whole = torch.ones([sizes[axis] for axis in axes]).permute(back)
    rows = data.draw(st.integers(1, len(whole)))
    part = torch.ones([rows if axis == 0 else sizes[axis] for axis in axes]).permute(back)
    torch.manual_seed(0)
    wanted = torch.nn.functional.dropout(whole, 0.5)
    torch.manual_seed(0)
    found = torch.nn.functional.dropout(synchronize._ones(tuple(whole.shape), part), 0.5)
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    "layer",
    [
        nn.GRU(3, 3, 2, dropout=0.1),
        nn.LSTM(3, 3, 2, dropout=0.1),
        nn.MultiheadAttention(4, 2, dropout=0.1),
        nn.TransformerEncoderLayer(4, 2),
        nn.Dropout2d(0.1),
        nn.AlphaDropout(0.1),
        nn.RReLU(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_layer_that_draws_inside_is_refused_in_company(layer: nn.Module) -> None:
    with pytest.raises(RecipeError, match=r"the layer '1.*' .* drops units inside of itself"):
        synchronize.synchronize(nn.Sequential(nn.Linear(3, 3), layer))


def test_layers_that_draw_nothing_are_not() -> None:
    quiet = (nn.GRU(3, 3, 1), nn.MultiheadAttention(4, 2), nn.Dropout(0.1), nn.Dropout2d(0.0))
    synchronize.synchronize(nn.Sequential(*quiet))


# --- devices


@pytest.mark.parametrize(
    ("present", "requested", "chosen"),
    [
        ((), "auto", "cpu"),
        (("mps",), "auto", "mps"),
        (("cuda",), "auto", "cuda"),
        (("cuda", "mps"), "auto", "cuda"),
        (("cuda",), "cpu", "cpu"),
    ],
)
def test_the_device_that_is_there_is_chosen(
    present: tuple[str, ...], requested: str, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: "cuda" in present)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: "mps" in present)
    monkeypatch.setattr("torch.cuda.device_count", lambda: int("cuda" in present))
    monkeypatch.setattr("torch.cuda.set_device", lambda device: None)
    monkeypatch.setattr(devices, "_repeat_on_cuda", lambda: None)  # it would last
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda **given: True)
    found = devices.choose(requested, "auto", nn.Conv2d(1, 1, 1))
    assert found.torch_device.type == chosen
    if chosen == "cuda":
        assert found.precision == torch.bfloat16 and found.torch_device.index is not None
