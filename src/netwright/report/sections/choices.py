"""What was chosen in a run, its recipe, and how to repeat it."""

from __future__ import annotations

from typing import Any

from netwright.base import figures
from netwright.report.sections.headline import DASH
from netwright.report.sections.missing import MOST, MissingError, sentence
from netwright.runs.contents import RunFiles
from netwright.runs.keeping import stages


def choices(run: RunFiles) -> dict[str, Any]:
    """What was chosen and why, every knob that is not at its default, and what was set on dev."""
    messages = [str(line)[:600] for line in run.info.get("messages") or [] if line]
    why = run.info.get("why")
    if why and why not in messages:
        messages.insert(0, str(why)[:600])
    knobs = [
        {
            **knob,
            "default": figures.setting(knob["default"]) or DASH,
            "value": figures.shorten(figures.setting(knob["value"]), 80),
        }
        for knob in run.differs
    ]
    if not messages and not knobs:
        raise MissingError("The run holds no note of its choices.")
    return {
        "messages": messages[:MOST],
        "set": [knob for knob in knobs if knob["how"] == "set"][:80],
        "chosen": [knob for knob in knobs if knob["how"] != "set"][:80],
        "on_dev": on_dev(run),
    }


def on_dev(run: RunFiles) -> list[tuple[str, str]]:
    """What was set on dev after training, in words."""
    return [
        (figures.shorten(str(name), 40), figures.value(value, 2_000))
        for name, value in list(run.chosen.items())[:MOST]
    ]


def recipe(run: RunFiles) -> str:
    """``recipe.yaml`` as written."""
    if not run.recipe_text:
        raise MissingError(sentence(run, "recipe.yaml"))
    return run.recipe_text[:50_000]


def repeat(run: RunFiles) -> dict[str, Any]:
    """The environment, and the commands to repeat the run and to go on with it."""
    environment = run.environment
    packages = environment.get("packages") or {}
    lines = {key: value for key, value in environment.items() if key not in ("packages", "command")}
    name, given = run.id, stages.given(run.folder, run.info)
    commands = (
        [("the command that made it", str(environment["command"])[:1000])]
        if environment.get("command")
        else []
    )
    by_recipe = stages.by_recipe(run.folder, run.info)
    folds = run.info.get("folds")
    if folds is None:
        members = " ".join(one["run"] for one in run.info.get("members", []))
        again = f"netwright ensemble {members}" if members else f"netwright train --repeat {name}"
        commands.append(("the same again", f"{again}{given}"))
    else:
        by_recipe += f" --folds {folds['count']} --keep {folds['kept']}"
    commands.append(("with another setting", f"{by_recipe} --set KEY=VALUE"))
    if run.status in ("stopped", "killed", "failed"):
        if stages.of(run.folder, run.info) in ("training", "trained"):
            again = stages.resume(run.folder, run.info)
            commands.append(("go on from where it stopped", again))
    elif run.status != "running":
        commands.append(("label new inputs", f"netwright predict {name} PATH{given}"))
        if not run.measured("test"):
            commands.append(
                ("open the test split, once", f"netwright evaluate {name} --split test{given}")
            )
    shown = {
        **{key: figures.setting(value) for key, value in lines.items()},
        **{key: value for key, value in packages.items() if value},
    }
    return {
        "commands": commands,
        "environment": [
            (str(key)[:60], str(value)[:200]) for key, value in list(shown.items())[:60]
        ],
        "missing": sentence(run, "environment.json") if not environment else "",
        "files": sorted(
            path.name + ("/" if path.is_dir() else "")
            for path in run.folder.iterdir()
            if path.name not in ("report.html", "report-without-examples.html")
            and not path.name.startswith(".")
        )[:60],
    }
