"""Ctrl-C and SIGTERM, whenever they come: no traceback, and the exit code that a shell expects."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from netwright import api
from netwright.cli import console
from netwright.cli.main import main
from netwright.training.live import signals

BOTH = [signal.SIGINT, signal.SIGTERM]

MET = """
import atexit, builtins, os, runpy, signal, sys

number, module, real = signal.Signals(int(sys.argv[1])), sys.argv[2], builtins.__import__

def met(name, *more, **named):
    if name == module:
        signal.raise_signal(number)
    return real(name, *more, **named)

builtins.__import__ = met
if module == "after the end":
    atexit.register(signal.raise_signal, number)
sys.argv = ["netwright", "--help"]
runpy.run_module("netwright", run_name="__main__")
"""
"""A program in which a signal comes as netwright loads a module, or as the interpreter ends."""


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize(
    "module", ["netwright.cli.main", "click", "netwright.base.paths", "after the end"]
)
def test_it_comes_while_the_command_line_is_loaded_or_has_ended(
    number: signal.Signals, module: str
) -> None:
    given = [sys.executable, "-c", MET, str(int(number)), module]
    ended = subprocess.run(given, capture_output=True, text=True, timeout=300)
    assert (ended.returncode, ended.stderr) == (128 + number, "")
    assert bool(ended.stdout) == (module == "after the end")


@pytest.mark.parametrize("number", BOTH)
def test_it_comes_while_a_verb_works(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "result", lambda text: signal.raise_signal(number))
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended:
        main(["ladder", "train=0.1/100", "dev=0.2/100"])
    assert ended.value.code == 128 + number
    assert capsys.readouterr().err.strip() == "netwright: interrupted."
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("verb", ["train", "search"])
def test_what_can_go_on_says_how_with_the_same_exit_code(
    number: signal.Signals,
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    def work(*given: Any, **more: Any) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(api, verb, work)
    with pytest.raises(SystemExit) as ended:
        main([verb, "iris", "--store", str(tmp_path)])
    assert ended.value.code == 128 + number
    assert "netwright: stopped before " in capsys.readouterr().err


def test_where_python_ignores_what_is_raised_it_comes_once_more_as_itself() -> None:
    class Held:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    held = Held()
    with pytest.raises(KeyboardInterrupt), signals.interrupting():
        del held
        time.sleep(60)
    assert signals.exit_code() == 143
    signals.forget()
    assert signals.exit_code() == 130
