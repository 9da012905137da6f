"""Images with boxes to examples: a target is the tuple of an image's boxes, empty where it has
none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from netwright.base.errors import DataError, nearest
from netwright.base.figures import counted
from netwright.base.findings import Finding
from netwright.base.names import natural
from netwright.contract import Examples, ReadOptions, Source
from netwright.contract.reading import Reading, reading
from netwright.data.boxes.box import Box, Marked
from netwright.data.images.files import read_files

NAMED = 6
"""Classes that a note names, the most frequent ones."""


def read_marked(marked: Sequence[Marked], source: Source, notes: tuple[str, ...] = ()) -> Reading:
    """The examples of image files with boxes; those of one class where ``target`` names one.

    Raises:
        DataError: there are no images, none has a box of the class that is wanted, an image cannot
            be read, or a box is none.
    """
    if not marked:
        raise DataError(f"{source.path} names no images: nothing to read.")
    options = source.options
    _refuse_repeats(marked)
    marked = _of_class(marked, options.target)
    readable = read_files([one.path for one in marked], options)
    shapes = dict(zip(readable.kept, readable.shapes, strict=True))
    faults = {at: why for at, (h, w, _) in shapes.items() if (why := marked[at].fault(h, w))}
    findings = (*readable.findings, *_refuse_or_note(faults, marked, options))
    rows = [row for row, at in enumerate(readable.kept) if at not in faults]
    kept = [marked[readable.kept[row]] for row in rows]
    targets = [
        tuple(box.cut(*readable.shapes[row][:2]) for box in one.boxes)
        for row, one in zip(rows, kept, strict=True)
    ]
    splits = [one.split for one in kept]
    examples = Examples(
        inputs=readable.images.take(rows),
        targets=targets,
        ids=[readable.ids[row] for row in rows],
        sources=[_named(one.path, Path(source.path).parent) for one in kept],
        splits=splits if any(splits) else None,
    )
    notes = (described(targets), *notes)
    return reading(examples, source, notes=notes, findings=findings)


def described(targets: Sequence[tuple[Box, ...]]) -> str:
    """``364 images; 372 boxes of 'WBC': none on 6, one on 344, more on 14``."""
    counts = Counter(min(len(boxes), 2) for boxes in targets)
    labels = Counter(box.label for boxes in targets for box in boxes)
    total = counted(sum(labels.values()), "box", "boxes")
    if len(labels) == 1 and any(labels):
        total += f" of '{next(iter(labels))}'"
    elif any(labels):
        most = [f"{count:,} of '{label}'" for label, count in labels.most_common(NAMED)]
        total += f" ({', '.join(most)}{', ...' if len(labels) > NAMED else ''})"
    words = {0: "none on", 1: "one on", 2: "more on"}
    parts = [f"{words[number]} {counts[number]:,}" for number in words if counts[number]]
    return f"{counted(len(targets), 'image')}; {total}: {', '.join(parts)}"


def labels_of(boxes: Iterable[tuple[Box, ...]]) -> list[str]:
    """The classes of all boxes, in natural order."""
    return sorted({box.label for some in boxes for box in some}, key=natural)


def expect_class(wanted: str, known: Sequence[str]) -> None:
    """See that some box is of the class that a person names.

    Raises:
        DataError: none is.
    """
    if wanted not in known:
        named = [label for label in known if label]
        raise DataError(f"no box is of the class '{wanted}'{nearest(wanted, named)}")


def _refuse_repeats(marked: Sequence[Marked]) -> None:
    first: dict[Path, str] = {}
    for one in marked:
        if one.path in first:
            raise DataError(
                f"{one.path} is named twice, by {first[one.path]} and by {one.place}: take one of"
                " them out, or name the file to read."
            )
        first[one.path] = one.place


def _of_class(marked: Sequence[Marked], wanted: str | None) -> list[Marked]:
    """The images with the boxes of one class alone; None: with all."""
    if wanted is None:
        return list(marked)
    expect_class(wanted, labels_of(one.boxes for one in marked))
    found = []
    for one in marked:
        at = [place for place, box in enumerate(one.boxes) if box.label == wanted]
        found.append(
            replace(
                one,
                boxes=tuple(one.boxes[i] for i in at),
                places=tuple(one.places[i] for i in at),
            )
        )
    return found


def _refuse_or_note(
    faults: dict[int, str], marked: Sequence[Marked], options: ReadOptions
) -> tuple[Finding, ...]:
    """A finding on images that are left out for their boxes, where the person wants that.

    Raises:
        DataError: there are such images, and the options do not skip them.
    """
    if not faults:
        return ()
    first = next(iter(faults.values()))
    if not options.skips or len(faults) == len(marked):
        more = f" (and {counted(len(faults) - 1, 'more image')})" if len(faults) > 1 else ""
        raise DataError(f"{first.rstrip('.')}{more}; mend it, or {options.to_skip} leaves it out.")
    names = [marked[at].path.name for at in faults]
    message = (
        f"{len(names):,} of {counted(len(marked), 'image')} have boxes that cannot be right and are"
        f" left out: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}."
    )
    figures = {"unreadable": len(names), "files": len(marked), "first": names[:20]}
    return (Finding("NW201", message, figures, (f"mend the boxes; the first: {first}",)),)


def _named(path: Path, folder: Path) -> str:
    """An image as a person finds it: from the folder that the source lies in, where it is there."""
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
