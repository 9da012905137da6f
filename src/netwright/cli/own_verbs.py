"""Verbs that systems bring: commands made of the functions of their verbs.py, found by the system
of the run that they are called with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netwright.base.errors import NetwrightError, nearest
from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.api.exporting.exported import ExportedNet
    from netwright.api.run import Run
    from netwright.systems.own_verbs import OwnVerb, VerbOption
    from netwright.systems.place import Place

Verbs = dict[str, dict[str, "OwnVerb"]]
"""Verb -> system -> what it brings."""

TYPES: Mapping[str, Any] = {
    "str": str,
    "int": options.WHOLE,
    "float": options.NUMBER,
    "bool": bool,
    "Path": click.Path(path_type=Path),
}


def of_place(place: Place, core: Collection[str]) -> tuple[OwnVerb, ...]:
    """The verbs of a system.

    Args:
        core: the verbs of netwright itself.

    Raises:
        NetwrightError: its verbs.py cannot be read, or one is called as a verb of netwright.
    """
    for verb in place.verbs:
        if verb.name in core:
            raise NetwrightError(
                f"{verb.path}:{verb.line}: '{verb.name}' is a verb of netwright itself: call the"
                " function otherwise."
            )
    return place.verbs


def known(core: Collection[str]) -> tuple[Verbs, list[str]]:
    """The verbs of all systems that are known here, and what is wrong with those whose verbs are
    not, a sentence each.
    """
    from netwright import systems

    places = systems.places()
    verbs, broken = systems.of_each(lambda name: of_place(places[name], core), places)
    found: Verbs = {}
    for system, own in verbs.items():
        for verb in own:
            found.setdefault(verb.name, {})[system] = verb
    return found, [*systems.faults().values(), *broken]


def command(name: str, arguments: Sequence[str], core: Collection[str]) -> click.Command:
    """The command of a verb, as the system of RUN, its first argument, brings it.

    Raises:
        NetwrightError: no system brings such a verb, or not that of RUN, or several do and it is
            not said for which run.
    """
    from netwright import systems
    from netwright.api.exporting import exported

    if (folder := _option(arguments, "--system")) is not None:
        systems.named(folder)
    verbs, broken = known(core)
    if name not in verbs:
        _expect_known_system(arguments)
        refusal = f"no verb '{name}'{nearest(name, [*core, *verbs])}"
        if not refusal.endswith("?"):
            refusal += (
                " Those of a system of your own are known by --system FOLDER behind the verb, or"
                " NETWRIGHT_SYSTEMS=FOLDER."
            )
        raise NetwrightError(systems.with_broken(refusal, broken))
    if arguments and exported.is_exported(arguments[0]):
        net = exported.load_onnx(arguments[0], system=folder)
        return _command(systems.own_verb(net.description.system, name, net.id), net)
    if arguments and not arguments[0].startswith("-"):
        return _command(_verb_of_run(name, arguments))
    if len(verbs[name]) > 1:
        raise NetwrightError(
            f"'{name}' is a verb of the systems {', '.join(verbs[name])}: RUN comes first,"
            f" netwright {name} RUN --help."
        )
    (verb,) = verbs[name].values()
    return _command(verb)


def _verb_of_run(name: str, arguments: Sequence[str]) -> OwnVerb:
    from netwright.api.kept import system_of_run
    from netwright.runs import store as stores

    return system_of_run.verb(stores.opened(arguments[0], _store(arguments)), name)


def _expect_known_system(arguments: Sequence[str]) -> None:
    """Refuse a run of a system that the person is still to name: the verb may be one of its own."""
    from netwright.runs import store as stores

    if arguments and stores.is_run(arguments[0], _store(arguments)):
        from netwright.api.kept import system_of_run

        system_of_run.known(stores.opened(arguments[0], _store(arguments)))


def _store(arguments: Sequence[str]) -> Path:
    from netwright.runs import store as stores

    return stores.folder(_option(arguments, "--store"))


def _option(arguments: Sequence[str], name: str) -> str | None:
    """The value of an option, before it is known what options there are."""
    found = None
    for at, argument in enumerate(arguments):
        if argument == name:
            found = next(iter(arguments[at + 1 :]), None)
        if argument.startswith(f"{name}="):
            found = argument.partition("=")[2]
    return found


def _command(verb: OwnVerb, net: ExportedNet | None = None) -> click.Command:
    """The verb with its options; what a person did not give is left to the function.

    Args:
        net: that it is called with, where RUN is an exported file.
    """

    def call(run: str, store: str | None, system: str | None, as_json: bool, **given: Any) -> None:
        from netwright.cli.text import results

        source = click.get_current_context().get_parameter_source
        typed = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if source(name) is click.core.ParameterSource.COMMANDLINE
        }
        found = (net or _run(run, store, system)).verb(verb.name, **typed)
        if as_json:
            console.as_json(results.document(found))
            return
        for text in results.texts(found):
            console.result(text)

    common = [options.of_run, options.store, options.as_json]
    for add in reversed([options.run_argument, *map(_parameter, verb.options), *common]):
        call = add(call)
    return click.command(verb.name, help=_help(verb))(call)


def _run(name: str, store: str | None, system: str | None) -> Run:
    from netwright import api

    return api.open_run(name, store=store, system=system)


def _help(verb: OwnVerb) -> str:
    """What the verb does; its arguments, of which click prints the names alone."""
    rows = [
        f"{option.name.upper()}: {option.help}"
        for option in verb.options
        if option.positional and option.help
    ]
    return "\n\n".join([verb.help, *rows])


def _parameter(option: VerbOption) -> Callable[[Any], Any]:
    kind, flag = TYPES[option.kind], f"--{option.name.strip('_').replace('_', '-')}"
    if option.positional:
        metavar = option.name.upper() + ("..." if option.many else "")
        nargs = -1 if option.many else 1
        return click.argument(option.name, metavar=metavar, type=kind, nargs=nargs, required=True)
    about, required = _with_default(option), option.default is None
    if option.kind == "bool":
        flags = f"{flag}/--no-{flag.removeprefix('--')}"
        return click.option(flags, option.name, required=required, default=None, help=about)
    return click.option(
        flag, option.name, type=kind, multiple=option.many, required=required, help=about
    )


def _with_default(option: VerbOption) -> str:
    """What an option does, with its default where that says something."""
    several = " May be given several times." if option.many else ""
    default = option.default
    usual = "" if default in (None, "None", "", "()", "[]") else f" (default: {default})"
    return f"{option.help}{usual}{several}".strip()
