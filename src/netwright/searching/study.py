"""What the workers of a search share: its plan, its rounds, and its trials as plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from netwright.base.errors import NetwrightError, nearest
from netwright.base.seeds import seed_of
from netwright.recipe import in_todays_names
from netwright.runs.choice import Better
from netwright.searching.space import Space, dump, grid, load
from netwright.searching.storage.interface import Storage
from netwright.searching.trials import TrialRow, row_of

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.study import Study

SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "halving", "none")
PATIENT_TRIALS, PATIENT_EPOCHS = 4, 2
"""No trial is stopped early before so many trials are complete, nor before so many epochs of its
own.
"""


@dataclass(frozen=True)
class Plan:
    """What a search is; two searches of one name have the same.

    Args:
        source: as the person named it; empty for data in memory.
        fingerprint: of the data, so that a worker elsewhere cannot learn from others.
        recipe: where every trial starts, as nested values.
        space: of the first round, as ``space.dump`` writes it.
        metric: name, unit and better of the single number.
        bounds: as typed: ``size<=200kB``.
    """

    name: str
    source: str
    fingerprint: str
    recipe: Mapping[str, Any]
    space: Sequence[Mapping[str, Any]]
    metric: Mapping[str, str]
    sampler: str
    pruner: str
    bounds: Sequence[str]
    seed: int

    @property
    def better(self) -> Better:
        """Which way the single number is better."""
        return "lower" if self.metric["better"] == "lower" else "higher"


@dataclass(frozen=True)
class Round:
    """One round of a search: its space, the choices that earlier rounds settled, how many trials it
    is to have, and where they lie.

    Args:
        shares: the trials of every round that the search is to have.
    """

    plan: Plan
    number: int
    space: Space
    settled: Mapping[str, Any]
    trials: int
    shares: Sequence[int]
    study: Study
    storage: Storage

    def rows(self) -> list[TrialRow]:
        """Every trial, as it stands now."""
        return [row_of(trial, self.number) for trial in self.study.get_trials(deepcopy=False)]


def open_round(storage: Storage, name: str, number: int) -> Round | None:
    """A round that is there; None when it is not.

    Raises:
        NetwrightError: what is kept of it is no round.
    """
    import optuna

    try:
        study = optuna.load_study(study_name=_title(name, number), storage=storage.optuna)
    except KeyError:
        return None
    kept = study.user_attrs
    if "plan" not in kept:
        return None
    try:
        plan = _in_todays_words(Plan(**kept["plan"]))
        trials = int(kept["trials"])
        shares = kept.get("shares", [trials] * number)
        return Round(
            plan, number, load(kept["space"]), kept["settled"], trials, shares, study, storage
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise NetwrightError(
            f"{storage.where} does not hold what a search's storage does ({error}, of"
            f" {_title(name, number)}): it was changed; put it back from a copy, or begin a search"
            " with another --name."
        ) from None


def _in_todays_words(plan: Plan) -> Plan:
    """A plan that an earlier release may have written."""
    unit = {"share": "fraction"}.get(plan.metric["unit"], plan.metric["unit"])
    recipe = in_todays_names(plan.recipe)
    return replace(plan, recipe=recipe, metric={**plan.metric, "unit": unit})


def last_round(storage: Storage, name: str) -> Round:
    """The latest round of a search.

    Raises:
        NetwrightError: there is no such search.
    """
    found = open_round(storage, name, 1)
    if found is None:
        # its own name is there while it is being begun
        others = [other for other in names(storage) if other != name]
        raise NetwrightError(f"no search '{name}' in {storage.where}{nearest(name, others)}")
    while (after := open_round(storage, name, found.number + 1)) is not None:
        found = after
    return found


def names(storage: Storage) -> list[str]:
    """The searches that a storage holds."""
    import optuna

    titles = optuna.get_all_study_names(storage.optuna)
    return sorted({title.rpartition(" round ")[0] for title in titles if " round " in title})


def start_round(
    storage: Storage,
    plan: Plan,
    number: int,
    space: Space,
    shares: Sequence[int],
    settled: Mapping[str, Any],
) -> Round:
    """The round with the trials that ``shares`` gives it, made if it is not there; one that is
    there goes on when it is the same search, to more trials if more are asked for.

    Raises:
        NetwrightError: a search of this name has another plan, or a grid has more points than
            trials are allowed.
    """
    import optuna

    trials = shares[number - 1]
    with storage.turn():
        there = open_round(storage, plan.name, number)
        if there is not None:
            _refuse_another(there.plan, plan)
            if (len(shares), sum(shares)) > (len(there.shares), sum(there.shares)):
                there.study.set_user_attr("shares", list(shares))
            if trials > there.trials and plan.sampler != "grid":
                there.study.set_user_attr("trials", trials)
            return open_round(storage, plan.name, number) or there
        points = _points(space, trials) if plan.sampler == "grid" else []
        direction: Literal["minimize", "maximize"] = (
            "minimize" if plan.better == "lower" else "maximize"
        )
        study = optuna.create_study(
            study_name=_title(plan.name, number),
            storage=storage.optuna,
            direction=direction,
            load_if_exists=True,
        )
        for point in points:
            study.enqueue_trial(_params(space, point))
        study.set_user_attr("space", dump(space))
        study.set_user_attr("settled", dict(settled))
        study.set_user_attr("shares", list(shares))
        study.set_user_attr("trials", len(points) or trials)
        study.set_user_attr("plan", asdict(plan))  # last: a round without it is not there yet
    made = open_round(storage, plan.name, number)
    assert made is not None, "the round was just made"
    return made


def more_trials(storage: Storage, last: Round, trials: int) -> Round:
    """The last round of a search, to have so many that the search has ``trials`` in all; never
    fewer than it was to have.

    Raises:
        NetwrightError: it is a grid, whose points are all there.
    """
    before = [open_round(storage, last.plan.name, number) for number in range(1, last.number)]
    wanted = trials - sum(part.trials for part in before if part is not None)
    if wanted > last.trials:
        if last.plan.sampler == "grid":
            raise NetwrightError(
                f"the search '{last.plan.name}' is a grid of {last.trials} points: it takes no"
                " more; begin another one."
            )
        last.study.set_user_attr("trials", wanted)
    return open_round(storage, last.plan.name, last.number) or last


def _title(name: str, number: int) -> str:
    return f"{name} round {number}"


def _points(space: Space, trials: int) -> list[dict[str, float]]:
    points = grid(space, trials)
    if len(points) > trials:
        raise NetwrightError(
            f"a grid over {', '.join(one.key for one in space)} has at least {len(points)} points:"
            f" give --trials {len(points)} or more, or another sampler."
        )
    return points


def _params(space: Space, point: Mapping[str, float]) -> dict[str, Any]:
    """A point as Optuna's parameters: coordinates, and the words of choices."""
    return {
        one.key: words(one)[round(point[one.key])] if one.scale == "choice" else point[one.key]
        for one in space
        if one.key in point
    }


def words(one: Any) -> list[str]:
    """The choices of a dimension as words, each different."""
    from netwright.base.figures import setting

    return [setting(value) for value in one.choices]


def _refuse_another(old: Plan, new: Plan) -> None:
    for entry in fields(Plan):
        before, now = getattr(old, entry.name), getattr(new, entry.name)
        if entry.name in ("source", "name") or _plain(before) == _plain(now):
            continue
        if entry.name == "space":
            before, now = (
                "; ".join(f"{one.key} {one.words()}" for one in load(value))
                for value in (before, now)
            )
        what = {"fingerprint": "data", "recipe": "recipe"}.get(entry.name, entry.name)
        shown = "" if what in ("data", "recipe") else f" ({_short(before)}; now {_short(now)})"
        raise NetwrightError(
            f"there is a search '{new.name}' with another {what}{shown}: choose another --name, or"
            f" join it as it is with --join {new.name}."
        )


def _plain(value: Any) -> Any:
    import json

    return json.loads(json.dumps(value))


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def sampler_of(plan: Plan, number: int, trials: int) -> BaseSampler:
    """A sampler whose random numbers belong to the trial ``number`` alone, whoever makes it.

    Args:
        trials: of the round; the fewer, the sooner TPE trusts what it saw.
    """
    import optuna

    seed = seed_of(plan.seed, "search", number) % 2**32
    if plan.sampler != "tpe":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(
        seed=seed, multivariate=True, n_startup_trials=min(10, max(4, trials // 4))
    )


def pruner_of(plan: Plan) -> BasePruner:
    """What stops poor trials early, comparing them at the same epoch."""
    import optuna

    if plan.pruner == "median":
        return optuna.pruners.MedianPruner(
            n_startup_trials=PATIENT_TRIALS, n_warmup_steps=PATIENT_EPOCHS
        )
    if plan.pruner == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=PATIENT_EPOCHS, reduction_factor=3
        )
    return optuna.pruners.NopPruner()
