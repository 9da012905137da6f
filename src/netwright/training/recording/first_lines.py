"""What a person is told before the first step: what was read, what was chosen, and why."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.base.figures import counted
from netwright.base.findings import Finding
from netwright.contract import Examples, Reading
from netwright.data import splits
from netwright.data.splits import unread
from netwright.recipe import resolved
from netwright.training.batching import example_weights
from netwright.training.freezing import stages
from netwright.training.optim import averages
from netwright.training.probes import find_rate
from netwright.training.probes.lr_finder import Sweep
from netwright.training.setup import TrainingSetup, without_test


def first_lines(
    setup: TrainingSetup,
    reading: Reading,
    findings: tuple[Finding, ...],
    tried: list[str],
    sweep: Sweep | None,
    timeline: splits.Timeline | None,
) -> list[str]:
    """What a person is told before the first step."""
    recipe, device = setup.recipe, setup.device
    count = resolved(recipe.training.threads)
    on_cpu = device.torch_device.type == "cpu"
    threads = f", {count} thread{'s' if count > 1 else ''}" if on_cpu else ""
    return [
        reading.source.why,
        *reading.notes,
        *_of_the_split(reading.examples, setup, timeline),
        *_without_target(setup.splits),
        *setup.system.notes(recipe, reading.source),
        *setup.system.coverage(setup.own_codec, without_test(setup.splits)),
        *averages.messages(recipe),
        *example_weights.messages(setup.system, recipe, setup.train),
        *(
            f"{finding.code} {finding.name}: {finding.message}"
            for finding in findings
            if finding.severity != "note"
        ),
        f"model {recipe.model.name}, {setup.parameters:,} parameters, on {device}{threads}",
        *([setup.taken_over.message] if setup.taken_over else []),
        *stages.messages(setup.system, setup.net, recipe, setup.taken_over),
        *tried,
        *([find_rate.message(sweep)] if sweep else []),
    ]


def _of_the_split(
    examples: Examples, setup: TrainingSetup, timeline: splits.Timeline | None
) -> list[str]:
    recipe = setup.recipe
    left_out = len(examples) - sum(map(len, setup.splits.values()))
    lines = unread.messages(examples, recipe, left_out)
    if timeline is not None:
        return [str(timeline), *lines]
    data = recipe.data
    if data.time is None or data.series is not None or splits.all_given(examples):
        return lines
    return [
        f"the column '{data.time}' is the time of each row, and the splits are drawn all"
        " the same: --set split.by=time takes the latest for dev and test",
        *lines,
    ]


def _without_target(parts: Mapping[str, Examples]) -> list[str]:
    """How many examples have no known target, of the splits that are looked at; test is sealed."""
    counts = {
        name: sum(target is None for target in part.targets)
        for name, part in without_test(parts).items()
        if None in part.targets
    }
    if not counts:
        return []
    listed = " and ".join(
        f"{count:,} of the {counted(len(parts[name]), f'{name} example')}"
        for name, count in counts.items()
    )
    return [f"no target is known of {listed}: figures are of the others"]
