"""The studies of a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.errors import NetwrightError
from netwright.runs import store as stores
from netwright.studies import study as studies
from netwright.studies.study import Study


@dataclass(frozen=True)
class OpenedStudy:
    """A study as it lies on disk."""

    study: Study

    @property
    def id(self) -> str:
        """What it is called."""
        return self.study.id

    @property
    def info(self) -> dict[str, Any]:
        """Kind, question, plan, members, result; as in ``study.json``, the status as it is now."""
        return {**self.study.info(), "status": self.study.status}

    @property
    def notebook(self) -> list[dict[str, Any]]:
        """What was done when and why, oldest first."""
        return self.study.notebook()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.study.path

    def as_json(self) -> Mapping[str, Any]:
        """Plain values."""
        return {**self.info, "notebook": self.notebook}


def open_study(name: str, *, store: str | Path | None = None) -> OpenedStudy:
    """The study of this id, or of which alone it is a part.

    Args:
        store: where runs are kept (default: ``runs``).

    Raises:
        NetwrightError: there is none, or it is damaged.
    """
    found = OpenedStudy(studies.find(name, stores.folder(store)))
    _ = found.info
    return found


def list_studies(store: str | Path | None = None) -> list[dict[str, Any]]:
    """The studies of a store, oldest first: id, kind, status, source, question, members, kept;
    ``problem`` says why one cannot be read.

    Args:
        store: where runs are kept (default: ``runs``).
    """
    return [_line(one) for one in studies.every(stores.folder(store))]


def _line(study: Study) -> dict[str, Any]:
    try:
        info = study.info()
        return {
            "id": study.id,
            "kind": info["kind"],
            "status": study.status,
            "source": info["source"],
            "question": info["question"],
            "members": len(info["members"]),
            "kept": info.get("kept", ""),
            "problem": None,
        }
    except NetwrightError as error:
        return {"id": study.id, "problem": str(error)}
