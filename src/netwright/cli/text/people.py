"""What people reach, as text."""

from __future__ import annotations

from netwright.api.judged import people_words as words
from netwright.api.judged.human_session import HumanResult
from netwright.api.judged.people import People
from netwright.cli import console


def people_text(found: People) -> str:
    """A line for each agreement, each two of whom none is known, and each level."""
    rows = [words.row(one) for one in found.agreements]
    table = console.table(rows, words.headers(found), "llrrr")
    return "\n\n".join((table, "\n".join((*words.apart(found), *words.levels(found)))))


def result_text(found: HumanResult) -> str:
    """The same of one who answered, and the labels that may be wrong."""
    return "\n\n".join(filter(None, (people_text(found.people), _differ(found))))


def _differ(found: HumanResult) -> str:
    rows = [[one.source, one.own, one.label, one.net, one.id] for one in found.disagreements]
    if not rows:
        return ""
    table = console.table(rows, ("example", "answered", "label", "the net", "id"), "lllll")
    return (
        f"{table}\n\nEach of these labels may be wrong: netwright labels {found.people.run}"
        " --correct ID=RIGHT"
    )
