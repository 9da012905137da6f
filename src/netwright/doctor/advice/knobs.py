"""Which knob reduces which gap: one knob, one goal (orthogonalization, notes 3.1.1).

Fits train: a bigger network, a better optimizer, longer, another architecture. Fits dev: more data,
augmentation, regularization. Fits the target's data: training data more like it. Fits test: a
larger dev set. Which knobs a system has for each, and how far they go, stands at the knobs
(``recipe.turns``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.recipe import Recipe
    from netwright.recipe.turns import Remedy

BIAS, VARIANCE, MISMATCH, OVERFIT = "avoidable bias", "variance", "data mismatch", "overfit to dev"


@dataclass(frozen=True)
class Knob:
    """A change to the recipe, or a request to the person.

    Args:
        gap: the gap it reduces.
        change: recipe key -> ``"30 -> 60"``; empty for a request, and where the recipe is unknown.
        message: one sentence for a person.
        cost: what it takes.
        hurts: its side effect: the gap that may grow; empty when none.
    """

    gap: str
    change: Mapping[str, str]
    message: str
    cost: str
    hurts: str = ""


@dataclass(frozen=True)
class AdviceForGap:
    """Something to do about a gap.

    Args:
        request: what is asked of the person, where no knob is turned; or what the knobs do, said
            where the recipe is unknown.
        remedy: what the knobs are turned for; None: a request.
        time: how many times as long a training takes, about.
        one_by_one: whether each knob is a change of its own, and not all together one.
        section: of the recipe, that holds what is to be turned on; empty: none.
        once_on: title and request in place of these, where something of the section is on.
    """

    title: str
    request: str
    cost: str
    hurts: str = ""
    remedy: Remedy | None = None
    time: float = 1.0
    one_by_one: bool = False
    section: str = ""
    once_on: tuple[str, str] = ("", "")


ADVICE: dict[str, tuple[AdviceForGap, ...]] = {
    BIAS: (
        AdviceForGap(
            "Bigger network",
            "more units or channels a layer, or more layers",
            cost="about 4 times the time a step",
            hurts="variance, unless it is regularized",
            remedy="bigger net",
            time=4.0,
        ),
        AdviceForGap(
            "Longer training",
            "twice the epochs (training.epochs)",
            cost="twice the time",
            hurts=VARIANCE,
            remedy="longer training",
            time=2.0,
        ),
        AdviceForGap(
            "Better optimizer",
            "--set optimizer.name=adamw; optimizer.lr three times, then a third of it;"
            " --set schedule.name=one_cycle",
            cost="one run a value",
            remedy="better optimizer",
            one_by_one=True,
        ),
        AdviceForGap(
            "Another architecture",
            "one made for this kind of data (model.name)",
            cost="one run; slower a step",
            remedy="another net",
            time=2.0,
        ),
        AdviceForGap(
            "Less regularization",
            "less dropout, optimizer.weight_decay and augmentation",
            cost="one run",
            hurts=VARIANCE,
            remedy="less regularization",
        ),
    ),
    VARIANCE: (
        AdviceForGap(
            "More training data",
            "the surest knob; how much it brings shows only once it is there",
            cost="collecting and labelling it",
        ),
        AdviceForGap(
            "Augmentation",
            "changes of the inputs that leave every label true",
            cost="little; longer training pays",
            hurts="avoidable bias, when too strong",
            remedy="more augmentation",
        ),
        AdviceForGap(
            "Regularization",
            "more optimizer.weight_decay, dropout",
            cost="one run a value",
            hurts=BIAS,
            remedy="more regularization",
            one_by_one=True,
        ),
        AdviceForGap(
            "Keep the best or the average weights",
            "--set training.keep=best, --set training.average=0.99",
            cost="none",
            remedy="kept weights",
        ),
        AdviceForGap(
            "Another architecture",
            "one made for this kind of data (model.name)",
            cost="one run; slower a step",
            remedy="another net",
            time=2.0,
        ),
    ),
    MISMATCH: (
        AdviceForGap(
            "Look at about 100 wrong dev examples beside training ones",
            "say what differs between the two",
            cost="an hour",
        ),
        AdviceForGap(
            "Training data more like dev",
            "move target-like examples into train, or collect them",
            cost="collecting it",
        ),
        AdviceForGap(
            "Make training examples look like dev's",
            "changes of the inputs that leave every label true",
            cost="little",
            hurts="avoidable bias",
            remedy="more augmentation",
        ),
        AdviceForGap(
            "Synthesize what differs (light, noise, blur; typos, case)",
            "netwright mismatch RUN names it, and fits steps that make training examples look so",
            cost="one run",
            hurts="variance, when few base items are used again and again",
            section="synthesis",
            once_on=(
                "Look at what still differs, now that inputs are synthesized",
                "netwright mismatch RUN says what does; where the inputs look alike, look at the"
                " labels of dev, netwright labels RUN",
            ),
        ),
    ),
    OVERFIT: (
        AdviceForGap(
            "Larger dev set",
            "a larger split.dev",
            cost="new examples, or fewer to train on",
            hurts=VARIANCE,
            remedy="larger dev set",
        ),
        AdviceForGap(
            "Fresh dev set from where test comes from",
            "then choose again among the runs",
            cost="collecting it",
        ),
        AdviceForGap(
            "Fewer choices made by dev",
            "go back to the simplest run whose dev error is within the noise of the best",
            cost="none",
        ),
    ),
}


def prescribe(
    gap: str, recipe: Recipe | None = None, unread: Collection[str] = ()
) -> tuple[Knob, ...]:
    """The knobs for ``gap``, the most useful first.

    Args:
        gap: a key of ``ADVICE``.
        recipe: the run's, whose knobs are named; None: unknown.
        unread: keys of knobs that the run's data leave unread.
    """
    known = (_knob(gap, advice, recipe, unread) for advice in ADVICE[gap])
    return tuple(knob for knob in known if knob is not None)


def _knob(
    gap: str, advice: AdviceForGap, recipe: Recipe | None, unread: Collection[str]
) -> Knob | None:
    change: dict[str, str] = {}
    if recipe is not None and advice.remedy is not None:
        found = turned(advice.remedy, recipe, unread)
        change = {key: _change_text(recipe.value(key), new) for key, new in found}
        if not change:
            return None
    is_on = recipe is not None and bool(advice.section) and _is_on(advice.section, recipe)
    title, request = advice.once_on if is_on else (advice.title, advice.request)
    return Knob(gap, change, f"{title}: {_spoken(change) or request}.", advice.cost, advice.hurts)


def _is_on(section: str, recipe: Recipe) -> bool:
    """Whether a recipe has such a section and changes anything in it."""
    from netwright.recipe import knobs

    plain_recipe, keys = type(recipe)(), knobs(type(recipe))
    own = [key for key in keys if key.startswith(f"{section}.")]
    return any(recipe.value(key) != plain_recipe.value(key) for key in own)


def turned(
    remedy: Remedy, recipe: Recipe, unread: Collection[str] = ()
) -> Iterator[tuple[str, Any]]:
    """(key, new value) of each knob of a run's recipe that is read and can be turned further."""
    from netwright.recipe import knobs, metadata

    for key, field in knobs(type(recipe)).items():
        value, when = recipe.value(key), metadata(field)["when"]
        if key in unread or (when and recipe.value(when[0]) not in when[1]):
            continue
        for turn in metadata(field)["turns"]:
            beside = recipe.value(turn.beside) if turn.beside else None
            if turn.remedy == remedy and turn.suits(beside):
                new = (turn.blind or None) if value == "auto" else turn.move(value)
                if new is not None and new != value:
                    yield key, new


def _change_text(value: Any, new: Any) -> str:
    """``30 -> 60``; where the value is chosen on the way, what it becomes."""
    return plain(new) if value == "auto" else f"{plain(value)} -> {plain(new)}"


def _spoken(change: Mapping[str, str]) -> str:
    """``a and b twice, c 1 -> 2``: keys that are changed alike are named at once."""
    alike: dict[str, list[str]] = {}
    for key, text in change.items():
        alike.setdefault(text, []).append(key)
    return ", ".join(f"{_listed(keys)} {text}" for text, keys in alike.items())


def _listed(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"


def plain(value: Any) -> str:
    """A knob's value in a sentence."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(list(value)) if isinstance(value, list | tuple) else str(value)
