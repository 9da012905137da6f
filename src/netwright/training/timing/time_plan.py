"""A training that ends when its time is over: its length is planned anew as its pace shows.

Each plan is a tweak of ``training.epochs``, or of ``training.max_examples`` where few epochs fit,
noted with its step. So the schedule always plans by an end that is reached, a training that was
killed goes on by the same plans, and one that is repeated takes the same steps, by any clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netwright.base.figures import counted, duration
from netwright.runs.record import Record
from netwright.runs.schema import TimeLimitInfo
from netwright.training.batching.train_batches import course_of
from netwright.training.course import TrainingCourse
from netwright.training.optim.schedules import examples_of, steps_of
from netwright.training.recorder import Recorder, measured
from netwright.training.timing import references
from netwright.training.timing.pace import Pace, Stretch

WRITING, BUSIEST = 2.0, 5.0
"""Seconds for the answers, the diagnosis and the report, on an idle machine; and how many times as
long they are expected to take on a busy one.
"""

SAFE = 0.98
"""Of the time that is left, what is planned for: a plan that is too long is cut where the rate is
lowest.
"""

WHOLE = 10
"""Where so many epochs fit, whole ones are planned: less than a tenth of the time is left over."""

WORTH = 0.03
"""Of all steps: a plan that differs by less stays; and of the time, between two plans at least."""

SURE = 2.0
"""Standard errors of the pace by which a new plan is to differ: else it would follow its noise, and
each change of plan costs the steps that it takes to record a step anew.
"""

LAST = 0.1
"""Of the time: with so little left a plan stays, as the rate is low wherever it ends."""

CHANGED = 3.0
"""Standard errors by which the latest steps differ from all when the pace has changed: what was
before counts no more.
"""

FIRST = 5
"""Steps that a pace is measured from, at least."""


class TimePlan:
    """The plans of one training.

    Args:
        pace: as rehearsed; None: it shows once steps are taken.
    """

    def __init__(self, limit: TimeLimitInfo, recorder: Recorder, pace: Pace | None) -> None:
        self.limit, self.recorder, self.pace = limit, recorder, pace
        self.most = limit.get("epochs", math.inf)
        self.planned: int | None = None  # epochs, by the last plan
        self.first = recorder.state.step
        place = self._place(recorder.state.place)
        self.seen = Stretch(recorder.clock.wall, place)  # all steps of today's pace
        self.latest = Stretch(recorder.clock.wall, place)  # since it was last looked at
        self.last = (recorder.state.step, recorder.clock.wall)
        self.next = 0.0 if pace else self._used + 0.02 * limit["seconds"]
        self.over = False

    @classmethod
    def of_record(cls, record: Record, recorder: Recorder, pace: Pace | None) -> TimePlan | None:
        """As the record says; None: the training has all the time it takes."""
        limit = record.info().get("time_limit")
        return None if limit is None else cls(limit, recorder, pace)

    def changes(self, course: TrainingCourse) -> dict[str, Any] | None:
        """What to change in the recipe after the step just taken; None: nothing."""
        left, place = self._left(), self._place(self.recorder.state.place)
        self._note_step()
        if self.over:
            return None
        if left <= 0:
            self.over = True
            return self._differing(self._until(self._soonest(place), course))
        if self._used < self.next or left < LAST * self.limit["seconds"]:
            return None
        self._look(place)
        seconds = self._of_a_step(course, place)
        if seconds is None:
            return None
        wait = max(WORTH * self.limit["seconds"], min(self._used, 0.3 * left))
        self.next = self._used + wait
        plan = self._plan(place, SAFE * left / seconds, course)
        apart = abs(self._steps_of(plan, course) - course.steps)
        noise = SURE * self.seen.times.noise * left / seconds
        return self._differing(plan) if apart >= max(1, WORTH * course.steps, noise) else None

    def message(self) -> str:
        """How the training ended."""
        recorder, given = self.recorder, duration(self.limit["seconds"])
        done = f"{counted(recorder.curves.epoch, 'epoch')}, {counted(recorder.state.step, 'step')}"
        if recorder.curves.epoch >= self.most or recorder.patience_over():
            return f"ended after {done}, within the {given} given"
        taken = self._used
        if taken > self.limit["seconds"]:
            return f"stopped by time: {given} were given, {duration(taken)} taken, for {done}"
        return f"stopped by time: {given} were given, enough for {done}"

    # --- what is left, and how fast it goes

    def _note_step(self) -> None:
        """How long the step just taken took; not of one after which dev was measured."""
        (step, before), state, now = self.last, self.recorder.state, self.recorder.clock.wall
        if state.step == step + 1 and state.done:
            self.seen.times.add(now - before)
            self.latest.times.add(now - before)
        self.last = (state.step, now)

    def _look(self, place: float) -> None:
        """Forget what was seen before the latest steps, where the pace has changed."""
        times = self.latest.times
        if times.count >= FIRST and times.differs(self.seen.times, CHANGED):
            self.seen = Stretch(self.latest.wall, self.latest.place, replace(times))
        self.latest = Stretch(self.recorder.clock.wall, place)

    @property
    def _used(self) -> float:
        return self.recorder.clock.wall - self.limit["since"]

    def _left(self) -> float:
        """Seconds for steps: without the last measurements and the report."""
        setup, dev = self.recorder.setup, max(1, len(self.recorder.setup.dev_units))
        answered = 2 + min(measured(len(setup.dev)), len(setup.train_units)) / dev
        beside = references.seconds_of(setup.system, setup.recipe, {**self.limit})
        at_end = self._evaluation * answered + beside + WRITING * self._busy
        return self.limit["seconds"] - self._used - at_end

    @property
    def _busy(self) -> float:
        """How many times longer than its own work this process takes."""
        clock = self.recorder.clock
        return min(BUSIEST, max(1.0, clock.wall / max(clock.cpu, 0.1)))

    @property
    def _evaluation(self) -> float:
        return self.recorder.evaluation or (self.pace.evaluation if self.pace else 0.0)

    def _of_a_step(self, course: TrainingCourse, place: float) -> float | None:
        """Seconds of a step with its part of the evaluations, at this pace; None: not known yet."""
        wall, before = self.seen.wall, self.seen.place
        part = self._evaluation / course.per_epoch
        if place - before >= FIRST:
            found = (self.recorder.clock.wall - wall) / (place - before)
            within = place // course.per_epoch == before // course.per_epoch
            return found + (part if within else 0.0)
        return None if self.pace is None else self.pace.step + part

    def _place(self, place: float) -> float:
        """Where the training is; before its loop has begun, by whole epochs."""
        state, setup = self.recorder.state, self.recorder.setup
        if place or not state.step:
            return place
        course = course_of(setup, self.recorder.loaders.train)
        return course.place(state.epoch, state.done, course.per_epoch)

    # --- the plan

    def _plan(self, place: float, fit: float, course: TrainingCourse) -> dict[str, Any]:
        """Whole epochs where many fit, else so many examples; never more epochs than allowed.

        Args:
            fit: steps that the time allows from ``place`` on.
        """
        knobs = self.recorder.setup.recipe.training
        if self.planned not in (None, knobs.epochs):  # a person has changed it since
            self.most = float(knobs.epochs)
        steps, soonest = place + fit, self._soonest(place)
        whole = min(self.most, steps // course.per_epoch)
        many = whole == self.most or whole >= max(WHOLE, (knobs.patience or 0) + 1)
        if many and whole * course.per_epoch >= soonest:
            plan = {"training.epochs": int(whole), "training.max_examples": None}
        else:
            plan = self._until(max(math.floor(steps), soonest), course)
        self.planned = plan["training.epochs"]
        return plan

    def _steps_of(self, plan: Mapping[str, Any], course: TrainingCourse) -> int:
        """Steps of a training by this plan: of epochs as long as the first."""
        recipe = self.recorder.setup.recipe.changed(plan)
        return steps_of(recipe, course.per_epoch, len(self.recorder.setup.train_units))

    def _soonest(self, place: float) -> int:
        """The next end: here between two epochs, else after one more step, with which the epoch is
        measured; never before a step is taken.
        """
        state = self.recorder.state
        return math.floor(place) + bool(state.done or state.step == self.first)

    def _until(self, steps: int, course: TrainingCourse) -> dict[str, Any]:
        """An end after so many steps."""
        setup = self.recorder.setup
        steps, least = max(1, steps), (setup.recipe.training.patience or 0) + 1
        examples = examples_of(setup.recipe, steps, course.per_epoch, len(setup.train_units))
        epochs = max(-(-steps // course.per_epoch), least)
        return {"training.epochs": epochs, "training.max_examples": examples}

    def _differing(self, plan: Mapping[str, Any]) -> dict[str, Any] | None:
        recipe = self.recorder.setup.recipe
        return {key: new for key, new in plan.items() if recipe.value(key) != new} or None
