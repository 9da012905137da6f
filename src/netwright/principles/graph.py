"""The computation graph (计算图, notes 1.2.5): forward for values, backward for every derivative.

    forward   each step computes its value from earlier ones: U = b c, V = a + U, J = 3 V
    backward  from the last step to the first: dJ/dJ = 1; each input of a step gets
              dJ/d(step) * d(step)/d(input), and what is used in several places adds up what comes
              from each (the chain rule)

J = 3(a + b c) at a, b, c = 5, 3, 2:  U = 6, V = 11, J = 33;  dV = 3, dU = 3, da = 3, db = c dU = 6,
dc = b dU = 9.
Values are numbers or matrices; where a number or a single row or column is spread over a matrix,
its derivative is the sum over the places that it was spread to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.principles.expressions import Graph, Step, build
from netwright.principles.operations import OPERATIONS

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Values:
    """A graph with the value of every step."""

    graph: Graph
    values: tuple[Array, ...]


@dataclass(frozen=True)
class Walk:
    """A graph with every value and derivative.

    derivatives: dJ/d(step), one a step, shaped as its value; None where the step depends on no
    input (-2, 3*4), as a constant has none. along: what each edge (step, number of its input)
    carries back to that input, for every input that is no such constant; the sum over the edges
    that leave a step is its derivative.
    """

    graph: Graph
    values: tuple[Array, ...]
    derivatives: tuple[Array | None, ...]
    along: Mapping[tuple[int, int], Array]

    @property
    def result(self) -> float:
        """J."""
        return float(self.values[-1].reshape(()))

    def value(self, name: str) -> Array:
        """The value of a name."""
        return self.values[self._at(name)]

    def derivative(self, name: str) -> Array:
        """dJ/d(name).

        Raises:
            ValueError: there is no such name, or it depends on no input.
        """
        found = self.derivatives[self._at(name)]
        if found is None:
            raise ValueError(
                f"{name} depends on no input: it is a constant here, and a constant has no"
                " derivative."
            )
        return found

    def _at(self, name: str) -> int:
        for at, step in enumerate(self.graph.steps):
            if step.name == name and step.op != "constant":
                return at
        raise ValueError(
            f"the graph has no {name!r}: it has"
            f" {', '.join(step.name for step in self.graph.steps)}."
        )


def forward(graph: Graph, inputs: Mapping[str, Any]) -> Values:
    """The value of every step.

    Args:
        graph: from ``expressions.build``.
        inputs: a number or a matrix for each name of ``graph.inputs``.

    Raises:
        ValueError: a name without value or a value without name; shapes that do not fit; a division
            by zero, a logarithm of what is not above 0, a root of what is below 0, or a value too
            large for a float.
    """
    _check_names(graph, inputs)
    values: list[Array] = []
    for step in graph.steps:
        if step.op == "input":
            values.append(_given(step.name, inputs[step.name]))
        elif step.op == "constant":
            values.append(_finite(step, np.asarray(float(step.text))))
        else:
            parts = [values[at] for at in step.inputs]
            _check_parts(step, parts, [graph.steps[at].name for at in step.inputs])
            with np.errstate(all="ignore"):
                values.append(_finite(step, np.asarray(OPERATIONS[step.op].forward(*parts))))
    return Values(graph=graph, values=tuple(values))


def backward(forward_values: Values) -> Walk:
    """dJ/d(step) for every step, from the last to the first.

    Raises:
        ValueError: the result is not one number, or a derivative does not exist (a**b by b at a <=
            0).
    """
    graph, values = forward_values.graph, forward_values.values
    if values[-1].size != 1:
        raise ValueError(
            f"{graph.steps[-1].name} has the shape {values[-1].shape}: only one number has"
            " derivatives here; write sum(...)."
        )
    derivatives = [np.zeros_like(value) for value in values]
    derivatives[-1] = np.ones_like(values[-1])  # dJ/dJ
    varies = _varies(graph)
    along: dict[tuple[int, int], Array] = {}
    for at in range(len(values) - 1, -1, -1):
        step = graph.steps[at]
        for number, source in enumerate(step.inputs):
            if not varies[source]:
                # a constant has no derivative to speak of; (-2)**3 must not ask for log(-2)
                continue
            parts = [values[other] for other in step.inputs]
            with np.errstate(all="ignore"):
                d = OPERATIONS[step.op].backward[number](derivatives[at], values[at], *parts)
            d = _gathered(np.asarray(d), values[source].shape)
            if not np.isfinite(d).all():
                raise ValueError(
                    f"{step.name} = {step.text} has no finite derivative by"
                    f" {graph.steps[source].name} here."
                )
            along[at, number] = d
            derivatives[source] = derivatives[source] + d
    varies[-1] = True  # dJ/dJ is 1 even where J is a constant
    known = (d if found else None for d, found in zip(derivatives, varies, strict=True))
    return Walk(graph=graph, values=values, derivatives=tuple(known), along=along)


def walk(text: str, inputs: Mapping[str, Any]) -> Walk:
    """Both passes over an expression.

    >>> walk("J = 3*(a + b*c)", {"a": 5, "b": 3, "c": 2}).result
    33.0

    Args:
        text: see ``expressions.build``.
        inputs: a number or a matrix for each name.

    Raises:
        ValueError: see ``expressions.build``, ``forward`` and ``backward``.
    """
    return backward(forward(build(text), inputs))


def _check_names(graph: Graph, inputs: Mapping[str, Any]) -> None:
    needed = graph.inputs
    if missing := [name for name in needed if name not in inputs]:
        raise ValueError(
            f"{', '.join(missing)} has no value: give"
            f" {' '.join(f'{name}=NUMBER' for name in missing)}."
        )
    if extra := [name for name in inputs if name not in needed]:
        raise ValueError(
            f"{', '.join(extra)} is not an input of the expression: it has"
            f" {', '.join(needed) or 'none'}."
        )


def _given(name: str, value: Any) -> Array:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is neither a number nor a matrix of numbers.") from None
    if array.ndim not in (0, 2) or array.size == 0:
        raise ValueError(
            f"{name} has the shape {array.shape}: expected a number or a matrix (rows, columns)."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds {array[~np.isfinite(array)].flat[0]}: expected finite numbers."
        )
    return array


def _check_parts(step: Step, parts: list[Array], names: list[str]) -> None:
    """What an operator requires of its inputs, in an error with their names."""
    here = f"{step.name} = {step.text}"
    if step.op == "@":
        if any(part.ndim != 2 for part in parts) or parts[0].shape[1] != parts[1].shape[0]:
            raise ValueError(
                f"{here} expects (n, k) @ (k, m), and {names[0]} is {parts[0].shape}, {names[1]}"
                f" {parts[1].shape}."
            )
    elif len(parts) == 2:
        try:
            np.broadcast_shapes(parts[0].shape, parts[1].shape)
        except ValueError:
            raise ValueError(
                f"{here} expects one shape, and {names[0]} is {parts[0].shape}, {names[1]}"
                f" {parts[1].shape}."
            ) from None
    if step.op == "/" and (parts[1] == 0).any():
        raise ValueError(f"{here} divides by zero: {names[1]} is 0.")
    if step.op == "log" and (parts[0] <= 0).any():
        raise ValueError(f"{here} needs numbers above 0, and {names[0]} holds {parts[0].min():g}.")
    if step.op == "**":
        a, b = np.broadcast_arrays(*parts)
        if ((a == 0) & (b < 0)).any():
            raise ValueError(f"{here} divides by zero: {names[0]} is 0 and {names[1]} is below 0.")
        if ((a < 0) & (b != np.rint(b))).any():
            raise ValueError(f"{here} is a root of a number below 0: {names[0]} holds {a.min():g}.")


def _finite(step: Step, value: Array) -> Array:
    if not np.isfinite(value).all():
        raise ValueError(f"{step.name} = {step.text} is too large for a float.")
    return value


def _varies(graph: Graph) -> list[bool]:
    """Whether each step depends on an input."""
    found: list[bool] = []
    for step in graph.steps:
        found.append(step.op == "input" or any(found[at] for at in step.inputs))
    return found


def _gathered(d: Array, shape: tuple[int, ...]) -> Array:
    """d summed back to the shape that was spread to its own."""
    if len(shape) < d.ndim:
        return np.asarray(d.sum())
    spread = tuple(axis for axis, length in enumerate(shape) if length == 1 and d.shape[axis] != 1)
    return d.sum(axis=spread, keepdims=True) if spread else d
