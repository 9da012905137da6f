"""Splits: they keep groups and copies together, keep class fractions, and stay as data grow."""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.contract import Examples
from netwright.data import splits
from netwright.training.setup import parts_of


def examples_of(
    targets: Sequence[object],
    *,
    ids: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    given: Sequence[str | None] | None = None,
) -> Examples:
    count = len(targets)
    ids = ids or [f"{at:016x}" for at in range(count)]
    return Examples(
        [None] * count, list(targets), ids, [f"row:{at}" for at in range(count)], groups, given
    )


def test_fractions_move_from_a_fifth_to_a_hundredth() -> None:
    assert splits.fractions(100) == splits.fractions(10_000) == (0.2, 0.2)
    assert (
        splits.fractions(1_000_000)[0]
        == pytest.approx(0.01)
        == pytest.approx(splits.fractions(10**8)[0])
    )
    assert splits.fractions(100_000)[0] == pytest.approx((0.2 + 0.01) / 2)  # half way in log n
    sizes = [round(n * splits.fractions(n)[0]) for n in range(10_000, 100_000, 5_000)]
    assert sizes == sorted(sizes)


labels = st.lists(st.sampled_from("abcd"), min_size=12, max_size=200).map(
    lambda found: found + [x for x in set(found) for _ in range(2)] + ["x", "y"] * 3
)


@given(
    labels,
    st.integers(0, 5),
    st.sampled_from(["auto", 0.1, 0.3]),
    st.sampled_from(["auto", 0.0, 0.25]),
)
@settings(max_examples=80)
def test_every_class_is_split_within_one_example(
    targets: list[str], seed: int, dev: Any, test: Any
) -> None:
    assigned = splits.assign(
        examples_of(targets), dev=dev, test=test, stratify=splits.by_label, seed=seed
    )
    fraction = {"dev": 0.2 if dev == "auto" else dev, "test": 0.2 if test == "auto" else test}
    counts = Counter(zip(targets, assigned, strict=True))
    totals = Counter(targets)
    assert set(assigned) <= {"train", "dev", "test"}
    for split, part in fraction.items():
        for label, total in totals.items():
            assert abs(counts[label, split] - total * part) < 1 + 1e-9, (label, split)
            assert counts[label, "train"] >= 1
    if math.floor(len(targets) * fraction["dev"]) and min(totals.values()) >= 4:
        assert abs(assigned.count("dev") - len(targets) * fraction["dev"]) <= 0.5 + 1e-9


@given(st.integers(0, 10**6), st.integers(30, 120), st.floats(0, 1))
@settings(max_examples=60)
def test_groups_and_copies_stay_together_and_order_does_not_matter(
    seed: int, count: int, one_group: float
) -> None:
    random = Random(seed)
    groups = [0 if random.random() < one_group else random.randint(0, 12) for _ in range(count)]
    rows = [(random.choice("ab"), group) for group in groups]
    rows = [*rows, *((label, 100 + k) for k in range(4) for label in "ab")]
    # some examples occur twice, in different groups
    ids = [f"id{(at * 7) % 50}" for at in range(len(rows))]
    whole = examples_of(
        [label for label, _ in rows], ids=ids, groups=[f"g{group}" for _, group in rows]
    )
    try:
        assigned = splits.assign(whole, stratify=splits.by_label)
    except DataError as error:
        assert "too few" in str(error)
        return
    for column in (whole.ids, whole.groups or []):
        found = defaultdict(set)
        for name, split in zip(column, assigned, strict=True):
            found[name].add(split)
        assert all(len(held) == 1 for held in found.values())
    assert set(assigned) == {"train", "dev", "test"}
    order = list(range(len(rows)))
    random.shuffle(order)
    assert splits.assign(whole.take(order), stratify=splits.by_label) == [
        assigned[at] for at in order
    ]


def test_another_seed_gives_another_split_and_the_same_seed_the_same() -> None:
    whole = examples_of(["a", "b"] * 100)
    first = splits.assign(whole, stratify=splits.by_label)
    assert (
        first
        == splits.assign(whole, stratify=splits.by_label)
        != splits.assign(whole, stratify=splits.by_label, seed=1)
    )


def test_added_data_move_only_examples_at_the_cut() -> None:
    targets = ["a", "b"] * 500
    before = splits.assign(examples_of(targets), stratify=splits.by_label)
    after = splits.assign(examples_of(targets + ["a", "b"] * 50), stratify=splits.by_label)
    moved = Counter((b, a) for b, a in zip(before, after, strict=False) if a != b)
    assert sum(moved.values()) < 40
    assert not {("dev", "test"), ("test", "dev")} & set(moved)


@given(st.permutations(["test", "dev", "extra", "train"]))
def test_parts_stand_in_the_usual_order_whichever_example_comes_first(assigned: list[str]) -> None:
    parts = parts_of(examples_of(assigned), assigned)
    assert list(parts) == ["train", "dev", "test", "extra"]
    assert all(part.targets == [name] for name, part in parts.items())


def test_given_splits_are_kept_and_dev_is_cut_from_train() -> None:
    given = ["train"] * 100 + ["test"] * 20
    assigned = splits.assign(examples_of(["a", "b"] * 60, given=given), stratify=splits.by_label)
    assert assigned[100:] == ["test"] * 20
    assert Counter(assigned[:100]) == {"train": 80, "dev": 20}
    with_dev = ["train"] * 100 + ["dev"] * 20
    assert (
        splits.assign(examples_of(["a", "b"] * 60, given=with_dev), stratify=splits.by_label)
        == with_dev
    )
    only_train = splits.assign(
        examples_of(["a", "b"] * 60, given=["train"] * 120), stratify=splits.by_label
    )
    assert Counter(only_train) == {"train": 72, "dev": 24, "test": 24}


@pytest.mark.parametrize(
    ("targets", "given", "message"),
    [
        (["a"] * 20, None, "the label of 20 examples is always 'a'"),
        (["a"] * 20 + ["b"], None, "class 'b' has one example, row:20"),
        (["a"] * 20 + ["b", "c"], None, r"class 'b' \(and 1 other class\) has one"),
        (["a"] * 20 + ["b", "c", "d"], None, r"class 'b' \(and 2 other classes\) has one"),
        (["a", "a", "b", "b"], ["test"] * 4, "no train part"),
    ],
)
def test_what_cannot_be_split_is_one_sentence(
    targets: list[str], given: list[str | None], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        splits.assign(examples_of(targets, given=given), stratify=splits.by_label, classes=targets)


def test_too_few_examples_are_one_sentence() -> None:
    with pytest.raises(DataError, match="too few to cut dev and test"):
        splits.assign(examples_of([1.0, 2.0]))
    with pytest.raises(DataError, match=r"^2 examples are too few .* at least 3\.$"):
        splits.assign(examples_of([1.0, 2.0]))
    alike = dataclasses.replace(examples_of([1.0] * 40), ids=["same"] * 40)
    with pytest.raises(DataError, match=r"^40 examples, of which 1 can lie in different splits"):
        splits.assign(alike)
    assert sorted(splits.assign(examples_of([1.0, 2.0, 3.0]))) == ["dev", "test", "train"]


def test_numbers_are_split_by_quantile() -> None:
    targets = [float(at) for at in range(1000)]
    assigned = splits.assign(examples_of(targets), stratify=splits.by_quantile)
    for low in range(0, 1000, 100):
        assert Counter(assigned[low : low + 100]) == {"train": 60, "dev": 20, "test": 20}


def test_quantiles_agree_better_than_at_random() -> None:
    """The largest gap between the splits' distributions (Kolmogorov, Smirnov), against splits
    without strata.
    """

    def gap(assigned: list[str]) -> float:
        reached: list[list[float]] = []
        for name in splits.NAMES:
            own = sorted(t for t, split in zip(targets, assigned, strict=True) if split == name)
            reached.append([bisect.bisect_right(own, edge) / len(own) for edge in targets])
        return max(max(at) - min(at) for at in zip(*reached, strict=True))

    rng = Random(0)
    targets = [rng.lognormvariate(0, 1) for _ in range(300)]
    whole = examples_of(targets)
    even = [gap(splits.assign(whole, stratify=splits.by_quantile, seed=seed)) for seed in range(20)]
    free = [gap(splits.assign(whole, seed=seed)) for seed in range(20)]
    assert sum(even) < 0.75 * sum(free)


def test_added_numbers_move_only_examples_at_the_cut() -> None:
    """No more than added labels do, though the bins' edges shift: see the test of the labels."""
    rng = Random(1)
    targets = [rng.gauss(0, 1) for _ in range(1100)]
    before = splits.assign(examples_of(targets[:1000]), stratify=splits.by_quantile)
    after = splits.assign(examples_of(targets), stratify=splits.by_quantile)
    moved = Counter((b, a) for b, a in zip(before, after, strict=False) if a != b)
    assert sum(moved.values()) < 40
    assert not {("dev", "test"), ("test", "dev")} & set(moved)


def test_labels_that_train_never_saw_are_found() -> None:
    whole = examples_of(["a", "b", "a", "c"])
    found = splits.check(whole.targets, ["train", "train", "dev", "dev"])
    assert [finding.code for finding in found] == ["NW208", "NW206"]
    assert "'c'" in found[0].message and "'b'" in found[1].message


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=3), st.floats(0, 40), min_size=1, max_size=12
    )
)
def test_apportionment_adds_up_and_stays_within_one(quotas: dict[str, float]) -> None:
    room = dict.fromkeys(quotas, 100)
    found = splits.apportion(quotas, room)
    assert all(abs(found[name] - quota) < 1 + 1e-6 for name, quota in quotas.items())
    if sum(quotas.values()) >= 1:
        assert abs(sum(found.values()) - sum(quotas.values())) <= 0.5 + 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_a_class_whose_inputs_are_mostly_of_others_has_examples_in_train(seed: int) -> None:
    """Equal inputs stay together, and count under their most frequent label: a class may have none
    of its own, and all its examples lay in dev with those of others.
    """
    random = Random(seed)
    held = [random.randrange(25) for _ in range(100)]
    labels = ["p" if value % 2 else "q" for value in held]
    first = labels.index("p")
    labels[first] = labels[labels.index("q")] = "rare"
    ids = [f"i{value}" for value in held]
    examples = Examples(
        inputs=held, targets=labels, ids=ids, sources=[str(at) for at in range(100)]
    )
    assigned = splits.assign(examples, stratify=splits.by_label, classes=labels, seed=seed)
    found = {label for label, split in zip(labels, assigned, strict=True) if split == "train"}
    assert found == {"p", "q", "rare"} and set(assigned) == {"train", "dev", "test"}
    assert len(set(zip(ids, assigned, strict=True))) == len(set(ids))
