"""A net in an exported file answers, with what the file says of itself and no torch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api import answering
from netwright.api.exporting.described import KEY, FileDescription
from netwright.api.exporting.units import GraphUnits
from netwright.api.predictor import Predictor
from netwright.base.errors import NetwrightError, RunError, UnreadableError
from netwright.base.files import read_bytes
from netwright.contract import Answer, AnswerColumns, Arrays, Examples, Export, NetGraph

if TYPE_CHECKING:
    from netwright.api.trust.intervals import Intervals

SUFFIX = ".onnx"

MOST_BYTES = 2**31
"""Of a file: no graph that holds its weights itself is larger."""

INSTALL = "pip install 'netwright[onnx]'"


@dataclass(frozen=True)
class ExportedNet(Predictor):
    """A net in an ONNX file that ``netwright export`` wrote.

    Args:
        path: of the file.
        description: what it says of itself.
        session: of onnxruntime.
    """

    path: Path
    description: FileDescription
    session: Any

    @property
    def id(self) -> str:
        """The file's name."""
        return str(self.path)

    @cached_property
    def system(self) -> Export:
        """How its system answers outside."""
        return systems.export(self.description.system)

    def reads(self, *, lenient: bool = False) -> answering.Reads:
        """As the run read its inputs."""
        options = replace(self.description.options, lenient=lenient)
        return answering.Reads(self.description.system, options, self.description.seen)

    def intervals(self, level: float = 0.9) -> Intervals:
        """Those of the run.

        Raises:
            RunError: it had none.
        """
        from netwright.api.trust import intervals

        if self.description.no_interval:
            raise RunError(self.description.no_interval)
        return intervals.of_residuals(
            self.system, self.description.run, self.description.residuals, level
        )

    def ready_to_answer(self) -> answering.Answering:
        """What gives one answer an example."""
        return self._answered

    @cached_property
    def graph(self) -> NetGraph:
        """What a verb asks that takes a run, too."""
        return NetGraph(self.description.about, self.outputs)

    def verb(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Call a verb that its system brings, as ``Run.verb``, with this net first.

        Raises:
            RunError: its system brings no such verb, or the verb takes a run alone.
        """
        own = systems.own_verb(self.description.system, name, self.id)
        if own.function not in self.system.verbs:
            raise RunError(
                f"{self.path} is no run, which '{own.name}' takes: give the run that it was"
                f" exported of, {self.description.run}."
            )
        return systems.verb(self.description.system, own)(self, *arguments, **options)

    def arrays(self, examples: Examples) -> Arrays:
        """The inputs of the graph, of the first batch of these.

        Raises:
            DataError: the examples are not like those of training.
            RunError: what the file says of its inputs does not fit its system.
        """
        units = self.units(examples)
        with self._as_described():
            return units.arrays(next(units.batches()))[1]

    def outputs(self, arrays: Arrays) -> Arrays:
        """Those of the graph."""
        return outputs_of(self.session, arrays)

    def units(self, examples: Examples) -> GraphUnits:
        """What the graph reads of these, batch by batch.

        Raises:
            DataError: the examples are not like those of training.
            RunError: as of ``arrays``.
        """
        with self._as_described():
            return GraphUnits.of(self.system, self.description, examples)

    def _answered(self, examples: Examples) -> Sequence[Answer]:
        units = self.units(examples)
        found: list[Answer] = [None] * len(units.cut.units)
        for rows in units.batches():
            with self._as_described():
                some, arrays = units.arrays(rows)
                outputs = self.outputs(arrays)
                units.keep(rows, outputs)
                answers = self.system.answers(self.description.about, outputs, some)
            if isinstance(answers, AnswerColumns) and rows.tolist() == [*range(len(found))]:
                return answers
            for row, answer in zip(rows.tolist(), answers, strict=True):
                found[row] = answer
        with self._as_described():
            return units.gathered(found)

    @contextlib.contextmanager
    def _as_described(self) -> Iterator[None]:
        """Where a system reads what the file says of itself, which a stranger may have written.

        Raises:
            RunError: it does not fit.
        """
        try:
            yield
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise RunError(
                f"{self.path}: what it says of its inputs and answers does not fit the system"
                f" '{self.description.system}' ({error}): export it again."
            ) from error


def outputs_of(session: Any, arrays: Arrays) -> Arrays:
    """What a session makes of the inputs that its graph reads; a net may leave some unread."""
    inputs = {one.name: arrays[one.name] for one in session.get_inputs()}
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def is_exported(name: str) -> bool:
    """Whether a person means an exported file, by its ending."""
    return name.lower().endswith(SUFFIX)


def load_onnx(path: str | Path, *, system: str | Path | None = None) -> ExportedNet:
    """The net in a file that ``netwright export`` wrote, ready to answer; torch is not loaded.

    Args:
        system: the folder of its system, where that is one of your own.

    Raises:
        RunError: there is no such file, it is none of netwright's, is damaged, or of another system
            than is named.
        NetwrightError: onnxruntime is not installed.
    """
    path = Path(path)
    try:
        session = session_of(read_bytes(path, MOST_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(f"{path}: no such file.") from None
    except UnreadableError as error:
        raise RunError(f"{path} cannot be opened as an ONNX file: {error}.") from None
    written = session.get_modelmeta().custom_metadata_map.get(KEY)
    if written is None:
        raise RunError(
            f"{path} holds a net without what netwright needs to answer with it: expected a file of"
            " netwright export RUN --onnx FILE.onnx."
        )
    try:
        description = FileDescription.of(written)
    except UnreadableError as error:
        raise RunError(f"{path} cannot be answered with: {error}.") from None
    if system is not None and systems.named(system) not in ("auto", description.system):
        raise RunError(
            f"{path} is of the system '{description.system}', not '{systems.named(system)}'."
        )
    return ExportedNet(path, description, session)


def session_of(content: bytes, *, threads: int = 0) -> Any:
    """What an ONNX file holds, opened by onnxruntime.

    Args:
        threads: 0: as many as there are cores.

    Raises:
        NetwrightError: onnxruntime is not installed.
        UnreadableError: it is no ONNX file, or of a newer kind.
    """
    try:
        import onnxruntime
    except ImportError:
        raise NetwrightError(f"an exported net answers by onnxruntime: {INSTALL}.") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # what goes wrong is raised
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class for each of its codes, and no common one
        raise UnreadableError(str(error).splitlines()[0][:200].rstrip(".")) from None
