"""One worker of a search: trains one trial after another until the round has all of them."""

from __future__ import annotations

import contextlib
import math
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DivergenceError, NetwrightError
from netwright.runs.choosing.choice import Bound
from netwright.searching.bounds import figures_of
from netwright.searching.space import active
from netwright.searching.storage.interface import readable_errors
from netwright.searching.study import Round, choice_labels, pruner_of, sampler_of
from netwright.searching.trials import FIGURES, TrialRow, row_of

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial, TrialState

    from netwright.training.trainer import PreparedTraining

Prepare = Callable[[Mapping[str, Any]], "PreparedTraining"]
"""knob -> value, to a training that is ready to begin."""

TRIES = 3
"""Settings whose worker dies are tried so many times."""

HOPELESS = 3
"""When the first so many trials all fail, the search stops: it is not their settings."""

WAIT = 0.5
"""Seconds between two looks for a trial to take."""


def work(round: Round, prepare: Prepare, bounds: Sequence[Bound]) -> Iterator[TrialRow]:
    """Make trials until the round has all of them; yields each that was made here.

    Trials of dead workers are tried again.

    Raises:
        KeyboardInterrupt: stopped by hand; the unfinished trial is put back and waits for whoever
            joins.
        NetwrightError: the first trials all fail, or the storage cannot be reached.
    """
    from optuna.exceptions import UpdateFinishedTrialError

    token = secrets.token_hex(4)
    study, storage = round.study, round.storage
    study.pruner = pruner_of(round.plan)
    with readable_errors(storage.name), storage.alive(token):
        while True:
            with storage.turn():
                for lost in storage.lost(study):
                    put_back(round, lost)
                trial = _take(round, token)
            if trial is not None:
                with storage.during(trial._trial_id), contextlib.suppress(UpdateFinishedTrialError):
                    # or it was given to another, since this worker had been silent
                    _make(trial, round, prepare, bounds)
                yield row_of(study.get_trials(deepcopy=False)[trial.number], round.number)
                _stop_if_hopeless(round)
            elif any(row.state in ("running", "waiting") for row in round.rows()):
                time.sleep(WAIT)  # another worker has the last trials: if it dies, they are ours
            else:
                return


def left(round: Round) -> int:
    """How many trials the round still lacks: those that nobody has ended yet."""
    return round.trials - sum(
        row.state not in ("lost", "running", "waiting") for row in round.rows()
    )


def put_back(round: Round, lost: FrozenTrial) -> None:
    """Line up the settings of a lost trial once more; after ``TRIES`` times they are given up."""
    again = [*lost.user_attrs.get("again", []), lost.number]
    if len(again) >= TRIES:
        return
    params = {**lost.system_attrs.get("fixed_params", {}), **lost.params}
    round.study.enqueue_trial(params, user_attrs={"again": again})


def _take(round: Round, token: str) -> Trial | None:
    """The next trial, or None when the round has as many as it is to have."""
    rows = round.rows()
    counted = sum(row.state != "lost" for row in rows)
    if counted >= round.trials and not any(row.state == "waiting" for row in rows):
        return None
    round.study.sampler = sampler_of(round.plan, len(rows), round.trials)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # signs of life are given by us
        trial = round.study.ask()
    trial.set_user_attr("worker", token)
    if _surplus(round, trial.number):
        round.study.tell(trial, state=_states().FAIL)
        return None
    return trial


def _surplus(round: Round, number: int) -> bool:
    """Whether two workers took the last trial at once, and this is the later one."""
    before = [row for row in round.rows() if row.state != "lost" and row.number < number]
    return len(before) >= round.trials


def _make(trial: Trial, round: Round, prepare: Prepare, bounds: Sequence[Bound]) -> None:
    """Train one trial to its end and record how it ended; the search goes on if it fails."""
    states, study = _states(), round.study
    try:
        training = prepare(_draw(trial, round))
        training.record.note(search=round.plan.name, round=round.number, trial=trial.number)
        trial.set_user_attr("run", training.record.id)
        stopped = _train(trial, round, training)
        if stopped:
            trial.set_user_attr("why", stopped)
            study.tell(trial, None, states.PRUNED)
            return
        value = _keep_result(trial, round, training, bounds)
        study.tell(trial, value, states.COMPLETE)
    except DivergenceError as error:
        trial.set_user_attr("diverged", True)
        trial.set_user_attr("why", str(error))
        study.tell(trial, None, states.PRUNED)  # for the sampler: worse than whatever ended
    except (NetwrightError, MemoryError, RuntimeError, ValueError) as error:
        if _is_storage(error):
            raise
        trial.set_user_attr("why", str(error) or type(error).__name__)
        study.tell(trial, None, states.FAIL)
    except BaseException:
        study.tell(trial, None, states.FAIL)
        put_back(round, _frozen(study, trial))
        raise


def _draw(trial: Trial, round: Round) -> dict[str, Any]:
    """The trial's settings: each knob's coordinate from the sampler, made a value."""
    values = dict(round.fixed)
    for knob in round.space:
        if not active(knob, values):
            continue
        if knob.scale == "choice":
            labels = choice_labels(knob)
            label = trial.suggest_categorical(knob.key, labels)
            values[knob.key] = knob.choices[labels.index(label)]
        else:
            values[knob.key] = knob.value(trial.suggest_float(knob.key, *knob.ends))
    trial.set_user_attr("values", values)
    return values


def _train(trial: Trial, round: Round, training: PreparedTraining) -> str:
    """Train, and report every epoch's dev figure; why it was stopped early, or the empty text."""
    from netwright.training import trainer

    metric = round.plan.metric["name"]
    with training.hold:
        steps = trainer.fit(training)
        for progress in steps:
            if progress.dev is None:
                continue
            trial.report(progress.dev[metric], progress.epoch)
            if progress.step < progress.steps and trial.should_prune():
                steps.close()
                why = (
                    f"stopped early by its search: poorer than the others at epoch {progress.epoch}"
                )
                training.record.note(message=f"{why} ({round.plan.name}, trial {trial.number})")
                return why
    return ""


def _keep_result(
    trial: Trial, round: Round, training: PreparedTraining, bounds: Sequence[Bound]
) -> float:
    measures = training.record.measures()["dev"]
    measured = measures[round.plan.metric["name"]]
    figures = figures_of(training, measures, bounds)
    if not math.isfinite(measured.value):
        raise NetwrightError(
            f"{training.record.id}: the dev {round.plan.metric['name']} is not a number."
        )
    for bound in bounds:
        trial.set_constraint(bound.text, min(bound.excess(figures), 1e9))
    epoch_kept = training.record.info()["epoch_kept"]
    losses = [row.figure("dev_loss") for row in training.record.curves() if row.epoch == epoch_kept]
    loss = losses[0] if losses else None
    trial.set_user_attr("result", {FIGURES: figures, "measured": measured.as_json(), "loss": loss})
    return measured.value


def _stop_if_hopeless(round: Round) -> None:
    rows = [row for row in round.rows() if row.state not in ("lost", "running", "waiting")]
    if len(rows) >= HOPELESS and all(row.state == "failed" for row in rows):
        raise NetwrightError(
            f"the first {len(rows)} trials all failed, so it is not their settings: {rows[0].why}"
        )


def _frozen(study: Study, trial: Trial) -> FrozenTrial:
    return study.get_trials(deepcopy=False)[trial.number]


def _states() -> type[TrialState]:
    from optuna.trial import TrialState

    return TrialState


def _is_storage(error: BaseException) -> bool:
    """Whether it is the storage that failed and not the training."""
    from optuna.exceptions import OptunaError

    return isinstance(error, OptunaError)
