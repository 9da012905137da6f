"""The computation graph against PyTorch's autograd, its parser against Python's precedence."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from netwright.principles import check, expressions, graph, graph_picture

NAMESPACE = {
    "exp": torch.exp,
    "log": torch.log,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "max": torch.maximum,
    "sum": torch.sum,
}
few = settings(max_examples=25, deadline=None)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " + ", " * "]), inner).map("".join)
    return st.one_of(
        two,
        two.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
        inner.map(lambda text: f"({text})**2"),
        inner.map(lambda text: f"2**tanh({text})"),
        st.tuples(st.sampled_from(["tanh", "sigmoid", "relu"]), inner).map(
            lambda pair: f"{pair[0]}({pair[1]})"
        ),
        inner.map(lambda text: f"log(1 + ({text})**2)"),
        inner.map(lambda text: f"exp(tanh({text}))"),
        st.tuples(inner, inner).map(lambda pair: f"max({pair[0]}, {pair[1]})"),
    )


expression = st.recursive(st.sampled_from(["a", "b", "c", "2", "0.5"]), combined, max_leaves=9)
number = st.floats(-3, 3).map(lambda value: round(value, 3)).filter(lambda value: abs(value) > 0.01)


def of_torch(text: str, inputs: dict[str, object]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The oracle: Python parses, PyTorch derives."""
    theta = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in inputs.items()
    }
    J = eval(text, {"__builtins__": {}}, {**NAMESPACE, **theta})
    J = J if isinstance(J, torch.Tensor) else torch.tensor(float(J))
    grads = torch.autograd.grad(J.sum(), list(theta.values()), allow_unused=True)
    return J, {
        n: torch.zeros_like(theta[n]) if g is None else g for n, g in zip(theta, grads, strict=True)
    }


def test_the_example_of_the_notes() -> None:
    found = graph.walk("J = 3*(a + b*c)", {"a": 5, "b": 3, "c": 2})
    assert found.result == 33
    assert [float(found.derivative(name)) for name in "abc"] == [3, 6, 9]
    named = graph.walk("U = b*c; V = a + U; J = 3*V", {"a": 5, "b": 3, "c": 2})
    assert [float(named.value(name)) for name in "UVJ"] == [6, 11, 33]
    assert [float(named.derivative(name)) for name in "UVJ"] == [3, 3, 1]


@given(text=expression, a=number, b=number, c=number)
@settings(max_examples=60, deadline=None)
def test_any_expression_equals_autograd(text: str, a: float, b: float, c: float) -> None:
    names = expressions.build(text).inputs
    assume(names)
    inputs = {name: value for name, value in {"a": a, "b": b, "c": c}.items() if name in names}
    try:
        J, wanted = of_torch(text, inputs)
    except (
        ZeroDivisionError,
        TypeError,
    ):  # a constant part divides by zero, or max and tanh get a plain number
        assume(False)
    values = [float(J.detach().sum()), *(float(d) for d in wanted.values())]
    assume(all(math.isfinite(value) and abs(value) < 1e12 for value in values))
    try:
        found = graph.walk(text, inputs)
    except ValueError as error:
        assume("divides by zero" not in str(error))  # PyTorch goes on with infinity: 1/(1/0) is 0
        raise
    assert found.result == pytest.approx(values[0], rel=1e-9, abs=1e-12)
    for name in names:
        assert float(found.derivative(name)) == pytest.approx(
            float(wanted[name]), rel=1e-9, abs=1e-12
        ), name


@given(
    n=st.integers(1, 4), k=st.integers(1, 4), m=st.integers(1, 4), seed=st.integers(0, 2**32 - 1)
)
@few
def test_matrices_equal_autograd_and_the_numerical_gradient(
    n: int, k: int, m: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    text = "sum(max(tanh(W @ X + b)*s, C) / (2 + sigmoid(-W @ X)) - exp(r)**2)"
    shapes = {"W": (n, k), "X": (k, m), "b": (n, 1), "s": (), "C": (n, m), "r": (1, m)}
    inputs = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    J, wanted = of_torch(text, inputs)
    found = graph.walk(text, inputs)
    assert found.result == pytest.approx(float(J.detach()), rel=1e-9)
    for name, d in wanted.items():
        np.testing.assert_allclose(
            found.derivative(name), d.numpy(), rtol=1e-9, atol=1e-12, err_msg=name
        )
    steps = {name: found.derivative(name) for name in inputs}
    report = check.check(lambda theta: graph.walk(text, theta).result, inputs, steps)
    assert report.difference < 1e-6, str(report)


def signed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Everything that the grammar allows on numbers, with minus signs wherever one may stand."""
    minus = st.sampled_from(["", "", "-", "--", "- ", "-- -"])
    operator = st.sampled_from(["+", "-", "*", "/", "**", " - ", " + ", " ** "])
    function = st.sampled_from(["exp", "log", "tanh", "sigmoid", "relu", "sum"])
    return st.one_of(
        st.tuples(minus, inner, operator, minus, inner).map("".join),
        st.tuples(minus, inner).map(lambda parts: f"{parts[0]}({parts[1]})"),
        st.tuples(minus, function, minus, inner).map(
            lambda parts: f"{parts[0]}{parts[1]}({parts[2]}{parts[3]})"
        ),
        st.tuples(inner, minus, inner).map(lambda parts: f"max({parts[0]}, {parts[1]}{parts[2]})"),
    )


@st.composite
def lines(draw: st.DrawFn) -> list[tuple[str, str]]:
    """(name, expression) of each line: of inputs, lines before, and numbers, or numbers alone."""
    found: list[tuple[str, str]] = []
    for name in (*("U", "u1", "x_2")[: draw(st.integers(0, 3))], "J"):
        atoms = (
            ["2", "0.5", "3", "1e-1"]
            + draw(st.sampled_from([[], ["a", "b"]]))
            + [before for before, _ in found]
        )
        text = draw(st.recursive(st.sampled_from(atoms), signed, max_leaves=6))
        found.append((name, draw(st.sampled_from(["", "-", "--"])) + text))
    return found


def of_lines(
    found: list[tuple[str, str]], inputs: dict[str, float]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The oracle for several lines; each number is a tensor, so 2/0 and max(1, 2) are PyTorch's."""
    known = {
        "__builtins__": {},
        "float64": lambda number: torch.tensor(number, dtype=torch.float64),
        **NAMESPACE,
    }
    theta = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in inputs.items()
    }
    known |= theta
    for name, text in found:
        known[name] = eval(
            re.sub(r"(?<![\w.])[\d.]+(e-1)?", lambda number: f"float64({number[0]})", text), known
        )
    J = known[found[-1][0]]
    if not J.requires_grad or not theta:
        return J, {name: torch.zeros(()) for name in theta}
    grads = torch.autograd.grad(J, list(theta.values()), allow_unused=True)
    return J, {
        name: torch.zeros(()) if d is None else d for name, d in zip(theta, grads, strict=True)
    }


REASONS = (
    "divides by zero",
    "is too large",
    "a root of a number below 0",
    "needs numbers above 0",
    "no finite derivative",
)


@given(found=lines(), a=number, b=number)
@example(found=[("J", "-2*a")], a=1.0, b=1.0)
@example(found=[("J", "2**3*a")], a=1.0, b=1.0)
@example(found=[("U", "-3"), ("J", "U*U*a - -U")], a=1.0, b=1.0)
@example(found=[("J", "a**-2*(-2)**-3")], a=-1.5, b=1.0)
@example(found=[("J", "--2")], a=1.0, b=1.0)
@settings(max_examples=150, deadline=None)
def test_every_expression_of_the_grammar_is_right_and_drawn_or_refused_for_a_reason(
    found: list[tuple[str, str]], a: float, b: float
) -> None:
    text = "; ".join(f"{name} = {line}" for name, line in found)
    names = expressions.build(text).inputs
    inputs = {name: value for name, value in {"a": a, "b": b}.items() if name in names}
    try:
        walk = graph.walk(text, inputs)
    except ValueError as error:
        assert any(reason in str(error) for reason in REASONS) and str(error).endswith(".")
        return
    J, wanted = of_lines(found, inputs)
    scale = max(float(np.abs(value).max()) for value in (*walk.values, *walk.along.values()))
    assume(scale < 1e8)
    assert walk.result == pytest.approx(float(J.detach()), rel=1e-7, abs=1e-9 * (1 + scale))
    for name, d in wanted.items():
        assert float(walk.derivative(name)) == pytest.approx(
            float(d), rel=1e-7, abs=1e-9 * (1 + scale)
        ), name
    shown = texts(graph_picture.svg(walk))
    drawn_steps = sum(step.op != "constant" for step in walk.graph.steps)
    edges = [
        source
        for step in walk.graph.steps
        for source in step.inputs
        if walk.graph.steps[source].op != "constant"
    ]
    # boxes, values, derivatives; J's own; legend
    assert len(shown) == drawn_steps + len(edges) + len(walk.along) + 2 + 2
    assert walk.derivatives[-1] == 1


def test_a_step_of_constants_alone_has_no_derivative() -> None:
    walk = graph.walk("U = -3; J = U*a", {"a": 2})
    assert (
        dict(zip((step.name for step in walk.graph.steps), walk.derivatives, strict=True))["U"]
        is None
    )
    with pytest.raises(ValueError, match="U depends on no input: it is a constant here"):
        walk.derivative("U")


def test_a_derivative_by_the_exponent_and_by_equal_ones() -> None:
    found = graph.walk("a**b + max(c, d)", {"a": 2, "b": 3, "c": 1, "d": 1})
    assert float(found.derivative("a")) == 12
    assert float(found.derivative("b")) == pytest.approx(8 * math.log(2), rel=1e-12)
    assert float(found.derivative("c")) == float(found.derivative("d")) == 0.5
    assert float(graph.walk("a**0", {"a": 0}).derivative("a")) == 0
    assert float(graph.walk("(a - 5)**3", {"a": 2}).derivative("a")) == 27


def test_a_line_that_only_names_a_value_hands_its_derivative_on() -> None:
    found = graph.walk("U = a; V = 3; J = U*U*V", {"a": 2})
    assert float(found.derivative("a")) == float(found.derivative("U")) == 12
    assert graph.walk("a", {"a": 2}).derivative("a") == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-a**2", -9),
        ("2**3**2", 512),
        ("a - 1 - 1", 1),
        ("8/4/2", 1),
        ("2**-1", 0.5),
        ("a*-2", -6),
        ("1e1 + .5", 10.5),
        ("--a", 3),
    ],
)
def test_precedence_is_the_usual_one(text: str, value: float) -> None:
    inputs = {"a": 3} if "a" in text else {}
    assert graph.walk(text, inputs).result == value == eval(text, {"a": 3})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the expression is empty"),
        ("3(a + b)", "character 2: an operator is missing before '('"),
        ("a b", "character 3: an operator is missing before 'b'"),
        ("a +", "it ends too early"),
        ("(a", r"a ')' is missing"),
        ("a)", r"an operator is missing before ')'"),
        ("exp", "exp is a function: write exp"),
        ("exp(a, b)", "exp takes one value, not 2"),
        ("max(a)", "max takes two values or more"),
        ("f(a)", "no function is called 'f'"),
        ("J = J + 1", "'J' is used before it and cannot be set"),
        ("log = 3", "'log' is a function and cannot be set"),
        ("a; b", "the line before needs a name"),
        ("__import__('os')", "''' has no meaning here"),
        ("a.real", "'.' has no meaning here"),
        ("a^2", "'^' has no meaning here; a power is written **"),
        ("1 + a²", "character 6: '²' has no meaning here; a power is written **"),
        ("(lambda: 1)()", "':' has no meaning here"),
        ("eval(a)", "no function is called 'eval'"),
        ("(" * 2000 + "a", "more than 60 levels"),
        ("-" * 2000 + "a", "more than 60 levels"),
        ("2**" * 2000 + "a", "more than 60 levels"),
        ("a+" * 6000 + "a", "12,001 characters"),
    ],
)
def test_what_is_no_expression_is_refused_and_never_run(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        expressions.build(text)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 200


@given(text=st.text("ab2. +-*/@(),=;^_" + "λ", max_size=25), a=st.floats(-50, 50), b=st.floats())
@settings(max_examples=100, deadline=None)
def test_any_text_is_walked_or_refused_in_one_sentence(text: str, a: float, b: float) -> None:
    try:
        names = expressions.build(text).inputs
        found = graph.walk(text, {name: b if name == "b" else a for name in names})
    except ValueError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        assert all(d is None or np.isfinite(d).all() for d in found.derivatives)
        ElementTree.fromstring(graph_picture.svg(found))


@pytest.mark.parametrize(
    ("text", "inputs", "message"),
    [
        ("a + b", {"a": 1}, "b has no value: give b=NUMBER"),
        ("a", {"a": 1, "d": 2}, "d is not an input of the expression: it has a"),
        ("a/b", {"a": 1, "b": 0}, "J = a/b divides by zero: b is 0"),
        ("a**b", {"a": 0, "b": -1}, "divides by zero"),
        ("a**0.5", {"a": -1}, "a root of a number below 0: a holds -1"),
        ("log(a - 1)", {"a": 1}, "needs numbers above 0, and u1 holds 0"),
        ("exp(a)", {"a": 1000}, "J = exp(a) is too large for a float"),
        ("9**9**9**a", {"a": 9}, "too large for a float"),
        ("a**b", {"a": -2, "b": 2}, "has no finite derivative by b"),
        ("a**0.5", {"a": 0}, "has no finite derivative by a"),
        ("a", {"a": math.nan}, "a holds nan"),
        ("a", {"a": "x"}, "neither a number nor a matrix"),
        ("a", {"a": 10**400}, "neither a number nor a matrix"),
        ("a", {"a": [1, 2]}, "a has the shape (2,): expected a number or a matrix"),
        ("a @ b", {"a": 1, "b": 2}, "expects (n, k) @ (k, m), and a is (), b ()"),
        ("a @ b", {"a": [[1, 2]], "b": [[1, 2]]}, "a is (1, 2), b (1, 2)"),
        ("a + b", {"a": [[1, 2]], "b": [[1, 2, 3]]}, "expects one shape"),
        ("a*2", {"a": [[1, 2]]}, "only one number has derivatives here"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_the_letters_of_the_expression(
    text: str, inputs: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError) as refused:
        graph.walk(text, inputs)
    assert message in str(refused.value)


def test_an_unknown_name_is_refused_in_the_walk() -> None:
    with pytest.raises(ValueError, match="the graph has no 'z': it has"):
        graph.walk("a*2", {"a": 1}).derivative("z")


def test_a_long_chain_is_no_deep_one() -> None:
    text = "+".join(["a"] * 2000)
    assert float(graph.walk(text, {"a": 1}).derivative("a")) == 2000


def texts(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_holds_every_step_value_and_derivative() -> None:
    picture = graph_picture.svg(graph.walk("J = 3*(a + b*c)", {"a": 5, "b": 3, "c": 2}))
    shown = texts(picture)
    assert [label for label in shown if "=" in label] == ["u1 = b*c", "u2 = a + u1", "J = 3*u2"]
    for label in ("a", "b", "c", "33", "11", "6", "9", "5", "2", "1"):
        assert label in shown
    # five edges, and the result: the constant 3 stands in its step
    assert picture.count("<path") == 6


def drawn(walk: graph.Walk) -> tuple[list[list[float]], list[np.ndarray]]:
    """The boxes (x, y, width, height), and points along each line (n, 2)."""
    root = ElementTree.fromstring(graph_picture.svg(walk))
    boxes = [
        [float(node.attrib[key]) for key in ("x", "y", "width", "height")]
        for node in root.iter("{http://www.w3.org/2000/svg}rect")
        if "x" in node.attrib
    ]
    t, lines = np.linspace(0, 1, 41)[:, None], []
    for node in root.iter("{http://www.w3.org/2000/svg}path"):
        start, how, rest = re.fullmatch(r"M(\S+) ([CHh])(.+)", node.attrib["d"]).groups()  # type: ignore[union-attr]
        p0 = np.array(start.split(","), float)
        if how == "C":
            p1, p2, p3 = (np.array(point.split(","), float) for point in rest.split())
        else:
            p3 = np.array([float(rest) + (p0[0] if how == "h" else 0.0), p0[1]])
            p1, p2 = p0 + (p3 - p0) / 3, p0 + (p3 - p0) * 2 / 3
        lines.append(
            (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3
        )
    return boxes, lines


@pytest.mark.parametrize(
    "text",
    [
        "z = w1*x1 + w2*x2 + b; a = sigmoid(z); L = -(y*log(a) + (1 - y)*log(1 - a)) + a*a",
        "J = w1*w1 + (x1 + w1)*tanh(w1*x1)",
        "U = w1*x1; V = exp(U); L = (U - V)*(b - w1)/(1 + V**2) - x1*U",
    ],
)
def test_boxes_of_the_picture_lie_neither_on_each_other_nor_on_a_line_and_names_are_escaped(
    text: str,
) -> None:
    names = expressions.build(text).inputs
    walk = graph.walk(text, {name: 0.5 + 0.1 * number for number, name in enumerate(names)})
    boxes, lines = drawn(walk)
    assert len(boxes) == sum(step.op != "constant" for step in walk.graph.steps)
    for at, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[at + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
        for line in lines:
            inside = (line > [x + 1, y + 1]) & (line < [x + w - 1, y + h - 1])
            assert not inside.all(axis=1).any()
    assert texts(graph_picture.svg(graph.walk("J = 2*3", {})))[:2] == ["J = 2*3", "6"]
    assert graph_picture.written(np.array(-0.0)) == "0"
    assert graph_picture.written(np.array([[1.0, 2.0], [3.0, 4.0]])) == "[1 2; 3 4]"
    assert graph_picture.written(np.ones((3, 7))) == "3 x 7"
