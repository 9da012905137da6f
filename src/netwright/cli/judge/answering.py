"""Examples answered in a terminal: one after the other, a line typed for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netwright.base import figures
from netwright.base.errors import NetwrightError
from netwright.cli import console
from netwright.cli.text.errors import picture

if TYPE_CHECKING:
    from netwright.api.judged.human_session import HumanResult, HumanSession
    from netwright.runs.answers.forms import AnswerForm

HELP = """\
?     I can't tell: it counts as the simplest answer    b   one back
Enter go on, where it is answered                       q   leave off; all is kept as typed
end   measure what is answered, and show the labels"""


def through(session: HumanSession) -> HumanResult | None:
    """Ask for the examples from the first one on that is not answered, until the person ends; None:
    they left off.
    """
    if session.is_over:
        return session.end()
    console.message(f"{_what(session.held.form)}\n{HELP}")
    at = _first(session)
    try:
        while at is not None and at < len(session):
            at = _at_one(session, at)
    except EOFError:
        return None
    return session.end()


def _at_one(session: HumanSession, at: int) -> int | None:
    """Show one and keep what is typed; the place to go on at, None: it is over.

    Raises:
        EOFError: the person leaves off.
    """
    shown = session.shown(at)
    lines = [*picture(shown.pixels), *([shown.text] if shown.text else [])]
    console.result("\n".join(["", console.bold(f"{at + 1}/{len(session)}"), *lines]))
    while True:
        typed = input(_prompt(session, at)).strip()
        if typed == "q":
            raise EOFError
        if typed == "b":
            return max(0, at - 1)
        if typed == "end" and session.typed:
            return None
        if not typed and at in session.typed:
            return at + 1
        try:
            session.answer(at, _cells(session.held.form, typed))
        except NetwrightError as error:
            console.problem(str(error))
            continue
        return at + 1 if at + 1 < len(session) else _first(session)


def _first(session: HumanSession) -> int | None:
    return next((at for at in range(len(session)) if at not in session.typed), None)


def _prompt(session: HumanSession, at: int) -> str:
    if at not in session.typed:
        return "> "
    typed = session.typed[at]
    return f"[{'?' if typed is None else figures.shorten(', '.join(typed.values()), 40)}] > "


def _what(form: AnswerForm) -> str:
    """What is to be typed."""
    names = ", ".join(form.labels or form.columns)
    if numbers := _numbers(form.labels or form.columns):
        names = ", ".join(f"{number} {name}" for number, name in numbers.items())
    return {
        "class": f"Type one of: {names}.",
        "flags": f"Type those that apply, commas between them, or none: {names}.",
        "numbers": f"Type the numbers, commas between them: {names}.",
    }.get(form.kind, "Type the answer.")


def _numbers(names: Sequence[str]) -> dict[str, str]:
    """Number -> name; none where a name begins with a digit: it would be mistaken for one."""
    if any(name[:1].isdigit() for name in names):
        return {}
    return {str(number): name for number, name in enumerate(names, start=1)}


def _cells(form: AnswerForm, typed: str) -> dict[str, str] | None:
    """What is typed as the cells of a sheet.

    Raises:
        NetwrightError: it names what there is not.
    """
    if typed == "?" and "?" not in form.labels:
        return None
    parts = [part.strip() for part in typed.split(",")]
    if form.kind == "flags":
        numbers = _numbers(form.columns)
        chosen = [numbers.get(part, part) for part in parts if part and part != "none"]
        if unknown := [part for part in chosen if part not in form.columns]:
            raise NetwrightError(f"no '{unknown[0][:80]}' among {', '.join(form.columns)}")
        if not typed:
            raise NetwrightError("type those that apply, or none.")
        return {name: "1" if name in chosen else "0" for name in form.columns}
    if form.kind == "numbers":
        return dict(zip(form.columns, parts, strict=False))
    return {form.columns[0]: _whole(form, typed)}


def _whole(form: AnswerForm, typed: str) -> str:
    """A class by its number or its beginning, where that is one alone; all else as it is typed."""
    labels = form.labels
    if not labels or typed in labels:
        return typed
    if typed in (numbers := _numbers(labels)):
        return numbers[typed]
    begin = [label for label in labels if label.casefold().startswith(typed.casefold())]
    return begin[0] if typed and len(begin) == 1 else typed
