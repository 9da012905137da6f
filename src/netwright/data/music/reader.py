"""Music: a file of it, a folder of such files, or pieces in memory; a piece is an example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.contract import Claim, Examples, Look, Reader, ReadOptions, Source
from netwright.data.music import files
from netwright.data.music.found import ReadPiece
from netwright.data.music.piece import are_pieces

if TYPE_CHECKING:
    from netwright.contract.reading import Reading

LOOKED_AT = 8
"""Files of .xml in a folder that are looked into, at most."""


def recognize(look: Look) -> Claim | None:
    """A file of music; a folder of which most files are such; pieces in memory."""
    if look.kind == "memory":
        return Claim("took the data in memory for music", 3) if are_pieces(look.value) else None
    if look.kind == "file":
        return Claim(f"took {look} for music", 3) if _is_music(look, look.path) else None
    if look.kind != "folder":
        return None
    found = sum(look.suffixes[ending] for ending in files.ALWAYS)
    scores = _scores(look)
    found += scores
    others = look.suffixes.total() - found - look.suffixes[".txt"] - look.suffixes[".md"]
    if not found or others > found:
        return None
    endings = files.ALWAYS | ({files.XML} if scores else set())
    named = [f"{look.suffixes[ending]:,} {ending}" for ending in sorted(endings & {*look.suffixes})]
    return Claim(f"took {look} for music: it holds {', '.join(named)}", 3)


def _is_music(look: Look, path: Path) -> bool:
    if files.is_music(path):
        return True
    return path.suffix.lower() == files.XML and files.is_score(look.head(path))


def _scores(look: Look) -> int:
    """How many files of .xml there are, if those that come first are scores."""
    if not look.suffixes[files.XML]:
        return 0
    found = [path for path in look.below() if path.suffix.lower() == files.XML]
    are_scores = bool(found) and all(files.is_score(look.head(one)) for one in found[:LOOKED_AT])
    return len(found) if are_scores else 0


def read(look: Look, source: Source) -> Reading:
    """The pieces, each its own target.

    Raises:
        DataError: a file cannot be read, with the place of what is wrong with it.
    """
    from netwright.data.music.to_examples import reading_of

    if look.kind == "memory":
        found = [ReadPiece(one, f"memory[{at}]", {}) for at, one in enumerate(look.value)]
        return reading_of(found, [], source)
    faults: list[str] = []
    found = [
        one for path in _paths(look) for one in files.pieces_in(path, _name(look, path), faults)
    ]
    return reading_of(found, faults, source)


def inputs(looks: Sequence[Look], options: ReadOptions) -> Examples | None:
    """The pieces of files and folders, or those in memory, without targets.

    Raises:
        DataError: a file cannot be read.
    """
    if not looks or any(recognize(look) is None for look in looks):
        return None
    parts = [read(look, Source("music", str(look), "", options)).examples for look in looks]
    return Examples(
        [piece for part in parts for piece in part.inputs],
        [None] * sum(map(len, parts)),
        [one for part in parts for one in part.ids],
        [one for part in parts for one in part.sources],
    )


def sample(folder: Path) -> tuple[Path, ReadOptions]:
    """A book of thirty tunes up and down a scale."""
    notes = "CDEFGABc"
    tunes = []
    for at in range(30):
        bars = [
            "".join(notes[(at + step * (1 + at % 3) + bar) % 8] for step in range(4))
            for bar in range(2 + at % 3)
        ]
        tunes.append(f"X:{at + 1}\nT:Scale {at + 1}\nM:4/4\nL:1/4\nK:C\n{'|'.join(bars)}|\n")
    path = folder / "scales.abc"
    path.write_text("\n".join(tunes), encoding="utf-8")
    return path, ReadOptions()


READER = Reader(
    kind="music",
    takes="music (.mid, .mxl, .abc)",
    recognize=recognize,
    read=read,
    sample=sample,
    inputs=inputs,
)


def _paths(look: Look) -> list[Path]:
    if look.kind == "file":
        return [look.path]
    scores = _scores(look) > 0
    return [
        path
        for path in look.below()
        if files.is_music(path) or (scores and path.suffix.lower() == files.XML)
    ]


def _name(look: Look, path: Path) -> str:
    """As a person finds a file: in a folder from the folder's name on."""
    return path.relative_to(look.path.parent).as_posix()
