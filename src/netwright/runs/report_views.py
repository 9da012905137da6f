"""What the report says of a run besides its head and its answers: plain values for the template,
pictures as SVG.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from netwright.runs import words
from netwright.runs.reading import Material
from netwright.runs.record import Record
from netwright.runs.report_headline import DASH

MOST = 40
"""Lines of a list that the report shows."""


class MissingError(Exception):
    """A section that cannot be made; the message says why, as a sentence for the reader."""


def advice(run: Material) -> dict[str, Any]:
    """The verdict, the findings and the knobs."""
    diagnosis = _need(run, "diagnosis.json")
    knobs = diagnosis.get("knobs", [])[:MOST]
    gaps = {
        _slug(gap["name"]) for gap in diagnosis.get("gaps", [])
    }  # said by the table of gaps, with the finding's code
    return {
        "verdict": diagnosis["verdict"],
        "findings": [
            finding for finding in diagnosis.get("findings", []) if finding["name"] not in gaps
        ][:MOST],
        "knobs": [{**knob, "change": change_lines(knob.get("change"))} for knob in knobs],
    }


def change_lines(change: Any) -> list[tuple[str, str]]:
    """A knob's change as (key, what) lines."""
    if isinstance(change, Mapping):
        return [
            (str(key), words.setting(value).replace(" -> ", " → ")) for key, value in change.items()
        ]
    return [("", str(change))] if change else []


def ladder(run: Material) -> dict[str, Any]:
    """The gap chart and the figures behind it."""
    from netwright.plots.gaps import gap_chart

    diagnosis = _need(run, "diagnosis.json")
    unit = diagnosis.get("unit", run.metric["unit"])
    share, flipped = unit == "share", bool(diagnosis.get("flipped"))
    rungs, gaps = diagnosis["rungs"], diagnosis["gaps"]
    codes = {finding["name"]: finding["code"] for finding in diagnosis.get("findings", [])}
    return {
        "chart": gap_chart(rungs, gaps, share=share, flipped=flipped),
        "rungs": [
            {
                "name": words.plain(rung["name"]),
                "level": _rung_level(rung, share, flipped, unit),
                "n": rung.get("n"),
            }
            for rung in rungs
        ],
        "gaps": [
            {
                **gap,
                "from_": words.plain(gap["from_"]),
                "to": words.plain(gap["to"]),
                "size": _gap_size(gap, unit),
                "code": codes.get(_slug(gap["name"]), ""),
            }
            for gap in gaps
        ],
        "metric": words.plain(diagnosis.get("metric", run.metric["name"])),
    }


def curves(run: Material) -> dict[str, Any]:
    """The loss and the single number over the epochs."""
    from netwright.plots.curves import loss_curve, metric_curve

    rows = run.curves
    if not rows:
        raise MissingError(
            _sentence(run, "curves.csv")
            if "curves.csv" in run.missing
            else "curves.csv holds no epoch yet."
        )
    name, kept = run.metric["name"], run.kept_epoch
    epochs, dev = _column(rows, "epoch"), _column(rows, f"dev_{name}")
    rate = _rates(run)
    low, high = _band(run, epochs, dev)
    watched = {
        key: _column(rows, f"train_{key}") for key in ("loss", name) if f"train_{key}" in rows[0]
    }
    splits = ("test",) if watched else ("train", "test")
    changes = [(mark.place, mark.says) for mark in run.marks]
    at = [(place, str(n)) for n, (place, _) in enumerate(changes, start=1) if place is not None]
    levels = [(split, found["value"]) for split in splits if (found := run.measured(split))]
    return {
        "loss": loss_curve(
            epochs,
            _column(rows, "loss"),
            _column(rows, "dev_loss"),
            rate=rate,
            steps=_steps(run, "loss"),
            best=kept,
            watched=watched.get("loss", ()),
            marks=at,
            left=_left(run, "dev_loss"),
        ),
        "metric": metric_curve(
            epochs,
            dev,
            name=words.plain(name),
            share=run.metric["unit"] == "share",
            low=low,
            high=high,
            levels=levels,
            rate=rate,
            best=kept,
            watched=watched.get(name, ()),
            marks=at,
            left=_left(run, f"dev_{name}"),
        ),
        "changes": [says for _, says in changes],
        "finder": _finder(run),
        "speed": _speed(rows),
    }


def _finder(run: Material) -> str:
    """What the learning-rate finder saw, where the run had one."""
    from netwright.plots.lr_finder import lr_sweep

    found, rows = run.info.get("lr_finder"), Record(run.folder).curves("lr_finder.csv")
    if not found or not rows:
        return ""
    rates, losses = ([row.get(name, math.nan) for row in rows] for name in ("rate", "loss"))
    return lr_sweep(rates, losses, basin=(found["low"], found["high"]), proposal=found["rate"])


def layers(run: Material) -> dict[str, Any]:
    """The size of activations and gradients in every layer over the steps."""
    from netwright.plots.layers import layer_sizes

    if not run.layers:
        raise MissingError(
            _sentence(run, "layers.csv")
            if "layers.csv" in run.missing
            else "The layers were not watched (training.watch_layers)."
        )
    codes = ("NW112", "NW113", "NW114", "NW115")
    found = [
        finding
        for finding in run.get("diagnosis.json").get("findings", [])
        if finding.get("code") in codes
    ]
    ill = sorted(
        {name for finding in found for name in finding.get("figures", {}).get("layers", [])}
    )
    pictures = {
        name: layer_sizes(_by_layer(run, name), title=title, ill=ill)
        for name, title in (("rms", "size of activations"), ("gradient", "size of gradients"))
        # a linear net has one layer, whose units nobody reads
        if any(row[name] > 0 for row in run.layers)
    }
    return {**pictures, "says": [finding["says"] for finding in found]}


def _by_layer(run: Material, name: str) -> dict[str, tuple[list[float], list[float]]]:
    order = dict.fromkeys(str(row["layer"]) for row in run.layers)
    rows = {layer: [row for row in run.layers if row["layer"] == layer] for layer in order}
    return {
        layer: ([row["step"] for row in own], [row[name] for row in own])
        for layer, own in rows.items()
    }


def _left(run: Material, name: str) -> list[tuple[list[float], list[float]]]:
    """The dev figures of each branch that a rewind left."""
    branches = sorted({row.get("branch", 0.0) for row in run.abandoned})
    parts = [
        [row for row in run.abandoned if row.get("branch", 0.0) == branch] for branch in branches
    ]
    return [(_column(part, "epoch"), _column(part, name)) for part in parts]


def choices(run: Material) -> dict[str, Any]:
    """What was chosen and why, and every knob that is not at its default."""
    says = [str(line)[:600] for line in run.info.get("says") or [] if line]
    why = run.info.get("why")
    if why and why not in says:
        says.insert(0, str(why)[:600])
    knobs = [
        {
            **knob,
            "default": words.setting(knob["default"]) or DASH,
            "value": words.shorten(words.setting(knob["value"]), 80),
        }
        for knob in run.differs
    ]
    if not says and not knobs:
        raise MissingError("The run holds no note of its choices.")
    return {
        "says": says[:MOST],
        "set": [knob for knob in knobs if knob["how"] == "set"][:80],
        "chosen": [knob for knob in knobs if knob["how"] != "set"][:80],
    }


def recipe(run: Material) -> str:
    """``recipe.yaml`` as written."""
    if not run.recipe_text:
        raise MissingError(_sentence(run, "recipe.yaml"))
    return run.recipe_text[:50_000]


def repeat(run: Material) -> dict[str, Any]:
    """The environment, and the commands to repeat the run and to go on with it."""
    environment = run.get("environment.json")
    packages = environment.get("packages") or {}
    lines = {key: value for key, value in environment.items() if key not in ("packages", "command")}
    name = run.info.get("id", run.folder.name)
    commands = (
        [("the command that made it", str(environment["command"])[:1000])]
        if environment.get("command")
        else []
    )
    commands.append(("the same again", f"netwright train --recipe runs/{name}/recipe.yaml"))
    if run.info.get("status") in ("stopped", "running"):
        commands.append(("go on from where it stopped", f"netwright train --resume {name}"))
    else:
        commands.append(("label new inputs", f"netwright predict {name} PATH"))
        if not run.measured("test"):
            commands.append(
                ("open the test split, once", f"netwright evaluate {name} --split test")
            )
    shown = {
        **{key: words.setting(value) for key, value in lines.items()},
        **{key: value for key, value in packages.items() if value},
    }
    return {
        "commands": commands,
        "environment": [
            (str(key)[:60], str(value)[:200]) for key, value in list(shown.items())[:60]
        ],
        "missing": _sentence(run, "environment.json") if not environment else "",
        "files": sorted(
            path.name + ("/" if path.is_dir() else "")
            for path in run.folder.iterdir()
            if path.name not in ("report.html",) and not path.name.startswith(".")
        )[:60],
    }


def _need(run: Material, name: str) -> Any:
    if name not in run.files:
        raise MissingError(_sentence(run, name))
    return run.files[name]


def _sentence(run: Material, name: str) -> str:
    """Why a file is not shown, and what would bring it."""
    why = run.missing.get(name, f"{name} is not in the run folder")
    hope = {
        "running": "the run is not complete",
        "stopped": "the run was stopped",
        "diverged": "training diverged",
    }.get(run.info.get("status", ""))
    return f"{why}{f': {hope}' if hope and 'is not in' in why else ''}."


def _rung_level(rung: Mapping[str, Any], share: bool, flipped: bool, unit: str) -> str:
    ends = (rung["error"], rung.get("low"), rung.get("high"))
    if share:
        return words.percent(*ends, dash=DASH)
    if flipped:
        value, low, high = (None if end is None else -end for end in ends)
        return words.number(value if value is not None else math.nan, high, low, unit=unit)
    return words.number(*ends, unit=unit)


def _gap_size(gap: Mapping[str, Any], unit: str) -> str:
    return words.points(gap["size"], gap.get("low"), gap.get("high"), unit=unit)


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def _column(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [row.get(name, math.nan) for row in rows]


def _band(
    run: Material, epochs: Sequence[float], dev: Sequence[float]
) -> tuple[list[float], list[float]]:
    """The interval of each epoch's figure: Wilson's for a share of wrong answers, else only that of
    the kept epoch.
    """
    from netwright.metrics.intervals import wilson

    found = run.measured("dev")
    size = found["n"] if found else (run.info.get("splits") or {}).get("dev")
    binary = (
        found.get("mean", run.metric["name"] == "error") if found else run.metric["name"] == "error"
    )
    if binary and size:
        ends = [
            wilson(value * size, size) if 0 <= value <= 1 else (math.nan, math.nan) for value in dev
        ]
        return [low for low, _ in ends], [high for _, high in ends]
    known = found is not None and found.get("low") is not None
    pairs = [
        (
            (found["low"], found["high"])
            if found and known and epoch == run.kept_epoch
            else (math.nan, math.nan)
        )
        for epoch in epochs
    ]
    return [low for low, _ in pairs], [high for _, high in pairs]


def _steps(run: Material, name: str) -> tuple[list[float], list[float]]:
    """A figure of single steps on the epoch axis: step / steps per epoch."""
    last = run.curves[-1]
    if not run.steps or name not in run.steps[0] or not last.get("step"):
        return [], []
    scale = last["epoch"] / last["step"]
    return [row["step"] * scale for row in run.steps], _column(run.steps, name)


def _rates(run: Material) -> tuple[list[float], list[float]]:
    """The learning rate step by step where it was sampled, else epoch by epoch."""
    for name in ("rate", "lr"):
        found = _steps(run, name)
        if found[0]:
            return found
        if name in run.curves[0]:
            return _column(run.curves, "epoch"), _column(run.curves, name)
    return [], []


def _speed(rows: Sequence[Mapping[str, float]]) -> str:
    from statistics import median

    known = [row["examples_per_second"] for row in rows if row.get("examples_per_second")]
    return f"{median(known):,.0f} examples a second (median of the epochs)." if known else ""
