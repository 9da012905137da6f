"""What a system reads, tried through the public functions: from a source to answers."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

from netwright.api.checking.tried import SMALL
from netwright.api.run import Run
from netwright.api.training import train
from netwright.base.errors import NetwrightError, NetwrightWarning
from netwright.contract import Reader, ReadOptions

RUBBISH = b"\x00\xff\xfe no file of its kind\n" * 7


def reads_its_sample(system: str, reader: Reader, folder: Path) -> str:
    """What the reader's ``sample`` writes is trained on, answered, measured and reported."""
    source, options = reader.sample(folder)
    run = trained(source, options, system, folder)
    if not run.report.is_file():
        return "no report was written"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetwrightWarning)  # it was trained on these
        if options.target is None and not run.predict(source if _is_path(source) else source[0]):
            return "predict answers none of them"
        run.evaluate(source)
    return ""


def refuses_rubbish(system: str, reader: Reader, folder: Path) -> str:
    """Where the files hold something else, one sentence says so."""
    source, options = reader.sample(folder)
    if not _is_path(source):
        return ""
    for content in (b"", RUBBISH):
        copy = folder / f"rubbish-{len(content)}" / Path(source).name
        for path in _files(Path(source)):
            place = copy / path.relative_to(source) if Path(source).is_dir() else copy
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        try:
            trained(copy, options, system, folder)
        except NetwrightError as error:
            if "\n" in str(error):
                return f"of {len(content)} bytes of rubbish it says more than one line: {error}"
        shutil.rmtree(copy.parent)
    return ""


def trained(source: Any, options: ReadOptions, system: str, folder: Path) -> Run:
    """A small training, kept in ``folder``."""
    task = {"data.task": options.task, "data.group": options.group, "data.weight": options.weight}
    changes = {**SMALL, **task}
    return train(source, target=options.target, system=system, set=changes, store=folder / "runs")


def _is_path(source: Any) -> bool:
    return isinstance(source, str | Path) and Path(source).exists()


def _files(source: Path) -> list[Path]:
    return [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
