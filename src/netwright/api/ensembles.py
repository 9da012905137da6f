"""Several runs that answer together, or one in several crops of each input: an ensemble."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api import answering
from netwright.api.kept import crops as cropping
from netwright.api.kept import own_data
from netwright.api.kept.store import open_run, open_several
from netwright.api.predictor import Predictor
from netwright.api.run import Run
from netwright.api.trust import trusting
from netwright.base.errors import NetwrightWarning, RunError
from netwright.base.figures import counted
from netwright.contract import Answer, AnySystem, Examples

if TYPE_CHECKING:
    from netwright.api.trust.intervals import Intervals
    from netwright.base.measure import Measure


@dataclass(frozen=True)
class Ensemble(Predictor):
    """Runs of one system whose answers are combined into one, as the system says.

    Args:
        crops: how many of each input every run answers; None: the input alone.
    """

    members: tuple[Run, ...]
    crops: int | None = None

    @property
    def id(self) -> str:
        """The members' ids."""
        return ",".join(member.id for member in self.members)

    @property
    def system(self) -> AnySystem:
        """The kind of problem."""
        return self.members[0].system

    def reads(self, *, lenient: bool = False) -> answering.Reads:
        """As the first member does."""
        return self.members[0].reads(lenient=lenient)

    @property
    def test_openings(self) -> int:
        """How often the test split was opened: of the member with the most."""
        return max(member.test_openings for member in self.members)

    def intervals(self, level: float = 0.9) -> Intervals:
        """As of ``Run.intervals``, by how far off the combined answers are on dev.

        Raises:
            RunError: as of ``Run.intervals``, the members have other dev splits, or crops are
                answered, of which no answers on dev are kept.
        """
        from netwright.api.trust import intervals

        if self.crops:
            raise RunError(
                f"the intervals of {self.id} are of its answers to whole inputs, not to"
                f" {self.crops} crops: leave one of both out."
            )

        records = [member.record for member in self.members]
        chosen = [member.chosen for member in self.members]
        return intervals.of_runs(self.system, records, chosen, level)

    def evaluate(
        self,
        source: Any = None,
        *,
        split: str | None = None,
        target: str | Sequence[str] | None = None,
        lenient: bool = False,
        interval: float | None = None,
        abstain: float | None = None,
    ) -> dict[str, dict[str, Any]]:
        """The metrics of the combined answers, with intervals, as of ``Run.evaluate``; they are
        kept nowhere, but each member notes an opening of its test split. With crops also what they
        gain over whole inputs, pair by pair (``gain_of_crops``), and in how many times the time
        (``time_of_crops``).

        Args:
            source: data with targets; None: the first member's own source.
            split: of the source, or of the members: they must have it in common.
            target, lenient, interval, abstain: as of ``Run.evaluate``.

        Raises:
            RunError: a member has other examples in this split, so that the figure would be of
                examples that it was trained or chosen on.
            DataError: the data cannot be used, or hold no such split.

        Warns:
            NetwrightWarning: a member was trained on some of these examples, or what it answers by
                was chosen on them.
        """
        from netwright.metrics.measure import measure

        first = self.members[0]
        trust = trusting.Trust.of(self.system, self.intervals, interval, abstain)
        reading = None
        if source is not None:
            reading = answering.read_to_measure(
                self.system, first.recipe, source, target, first.record, lenient=lenient
            )
        if reading is None or (split is not None and own_data.are_of(first.record, reading)):
            split, path = split or "test", ""
            examples = answering.of_split(self.system, first.recipe, first.record, split, reading)
            self._check_shared(split, examples)
        else:
            path, examples, findings = answering.of_reading(
                self.system, first.recipe, reading, split, first.record
            )
            for finding in findings:
                warnings.warn(finding.message, NetwrightWarning, stacklevel=2)
        answer = self.ready_to_answer()  # may refuse: before the openings, which count
        for member in self.members:
            _note(member, examples, path, self._how)
        given = examples
        (examples, found), seconds = cropping.timed(
            lambda: answering.answered(self.system, first.codec, answer, given)
        )
        if path:
            answering.warn_of_unlike(examples, first.record.seen())
        if trust.ends:
            answering.warn_of_dev(first.record.own(examples.ids).get("dev", 0), examples, self.id)
        metrics = (*self.system.all_metrics(first.codec), *trust.metrics)
        measured = measure(metrics, examples, found)
        if self.crops:
            measured |= self._beside_whole(given, examples, found, seconds)
        return {name: one.as_json() for name, one in measured.items()}

    @property
    def _how(self) -> str:
        """How the examples of a test split came to be looked at."""
        if len(self.members) > 1:
            return "combined with other runs"
        return f"in {self.crops} crops"

    def _beside_whole(
        self, given: Examples, examples: Examples, found: Sequence[Answer], seconds: float
    ) -> dict[str, Measure]:
        """What crops gain over whole inputs, and what they cost.

        Args:
            given: as they were read; examples: as they are measured.
            found: the answers to crops, and in how many seconds.
        """
        whole = dataclasses.replace(self, crops=None).ready_to_answer()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NetwrightWarning)  # they came with the crops
            (_, answers), base = cropping.timed(
                lambda: answering.answered(self.system, self.members[0].codec, whole, given)
            )
        return cropping.beside_whole(self.system, examples, found, answers, seconds / base)

    def _check_shared(self, split: str, examples: Examples) -> None:
        """See that all of a split of the first member lies in that split of every other one."""
        first, *others = self.members
        for member in others:
            own = member.record.own(examples.ids)
            if trained := own.get("train"):
                raise RunError(
                    f"{member.id} was trained on {trained:,} of the"
                    f" {counted(len(examples), f'{split} example')} of {first.id}: together they"
                    " would be measured on what one of them has seen; combine runs that split the"
                    " same data alike (split.seed), or name a source that none was trained on."
                )
            if own.get(split, 0) < len(examples):
                raise RunError(
                    f"the {split} splits of {first.id} and {member.id} hold other examples: combine"
                    " runs that split the same data alike (split.seed), or name a source that none"
                    " was trained on."
                )

    def ready_to_answer(self) -> answering.Answering:
        """Every member's answers, to every crop, combined example by example."""
        combine = self.system.combine
        assert combine is not None
        members = [
            (member.ready_to_answer(), cropping.of_run(member, self.crops), member.chosen)
            for member in self.members
        ]

        def combined(examples: Examples) -> Sequence[Answer]:
            every, chosen = zip(
                *((one(some), own) for one, cut, own in members for some in cut(examples)),
                strict=True,
            )
            return [combine(answers, chosen) for answers in zip(*every, strict=True)]

        return cropping.in_parts(combined) if self.crops else combined


def combine(
    runs: Sequence[Run | str],
    *,
    crops: int | None = None,
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> Ensemble:
    """Several runs that answer together; or one or more, each to several crops of an input.

    Args:
        runs: two or more of one system, or their names; with ``crops`` one is enough.
        crops: of an image 2 (it and its mirror), 5 (the middle and the corners of a larger one) or
            10 (these and their mirrors); None: the input alone.
        store: where runs are kept (default: ``runs``).
        system: the folder of their system, where that is one of your own.

    Raises:
        RunError: there are fewer than two, one is named twice, they are of several systems, or of
            one that combines no answers; one cannot be opened, or has no such crops.
    """
    if crops is not None and len(runs) == 1:
        (run,) = runs
        opened = run if isinstance(run, Run) else open_run(run, store=store, system=system)
        members: tuple[Run, ...] = (opened,)
    else:
        members = tuple(open_several(runs, "combine", store=store, system=system))
    first = members[0]
    if first.system.combine is None:
        raise RunError(
            f"the system '{first.system.name}' combines no answers: predict with one run."
        )
    for member in members:
        cropping.of_run(member, crops)  # may refuse
    return Ensemble(members, crops)


def named(
    names: str,
    *,
    crops: int | None = None,
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> Run | Ensemble:
    """The run of a name, or the runs of several with commas between, combined; each answers so many
    crops of an input.
    """
    several = "," in names and not os.path.exists(names)  # noqa: PTH110 (False for a name too long)
    runs = [name for name in names.split(",") if name] if several else [names]
    if not several and crops is None:
        return open_run(names, store=store, system=system)
    return combine(runs, crops=crops, store=store, system=system)


def _note(member: Run, examples: Examples, path: str, how: str) -> None:
    """Note that a member's test split is opened; warn of examples that it was trained on."""
    own = member.record.own(examples.ids)
    if opened := own.get("test"):
        member.note_opening(f"{opened} of its examples, {how}")
    _warn(own.get("train"), examples, path, f"that {member.id} was trained on")
    if member.chosen:
        on_dev = f"of dev, on which {member.id} chose its {', '.join(member.chosen)}"
        _warn(own.get("dev"), examples, path, on_dev)


def _warn(seen: int | None, examples: Examples, path: str, what: str) -> None:
    """Warn where a figure is of examples that were seen before."""
    if not seen:
        return
    place = f" in {path}" if path else ""
    warnings.warn(
        f"{seen:,} of these {counted(len(examples), 'example')}{place} are among those {what}: the"
        " figures look better than they are.",
        NetwrightWarning,
        stacklevel=4,
    )
