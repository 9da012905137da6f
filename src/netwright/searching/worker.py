"""One worker of a search: takes a trial, trains it, tells the figure, until the round has all its
trials.
"""

from __future__ import annotations

import contextlib
import math
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DivergenceError, NetwrightError
from netwright.runs.choice import Bound
from netwright.searching import bounds as bounded
from netwright.searching.space import active
from netwright.searching.storage.interface import spoken
from netwright.searching.study import Round, pruner_of, sampler_of, words
from netwright.searching.trials import TrialRow, row_of

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, Trial

    from netwright.training.setup import TrainingSetup

Prepare = Callable[[Mapping[str, Any]], "TrainingSetup"]
"""knob -> value, to a training that is ready to begin."""

TRIES = 3
"""So often are settings tried whose worker dies."""

HOPELESS = 3
"""So many trials may fail before any ends well; then the search stops, since it is not their
settings.
"""

WAIT = 0.5


def work(round: Round, prepare: Prepare, bounds: Sequence[Bound]) -> Iterator[TrialRow]:
    """Make trials until the round has all of them, those of dead workers included; yields each that
    was made here.

    Raises:
        KeyboardInterrupt: stopped by hand; the trial in hand is put back and waits for whoever
            joins.
        NetwrightError: the first trials all fail, or the storage cannot be reached.
    """
    from optuna.exceptions import UpdateFinishedTrialError

    token = secrets.token_hex(4)
    study, storage = round.study, round.storage
    study.pruner = pruner_of(round.plan)
    with spoken(storage.where), storage.alive(token):
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
    """Line up the settings of a trial whose worker is gone once more; after ``TRIES`` the settings
    are given up.
    """
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
    """Train one trial to its end and tell how it ended; a trial that fails is told, too, and the
    search goes on.
    """
    states, study = _states(), round.study
    try:
        job = prepare(_draw(trial, round))
        job.record.note(search=round.plan.name, round=round.number, trial=trial.number)
        trial.set_user_attr("run", job.record.id)
        stopped = _train(trial, round, job)
        if stopped:
            trial.set_user_attr("why", stopped)
            study.tell(trial, None, states.PRUNED)
            return
        value = _keep_result(trial, round, job, bounds)
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
    values = dict(round.settled)
    for one in round.space:
        if not active(one, values):
            continue
        if one.scale == "choice":
            values[one.key] = one.choices[
                words(one).index(trial.suggest_categorical(one.key, words(one)))
            ]
        else:
            values[one.key] = one.value(trial.suggest_float(one.key, *one.ends))
    trial.set_user_attr("values", values)
    return values


def _train(trial: Trial, round: Round, job: TrainingSetup) -> str:
    """Train, the dev figure told after every epoch; returns why it was stopped early, or the empty
    text.
    """
    from netwright.training import trainer

    metric = round.plan.metric["name"]
    with job.record.held():
        steps = trainer.fit(job)
        for progress in steps:
            if progress.dev is None:
                continue
            trial.report(progress.dev[metric], progress.epoch)
            if progress.step < progress.steps and trial.should_prune():
                steps.close()
                why = (
                    f"stopped early by its search: poorer than the others at epoch {progress.epoch}"
                )
                job.record.note(message=f"{why} ({round.plan.name}, trial {trial.number})")
                return why
    return ""


def _keep_result(trial: Trial, round: Round, job: TrainingSetup, bounds: Sequence[Bound]) -> float:
    dev = job.record.measures()["dev"]
    measured, facts = dev[round.plan.metric["name"]], bounded.facts_of(job, dev, bounds)
    if not math.isfinite(measured.value):
        raise NetwrightError(
            f"{job.record.id}: the dev {round.plan.metric['name']} is not a number."
        )
    for bound in bounds:
        trial.set_constraint(bound.text, min(bound.excess(facts), 1e9))
    losses = [
        row["dev_loss"]
        for row in job.record.curves()
        if row["epoch"] == job.record.info()["epoch_kept"]
    ]
    trial.set_user_attr(
        "result",
        {"facts": facts, "measured": measured.as_json(), "loss": losses[0] if losses else None},
    )
    return measured.value


def _stop_if_hopeless(round: Round) -> None:
    rows = [row for row in round.rows() if row.state not in ("lost", "running", "waiting")]
    if len(rows) >= HOPELESS and all(row.state == "failed" for row in rows):
        raise NetwrightError(
            f"the first {len(rows)} trials all failed, so it is not their settings: {rows[0].why}"
        )


def _frozen(study: Any, trial: Trial) -> FrozenTrial:
    found: FrozenTrial = study.get_trials(deepcopy=False)[trial.number]
    return found


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState


def _is_storage(error: BaseException) -> bool:
    """Whether it is the storage that failed and not the training."""
    from optuna.exceptions import OptunaError

    return isinstance(error, OptunaError)
