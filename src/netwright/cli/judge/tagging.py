"""Error analysis in a terminal: one mistake after the other, a line typed for each."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from netwright.base.errors import NetwrightError
from netwright.cli import console
from netwright.cli.text.errors import mistake_text, noted_text, undone_text

if TYPE_CHECKING:
    from netwright.api.errors.analysis import ErrorAnalysis, SampledMistake
    from netwright.api.errors.examples import RunExamples

HELP = """\
1 3         give or take the tags of these numbers
+ blurry    a new tag
g 1         the tag for all mistakes like this one
= cat       the label is wrong, and this is right; = cat -- a typo   and why
Enter       looked at, go on            -    skip: leave it out of the count
b           one back                    u    undo what was done last
?           this help                   q    end; all is kept as it is typed"""


def tag(found: ErrorAnalysis, examples: RunExamples) -> None:
    """Show the mistakes from the first one on that nobody looked at, until the person ends."""
    console.message("? shows what can be typed.")
    with contextlib.suppress(EOFError):
        _through(found, examples)


def _through(found: ErrorAnalysis, examples: RunExamples) -> None:
    sample, at = found.mistakes, _first_waiting(found)
    while at < len(sample):
        _show(found, examples, at)
        at = max(0, at + _at_one(found, sample[at]))


def _at_one(found: ErrorAnalysis, one: SampledMistake) -> int:
    """Do what is typed for one mistake; how many to go on by.

    Raises:
        EOFError: the person ends.
    """
    while True:
        try:
            if move := _do(found, one, input("> ").strip()):
                return move
        except NetwrightError as error:
            console.problem(str(error))
        console.result(noted_text(found.noted(one.id)) or "no tag")


def _first_waiting(found: ErrorAnalysis) -> int:
    for at, one in enumerate(found.mistakes):
        noted = found.noted(one.id)
        if not (noted.is_looked_at or noted.skipped):
            return at
    return 0


def _show(found: ErrorAnalysis, examples: RunExamples, at: int) -> None:
    one = found.mistakes[at]
    place = f"{at + 1}/{len(found.mistakes)}"
    text = mistake_text(place, one, examples.shown(one.row), found.noted(one.id))
    tags = [f"{number} {name}" for number, name in enumerate(found.tags(), start=1)]
    console.result("\n".join(["", text, *([console.faint("   ".join(tags))] if tags else [])]))
    if examples.why:
        console.message(f"The example is not drawn: {examples.why}")


def _do(found: ErrorAnalysis, one: SampledMistake, typed: str) -> int:
    """Do what was typed; how many mistakes to go on by.

    Raises:
        NetwrightError: it cannot be done.
    """
    key, _, rest = typed.partition(" ")
    if key == "":
        found.see(one.id)
        return 1
    if key == "-":
        found.skip(one.id)
        return 1
    if key == "b":
        return -1
    if key == "q":
        raise EOFError
    if key == "u":
        console.result(_undone(found))
    elif key == "+":
        found.tag(one.id, rest)
    elif key == "=":
        right, _, why = rest.partition(" -- ")
        found.correct(one.id, right.strip(), why.strip())
    elif key == "g":
        found.tag([other.id for other in found.like(one)], _named(found, rest), like=one.id)
    elif key == "?":
        console.result(HELP)
    else:
        _toggle(found, one, [_named(found, number) for number in typed.split()])
    return 0


def _undone(found: ErrorAnalysis) -> str:
    line = found.undo()
    if line is None:
        return "nothing to undo: what was noted before stays."
    places = {one.id: f"{at}/{len(found.mistakes)}" for at, one in enumerate(found.mistakes, 1)}
    return undone_text(line, places.get(line.id, line.id))


def _toggle(found: ErrorAnalysis, one: SampledMistake, names: list[str]) -> None:
    for name in names:
        if name in found.noted(one.id).tags:
            found.untag(one.id, name)
        else:
            found.tag(one.id, name)


def _named(found: ErrorAnalysis, number: str) -> str:
    """The tag of a number.

    Raises:
        NetwrightError: it is none.
    """
    tags = found.tags()
    if number.isascii() and number.isdigit() and 1 <= int(number) <= len(tags):
        return tags[int(number) - 1]
    raise NetwrightError(f"'{number[:40]}' is no number of a tag; ? shows what can be typed.")
