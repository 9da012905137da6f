"""What a text suggests to type, and whether it can be typed: ``netwright VERB ...``, ``--option``,
``--set KEY=VALUE``. Nothing is run: a line is parsed as the command line does.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from netwright import systems
from netwright.base.errors import NetwrightError
from netwright.cli.main import GROUPS, command
from netwright.recipe import knobs, parse_setting

COMMAND = re.compile(r"(?<![\w/.-])netwright ([a-z][a-z-]*)(?=[\s.,;:)`]|$)")
OPTION = re.compile(r"(?<![\w/-])(--[a-z][a-z0-9-]*)")
SETTING = re.compile(r"--set\s+('[^']*'|\S+)")
BARE = re.compile(r"(?<![\w.-])([a-z_]+\.[a-z_]+|[a-z_]+)=(?=[\w'\[])")
"""A setting that nothing has typed."""

TYPED = re.compile(r"netwright\.\w+\([^)]*\)|--[a-z-]+\s+\S+|\w+=[\d.]+/\d+")
"""What looks like one: in Python, behind an option, or a figure of the ladder."""

WORD = re.compile(r" +((?:'[^']*'|\"[^\"]*\"|[^\s'\"(])+)")
ENDS = ".,;:)`?!"

STANDS_FOR = {"N", "X", "VALUE", "COLUMN", "NAME", "null"}
"""Values that a person is to replace."""

JUDGES = ("show", "diagnose", "runs", "evaluate", "report", "ladder", "tweak")
OF_THE_NEXT = {"--set", "--human-error", "--epochs"}
"""Options that these verbs name of the training that is to follow."""

TAKE_VALUES = ("ladder", "explain")
"""Verbs whose arguments are NAME=VALUE."""


def faults(text: str, verb: str | None) -> list[str]:
    """What of the suggestions in a text cannot be typed.

    Args:
        verb: that printed it, whose options it may name alone; None: any verb's.
    """
    text = re.sub(r"'(netwright [^'\n]*)'", r"\1;", text)  # as click quotes it
    text = re.sub(r"Usage: .*", "", text)
    found, rest = list[str](), text
    for match in reversed([one for one in COMMAND.finditer(text) if one[1] in GROUPS]):
        end, words = _words(text, match)
        rest = f"{rest[: match.start()]}\n{rest[end:]}"
        if fault := _refused(match[1], words) or (verb and _lost(words)):
            found.append(f"netwright {shlex.join([match[1], *words])}: {fault}")
    known = set().union(*(_options_of(name) for name in ([verb] if verb else GROUPS)))
    if verb in JUDGES:
        known |= OF_THE_NEXT
    for option in OPTION.findall(re.sub(r"torchrun \S+", "", rest)):
        if option not in known:
            found.append(f"{option} is no option here")
    for setting in SETTING.findall(text):
        if "=" in setting and (fault := _unsettable(setting.strip("'").rstrip(ENDS))):
            found.append(f"--set {setting}: {fault}")
    if verb not in TAKE_VALUES:
        keys = [key for key in BARE.findall(TYPED.sub("", rest)) if key in _keys()]
        found += [f"{key}= is typed with --set" for key in keys]
    return found


def _words(text: str, match: re.Match[str]) -> tuple[int, list[str]]:
    """Where a command in running text ends, and its words: as many as its verb takes."""
    at, words, verb = match.end(), list[str](), _command(match[1])
    while isinstance(verb, click.Group) and (part := re.match(r" ([a-z-]+)", text[at:])):
        if part[1] not in verb.commands:
            break
        words, verb, at = [*words, part[1]], verb.commands[part[1]], at + part.end()
    flags = {name for one in verb.params for name in one.secondary_opts} | {"--help"}
    flags |= {name for one in verb.params if getattr(one, "is_flag", False) for name in one.opts}
    given = (one for one in verb.params if isinstance(one, click.Argument))
    room, wants = sum(99 if one.nargs < 0 else one.nargs for one in given), False
    while part := WORD.match(text[at:]):
        word = part[1].rstrip(ENDS)
        try:
            (plain,) = shlex.split(word)
        except ValueError:
            break
        if wants:
            wants = False
        elif re.match("--[a-z]", plain):
            wants = plain not in flags and "=" not in plain
        elif room:
            room -= 1
        else:
            break
        words.append(plain)
        at += part.end()
        if word != part[1]:
            break
    return at, words


def _refused(verb: str, words: list[str]) -> str:
    """What the parser says to a command line."""
    found = _command(verb)
    while isinstance(found, click.Group) and words and words[0] in found.commands:
        found, words = found.commands[words[0]], words[1:]
    try:
        found.make_context(verb, list(words))
    except click.exceptions.Exit:  # --help
        return ""
    except click.UsageError as error:
        return error.format_message()
    return ""


def _lost(words: list[str]) -> str:
    """Which folder or file that a command names is not there: a blank was not quoted."""
    for option, value in pairwise(words):
        if option in ("--store", "--recipe") and not Path(value).exists():
            return f"there is no {value}"
    return ""


def _unsettable(setting: str) -> str:
    """Why no system takes a setting."""
    key, _, value = setting.partition("=")
    owners = [system for system in _systems() if key in knobs(system.recipe)]
    if key == "KEY" or (owners and value in STANDS_FOR):
        return ""
    why = "no knob is called so"
    for system in owners:
        try:
            system.recipe().changed(dict([parse_setting(setting)]))
        except NetwrightError as error:
            why = str(error)
        else:
            return ""
    return why


def _command(verb: str) -> click.Command:
    found = command.get_command(click.Context(command), verb)
    assert found is not None
    return found


@cache
def _options_of(verb: str) -> frozenset[str]:
    """Of a verb and the words below it, and those before it."""
    found, every = _command(verb), {"--help", "--quiet", "--version"}
    below = found.commands.values() if isinstance(found, click.Group) else ()
    for one in (found, *below):
        every.update(name for param in one.params for name in (*param.opts, *param.secondary_opts))
    return frozenset(every)


@cache
def _systems() -> tuple[Any, ...]:
    return tuple(systems.load(name) for name in systems.names())


@cache
def _keys() -> frozenset[str]:
    """Every knob, with its section and without."""
    found = {key for system in _systems() for key in knobs(system.recipe)}
    return frozenset(found | {key.rpartition(".")[2] for key in found})
