"""What all workers of a search must know: its plan, its rounds, its trials as plain rows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from netwright.base.errors import NetwrightError, nearest
from netwright.base.figures import setting
from netwright.base.seeds import seed_of
from netwright.recipe import EARLIER_DEFAULTS, Recipe, in_todays_names
from netwright.runs.choosing.choice import Better
from netwright.searching.space import Dimension, Space, dump, grid, load
from netwright.searching.storage.interface import Storage
from netwright.searching.trials import TrialRow, in_todays_units, row_of

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.study import Study

SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "halving", "none")
PATIENT_TRIALS, PATIENT_EPOCHS = 4, 2
"""No trial is stopped early before so many are complete and it has trained so many epochs."""

FIXED, TRIALS_PER_ROUND = "settled", "shares"
"""Names of these fields of a round in its storage, where searches of every release have them."""


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
    """One round of a search.

    Args:
        number: 1 for the first.
        space: what it searches.
        fixed: the choices that earlier rounds made: knob -> value.
        trials: how many it is to have.
        trials_per_round: how many each round of the search is to have.
        study: its trials, for Optuna.
        storage: where they are kept.
    """

    plan: Plan
    number: int
    space: Space
    fixed: Mapping[str, Any]
    trials: int
    trials_per_round: Sequence[int]
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
        trials_per_round = kept.get(TRIALS_PER_ROUND, [trials] * number)
        return Round(
            plan, number, load(kept["space"]), kept[FIXED], trials, trials_per_round, study, storage
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise NetwrightError(
            f"{storage.name} does not hold what a search's storage does ({error}, of"
            f" {_title(name, number)}): it was changed; put it back from a copy, or begin a search"
            " with another --name."
        ) from None


def _in_todays_words(plan: Plan) -> Plan:
    """A plan that an earlier release may have written.

    Raises:
        LookupError: its metric lacks something.
    """
    metric = {key: plan.metric[key] for key in ("name", "unit", "better")}
    return replace(plan, recipe=in_todays_names(plan.recipe), metric=in_todays_units(metric))


def last_round(storage: Storage, name: str) -> Round:
    """The latest round of a search.

    Raises:
        NetwrightError: there is no such search.
    """
    found = open_round(storage, name, 1)
    if found is None:
        # the search's own name may be there already: another process is about to begin it
        others = [other for other in names(storage) if other != name]
        raise NetwrightError(f"no search '{name}' in {storage.name}{nearest(name, others)}")
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
    trials_per_round: Sequence[int],
    fixed: Mapping[str, Any],
) -> Round:
    """The round of this number, made if it is not there.

    One that is there goes on if it is of the same search, to more trials if more are wanted.

    Args:
        trials_per_round: how many each round is to have; this one has entry ``number - 1``.
        fixed: the choices that earlier rounds made: knob -> value.

    Raises:
        NetwrightError: a search of this name has another plan, or a grid has more points than
            trials are allowed.
    """
    import optuna

    trials = trials_per_round[number - 1]
    with storage.turn():
        there = open_round(storage, plan.name, number)
        if there is not None:
            _refuse_another(there.plan, plan)
            if (len(trials_per_round), sum(trials_per_round)) > (
                len(there.trials_per_round),
                sum(there.trials_per_round),
            ):
                there.study.set_user_attr(TRIALS_PER_ROUND, list(trials_per_round))
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
        study.set_user_attr(FIXED, dict(fixed))
        study.set_user_attr(TRIALS_PER_ROUND, list(trials_per_round))
        study.set_user_attr("trials", len(points) or trials)
        study.set_user_attr("plan", asdict(plan))  # last: a round without it is not there yet
    made = open_round(storage, plan.name, number)
    assert made is not None, "the round was just made"
    return made


def more_trials(storage: Storage, last: Round, trials: int) -> Round:
    """The last round of a search, with so many trials that the search has ``trials`` in all.

    It never has fewer than before.

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
            f"a grid over {', '.join(knob.key for knob in space)} has at least {len(points)}"
            f" points: give --trials {len(points)} or more, or another sampler."
        )
    return points


def _params(space: Space, point: Mapping[str, float]) -> dict[str, Any]:
    """A point as Optuna's parameters: coordinates, and the labels of choices."""
    params: dict[str, Any] = {}
    for knob in space:
        if knob.key in point:
            place = point[knob.key]
            params[knob.key] = (
                choice_labels(knob)[round(place)] if knob.scale == "choice" else place
            )
    return params


def choice_labels(knob: Dimension) -> list[str]:
    """The choices of a knob as texts, each different."""
    return [setting(value) for value in knob.choices]


def _refuse_another(old: Plan, new: Plan) -> None:
    for field in fields(Plan):
        before, now = getattr(old, field.name), getattr(new, field.name)
        if field.name == "recipe":  # an earlier release wrote knobs that the system does not have
            before = _with_todays_defaults(before, now)
            before, now = (_anywhere(_of_todays_knobs(one, now)) for one in (before, now))
        if field.name in ("source", "name") or _plain(before) == _plain(now):
            continue
        if field.name == "space":
            before, now = (
                "; ".join(f"{knob.key} {knob.description()}" for knob in load(value))
                for value in (before, now)
            )
        what = {"fingerprint": "data", "recipe": "recipe"}.get(field.name, field.name)
        shown = "" if what in ("data", "recipe") else f" ({_short(before)}; now {_short(now)})"
        raise NetwrightError(
            f"there is a search '{new.name}' with another {what}{shown}: choose another --name, or"
            f" join it as it is with --join {shlex.quote(new.name)}."
        )


def _anywhere(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Without the place of the data: that they are the same, their fingerprint says."""
    return {**recipe, "data": {**recipe.get("data", {}), "source": ""}}


def _with_todays_defaults(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's nested values with what another leaves to today's default, where they hold the
    default of an earlier release.
    """
    changed = dict(before)
    for key, earlier in EARLIER_DEFAULTS.items():
        section, name = key.split(".")
        left = now.get(section, {}).get(name) == "auto"
        if left and before.get(section, {}).get(name) == earlier:
            changed[section] = {**before[section], name: "auto"}
    return changed


def _of_todays_knobs(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Of a recipe's nested values, those whose sections and knobs another has, too; of knobs that
    there were not yet a shared one stands at its default, and one of the system as it is now.
    """
    shared = Recipe().model_dump(mode="json")
    new = {name: part for name, part in now.items() if name not in before}
    return new | {
        name: {**now[name], **shared.get(name, {}), **_of(part, now[name])}
        if isinstance(part, Mapping)
        else part
        for name, part in before.items()
        if name in now
    }


def _of(part: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key in other}


def _plain(value: Any) -> Any:
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
