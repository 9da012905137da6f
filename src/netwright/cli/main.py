"""The command line: one file a verb, loaded when it is called. Parses, calls the Python verb,
prints; no logic.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import warnings
from collections.abc import Iterator

import click

from netwright.base.errors import NetwrightError, NetwrightWarning, StoppedError
from netwright.base.paths import shown
from netwright.cli import console
from netwright.training.live import signals

VERBS = {
    "look": {
        "data": "Describe a source: counts, balance, duplicates, examples.",
        "summary": "Print a model's layers: shapes, sizes, parameters.",
        "schedule": "Draw the learning rate of every step.",
        "systems": "List the kinds of problems: what each reads, its own verbs.",
        "plan-splits": "Say how many examples dev and test need.",
        "explain": "Walk through an expression: values, derivatives, its graph.",
        "info": "Print versions and hardware, for a bug report.",
    },
    "train": {
        "train": "Train on a source; keep the run, its diagnosis, its report.",
        "search": "Train many times, from coarse to fine, for better settings.",
        "curve": "Is it bias or variance, and what would more data give?",
        "improve": "Turn the knobs for the largest gap, one by one, by itself.",
        "ensemble": "Keep several runs as one that answers by all.",
        "find-lr": "Propose a learning rate by a sweep of at most 100 steps.",
        "batch-size": "Try batch sizes: speed, memory, the largest that fits.",
        "tweak": "Change a run while it trains in another terminal.",
        "rewind": "Take a run back to the end of an earlier epoch.",
    },
    "judge": {
        "diagnose": "Say where a run's error comes from, and what to do next.",
        "plan": "Say what improve would try next on a run, and why.",
        "compare": "Rank runs by one figure, within bounds; is the lead noise?",
        "errors": "Look at a run's mistakes; tag them; what each kind costs.",
        "labels": "List labels that may be wrong; correct them; undo that.",
        "slices": "Where the error lies: classes, columns, hard clusters.",
        "blame": "Of a system in steps: which one to work on first.",
        "drift": "Are dev and test, or later data, of one distribution?",
        "mismatch": "What differs from the target; steps against that.",
        "human": "Measure people on a run's dev examples, by their answers.",
        "ladder": "Judge error rates that are typed by hand.",
    },
    "runs": {
        "runs": "List the runs; remove, rename, note, tidy them.",
        "show": "Show one run: result, curves, gaps, recipe; or one study.",
        "studies": "List the studies: folds, curves, improvements.",
        "report": "Write a run's report; without examples, to pass on.",
        "inspect": "Look into a net: what its units see and look for.",
        "evaluate": "Measure a run on other data, or open its test split.",
        "predict": "Answer new inputs with a run, or an exported net.",
        "export": "Write a run's net as an ONNX file that needs no torch.",
    },
}
"""Group -> verb -> one line for `netwright --help`.

The verb's file is cli/<group>/<verb with _>.py, its command is named `command`.
"""

GROUPS = {verb: group for group, verbs in VERBS.items() for verb in verbs}
"""Verb -> its group."""

TITLES = {"look": "Before training", "train": "Train", "judge": "Judge", "runs": "Runs"}

MOST_OWN = 5
"""Verbs of systems that ``--help`` lists: it stays a screen long."""


class _Verbs(click.Group):
    """Loads a verb's file only when that verb is called, so that --help stays instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in GROUPS:
            return None
        file = cmd_name.replace("-", "_")
        module = importlib.import_module(f"netwright.cli.{GROUPS[cmd_name]}.{file}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, *others = args
        if name in GROUPS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from netwright.cli import own_verbs

        return name, own_verbs.command(name, others, GROUPS), others

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group, verbs in VERBS.items():
            with formatter.section(TITLES[group]):
                formatter.write_dl(list(verbs.items()))
        if own := _own_verbs():
            with formatter.section("Of a run's own system"):
                formatter.write_dl(own)


def _own_verbs() -> list[tuple[str, str]]:
    """The first verbs that systems bring, and how many more there are; what is wrong with a system
    hides no help.
    """
    from netwright.cli import own_verbs

    found, broken = own_verbs.known(GROUPS)
    for fault in broken:
        console.problem(fault)
    rows = [
        (name, f"{next(iter(of.values())).about} ({', '.join(of)})") for name, of in found.items()
    ]
    more = len(rows) - MOST_OWN
    return [*rows[:MOST_OWN], *([("...", f"{more} more: netwright systems")] if more > 0 else [])]


@click.group(
    cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--quiet", is_flag=True, help="Print results, warnings and mistakes alone.")
@click.version_option(package_name="netwright")
def command(quiet: bool) -> None:
    """Build neural-network systems that work: from raw data to a trained, kept, judged model."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a person's mistake ends in one sentence on stderr and exit code 2, a
    stop in 130 (Ctrl-C) or 143 (SIGTERM). What a system outside the package raises ends in its own
    lines of the traceback and exit code 1.
    """
    signals.forget()
    try:
        _run(arguments)
    except Exception as error:
        from netwright import systems

        lines = systems.failure(error)
        if not lines:
            raise
        console.problem(*lines)
        sys.exit(1)


def _run(arguments: list[str] | None) -> None:
    try:
        with signals.interrupting(), _stop_alone(), warnings.catch_warnings():
            warnings.simplefilter("always", NetwrightWarning)
            warnings.showwarning = _one_line
            command.main(args=arguments, standalone_mode=False, prog_name="netwright")
    except StoppedError as stop:
        console.problem(str(stop))
        sys.exit(signals.exit_code())
    except NetwrightError as error:
        console.problem(str(error))
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):  # an Abort is a RuntimeError, too
        console.problem("interrupted.")
        sys.exit(signals.exit_code())
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "allocate memory" not in str(error):
            raise
        console.problem(
            f"the memory does not suffice{_requested(str(error))}: try a smaller"
            " data.image_size, net or training.batch_size."
        )
        sys.exit(2)
    except click.NoSuchOption as error:
        if error.option_name in {name for option in command.params for name in option.opts}:
            console.problem(
                f"{error.option_name} goes before the verb: netwright {error.option_name} VERB ..."
            )
        else:
            console.usage(error)
        sys.exit(2)
    except click.ClickException as error:
        console.usage(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:  # no room left, a folder that may not be entered, a disk that is gone
        if error.errno is None:
            raise
        named = f"{shown(error.filename)}: " if isinstance(error.filename, str) else ""
        console.problem(f"{named}{error.strerror}.")
        sys.exit(2)


@contextlib.contextmanager
def _stop_alone() -> Iterator[None]:
    """What breaks inside the block after a stop has come, as a module that was half loaded then, is
    the stop.
    """
    try:
        yield
    except NetwrightError:
        raise
    except Exception:
        if not signals.came():
            raise
        raise KeyboardInterrupt from None


def _one_line(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: object = None,
) -> None:
    """Ours as a sentence for people, any other with its place."""
    place = (
        ""
        if issubclass(category, NetwrightWarning)
        else f"{filename}:{lineno}: {category.__name__}: "
    )
    console.problem(f"{place}{message}")


def _requested(message: str) -> str:
    found = re.search(r"allocate (\d+) bytes", message)
    return f" ({int(found[1]) / 2**30:,.1f} GiB were asked for at once)" if found else ""
