"""A study on disk: ``studies/<id>/`` beside the runs of a store.

study.json      what is asked, of which data, by which plan; the members so far; how it stands
notebook.jsonl  what was done when and why, a line each; only ever added to
.lock           held by the process that works on it
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, cast

from netwright.base import read_json
from netwright.base.errors import NetwrightError, RunError, UnreadableError, nearest
from netwright.base.files import append_line, read_text, write_json
from netwright.base.paths import Inside, lies
from netwright.base.shapes import MisfitError, anything, count, fields, listed, mapped, number, text
from netwright.runs import reading, store
from netwright.runs.human_levels import check_noted
from netwright.runs.keeping import stages

FORMAT = 1
"""Of the studies that are written now; all up to it are read."""

FOLDER, FILE, NOTEBOOK = "studies", "study.json", "notebook.jsonl"

VERBS = {"folds": "train", "capacity": "curve"}
"""Kind -> the verb that goes on with such a study, where it is called otherwise."""

MOST_NOTEBOOK = 64 * 2**20
"""Bytes of a notebook."""


class _Member(TypedDict):
    run: str
    weights: str
    role: str


class MemberInfo(_Member, total=False):
    """A run of a study: its id, the digest of its weights, and what it is in the study: one role
    each, ``fold 2``. ``about``: what its step said of it; ``seconds`` that it took, all in all, and
    those of its ``steps`` alone.
    """

    about: dict[str, Any]
    seconds: float
    steps: float


class BegunInfo(TypedDict):
    """A run that was begun for a role, and has not ended."""

    run: str
    role: str


class _Noted(TypedDict):
    format: int
    kind: str
    question: str
    status: str
    system: str
    source: str
    fingerprint: str
    plan: dict[str, Any]
    members: list[MemberInfo]


class StudyInfo(_Noted, total=False):
    """``study.json``. ``plan``: whatever its kind needs to go on, ``recipe`` among it; ``begun``:
    the run that is being trained; ``kept``: the run that it is all about in the end; ``result``:
    what came out, as plain values; ``message``: why it stopped; ``human_error``: what people reach,
    as ``run.json`` has it.
    """

    id: str
    created: str
    begun: BegunInfo | None
    kept: str
    result: dict[str, Any]
    message: str
    system_origin: str
    human_error: Any


_BEGUN = {"run": text, "role": text}


def _begun(value: Any, place: str) -> None:
    if value is not None:
        fields(_BEGUN)(value, place)


STUDY = fields(
    {
        "format": count,
        "kind": text,
        "question": text,
        "status": text,
        "system": text,
        "source": text,
        "fingerprint": text,
        "plan": mapped(anything, most=1_000),
        "members": listed(
            fields(
                {**_BEGUN, "weights": text},
                {"about": mapped(anything), "seconds": number, "steps": number},
            ),
            most=100_000,
        ),
    },
    {
        "created": text,
        "begun": _begun,
        "kept": text,
        "result": mapped(anything, most=1_000),
        "message": text,
        "system_origin": text,
        "human_error": check_noted,
    },
)


@dataclass(frozen=True)
class Study:
    """The files of one study, by meaning. ``path`` is the folder; its name is the id."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return reading.id_of(self.path)

    @property
    def store(self) -> Path:
        """The folder of the runs."""
        return self.path.parent.parent

    def info(self) -> StudyInfo:
        """``study.json``, checked.

        Raises:
            NetwrightError: it is missing, damaged, or of a newer format.
        """
        place = Inside(self.path, FILE)
        try:
            reading.check_no_way_out(self.path)
            values = read_json.load(place)
            STUDY(values, "")
        except (FileNotFoundError, NotADirectoryError):
            raise NetwrightError(f"{place} is missing; {self._way_out()}.") from None
        except UnreadableError as error:
            raise NetwrightError(f"{place} cannot be read ({error}); {self._way_out()}.") from None
        except MisfitError as error:
            raise NetwrightError(f"{place} {error}; {self._way_out()}.") from None
        if values["format"] > FORMAT:
            raise NetwrightError(
                f"{self.path} was written by a newer netwright (format {values['format']}, this one"
                f" reads {FORMAT}): upgrade netwright."
            )
        return cast(StudyInfo, {**values, "id": self.id})

    def _way_out(self) -> str:
        return f"put it back from a copy, or delete {self.path}: its runs stay"

    @property
    def status(self) -> str:
        """As noted; ``killed`` where it says ``running`` and nobody works on it any more."""
        return reading.status_of(self.path, self.info()["status"])

    def note(self, **changes: Any) -> StudyInfo:
        """Change entries of ``study.json``, atomically; for who holds it."""
        info = {**self.info(), **changes}
        write_json(Inside(self.path, FILE), info)
        return cast(StudyInfo, info)

    def discard(self) -> None:
        """Take the folder away: for a study that never began; for who holds it."""
        shutil.rmtree(self.path, ignore_errors=True)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Inside the block no other process works on it; the lock ends with the process.

        Raises:
            RunError: another process holds it.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(reading.held(self.path))
            except RunError:
                raise RunError(
                    f"the study {self.id} is at work in another process: wait for it, or stop it"
                    " first."
                ) from None
            yield

    # --- members

    def begin(self, role: str, run: str) -> None:
        """A run was begun for a role: a kill finds it again."""
        self.note(begun={"run": run, "role": role})
        self.write_down("begun", role=role, run=run)

    def add(self, member: MemberInfo) -> None:
        """A run is a member from now on, and is never trained again."""
        self.note(members=[*self.info()["members"], member], begun=None)
        self.write_down("done", role=member["role"], run=member["run"])

    def members(self) -> dict[str, MemberInfo]:
        """Role -> its member."""
        return {member["role"]: member for member in self.info()["members"]}

    # --- the notebook

    def write_down(self, what: str, **entry: Any) -> None:
        """Add a line to the notebook."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"time": now, "what": what, **entry}, ensure_ascii=False, allow_nan=False)
        append_line(Inside(self.path, NOTEBOOK), line)

    def notebook(self) -> list[dict[str, Any]]:
        """Its lines, oldest first; one that a kill tore is left out.

        Raises:
            NetwrightError: it cannot be read.
        """
        place, found = Inside(self.path, NOTEBOOK), []
        try:
            lines = read_text(place, MOST_NOTEBOOK).splitlines()
        except FileNotFoundError:
            return []
        except UnreadableError as error:
            raise NetwrightError(f"{place} cannot be read ({error}).") from None
        for line in lines:
            with contextlib.suppress(UnreadableError):
                entry = read_json.parse(line)
                if isinstance(entry, dict):
                    found.append(entry)
        return found


def folder_of(runs: Path) -> Path:
    """Where the studies of a store lie."""
    return runs / FOLDER


def create(runs: Path, kind: str, about: Mapping[str, Any]) -> Study:
    """A new study, of no member yet.

    Args:
        runs: the store.
        kind: ``folds``, ``curve``, ``capacity``.
        about: question, system, source, fingerprint, plan.

    Raises:
        NetwrightError: the folder cannot be written.
    """
    study = Study(store.new_folder(folder_of(runs), kind))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(
        Inside(study.path, FILE),
        {
            "format": FORMAT,
            "kind": kind,
            "status": "running",
            "created": created,
            "members": [],
            "begun": None,
            **about,
        },
    )
    return study


def every(runs: Path) -> list[Study]:
    """All studies of a store, oldest first."""
    folder = folder_of(runs)
    if not os.path.isdir(folder):  # noqa: PTH112 (False, not an error, for what is no name)
        return []
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return [Study(path) for path in paths if lies(Inside(path, FILE)) is not None]


def named(name: str, runs: Path) -> Study | None:
    """The study of this id, or of which alone it is a part; None: there is none."""
    if not name:
        return None
    if os.path.lexists(Path(name) / FILE):
        return Study(Path(name))
    studies = every(runs)
    close = [one for one in studies if one.id == name] or [one for one in studies if name in one.id]
    return close[0] if len(close) == 1 else None


def find(name: str, runs: Path) -> Study:
    """The same.

    Raises:
        NetwrightError: there is none, or several.
    """
    found = named(name, runs)
    if found is None:
        ids = [one.id for one in every(runs)]
        known = nearest(name, ids) if ids else ": there are none yet"
        raise NetwrightError(f"no study '{name}' in {folder_of(runs)}{known}")
    return found


LEFT = ("stopped", "killed")
"""How a study stands that may go on."""


def latest(
    runs: Path,
    kind: str,
    fingerprint: str,
    plan: Mapping[str, Any],
    *,
    status: tuple[str, ...] = LEFT,
) -> Study | None:
    """The latest study of this kind, data and plan that stands so; None: there is none.

    A damaged one is passed over.
    """
    plain = read_json.parse(json.dumps(plan))
    for study in reversed(every(runs)):
        with contextlib.suppress(NetwrightError):
            info = study.info()
            recorded = {key: value for key, value in info["plan"].items() if key in plain}
            same = (info["kind"], info["fingerprint"], recorded) == (kind, fingerprint, plain)
            if same and study.status in status:
                return study
    return None


def way_on(study: Study) -> str:
    """The command by which it goes on."""
    info = study.info()
    verb = VERBS.get(info["kind"], info["kind"])
    given = stages.in_store(study.store) + stages.of_system(info)
    return f"netwright {verb} --resume {study.id}{given}"
