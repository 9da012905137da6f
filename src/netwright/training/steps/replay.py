"""A traced graph as a plain Python function with as little between its operations as Python allows.

An operation of the graph is called through torch's own binding (``torch.addmm``) where there is
one, which costs half of the call through ``torch.ops``; constants are bound to names; values are
dropped after their last use. The weights are bound without their claim to a gradient, so that
nothing is recorded, and a view of weights, which lie where they lie, is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

aten = torch.ops.aten

VIEWS = (
    aten.t.default,
    aten.transpose.int,
    aten.permute.default,
    aten.view.default,
    aten.unsqueeze.default,
)


def simplify(graph: fx.Graph) -> None:
    """Take out what only autograd needs: detach, and a transpose of a transpose."""
    for node in list(graph.nodes):
        source: Any = node.args[0] if node.args else None
        if node.target is aten.detach.default:
            node.replace_all_uses_with(source)
            graph.erase_node(node)
        elif node.target is aten.t.default and getattr(source, "target", None) is aten.t.default:
            node.replace_all_uses_with(source.args[0])
    graph.eliminate_dead_code(is_impure_node=_must_stay)


def leave_narrow(graph: fx.Graph) -> None:
    """Gradients in half precision stay so: copying them widens them, too, to the same numbers."""
    (output,) = (node for node in graph.nodes if node.op == "output")
    value, *gradients = output.args[0]
    output.args = ([value, *map(_unwidened, gradients)],)
    graph.eliminate_dead_code(is_impure_node=_must_stay)


def _unwidened(gradient: fx.Node) -> Any:
    wide = gradient.target is aten._to_copy.default and gradient.kwargs["dtype"] is torch.float32
    return gradient.args[0] if wide else gradient


def function_of(traced: fx.GraphModule) -> Callable[..., list[Tensor]]:
    """The graph as a function of its inputs, in their order; its first output is the loss, the
    others are gradients, to be copied into tensors of the weights' type.
    """
    simplify(traced.graph)
    leave_narrow(traced.graph)
    known: dict[str, Any] = {}
    lines, inputs = [], []
    last = _last_uses(traced.graph)
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            inputs.append(node.name)
        elif node.op == "get_attr":
            held = getattr(traced, node.target)
            known[node.name] = held.detach() if isinstance(held, Tensor) else held
        elif node.target in VIEWS and node.args[0].op == "get_attr":
            known[node.name] = node.target(known[node.args[0].name], *node.args[1:])
        elif node.op == "output":
            lines.append(f"return [{', '.join(map(_text, node.args[0]))}]")
        else:
            known[f"f_{node.name}"] = _direct(node)
            arguments = [
                *map(_text, node.args),
                *(f"{key}={_text(value)}" for key, value in node.kwargs.items()),
            ]
            dead = "".join(f"; del {name}" for name in last.get(node, ()))
            lines.append(f"{node.name} = f_{node.name}({', '.join(arguments)}){dead}")
    constants = ", ".join(f"{name}={name}" for name in known)
    source = f"def replay({', '.join(inputs)}, *, {constants}):\n    " + "\n    ".join(lines)
    scope = {
        **known,
        "device": torch.device,
        "inf": float("inf"),
        "nan": float("nan"),
        "torch": torch,
    }
    exec(compile(source, "<replay>", "exec"), scope)
    replay: Callable[..., list[Tensor]] = scope["replay"]
    return replay


def _direct(node: fx.Node) -> Callable[..., Any]:
    """torch's own binding of the node's operation, or the operation itself."""
    target: Any = node.target
    if not isinstance(target, torch._ops.OpOverload) or target.namespace != "aten":
        return target  # type: ignore[no-any-return]
    name = target._schema.name.removeprefix("aten::")
    own = getattr(torch._C._VariableFunctions, name, None)
    exact = (
        target in (aten.t.default, aten.addmm.default, aten.mm.default, aten.relu.default)
        or target._overloadname == "default"
    )
    return own if own is not None and exact else target._op


def _text(value: Any) -> str:
    if isinstance(value, fx.Node):
        return value.name
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, torch.device):
        return f"device('{value}')"
    return repr(value)


def _last_uses(graph: fx.Graph) -> dict[fx.Node, list[str]]:
    """After which node each value is needed no more; inputs and constants live on."""
    last: dict[fx.Node, list[str]] = {}
    seen: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        for used in node.all_input_nodes:
            if used not in seen and used.op == "call_function":
                seen.add(used)
                if node.op != "output":
                    last.setdefault(node, []).append(used.name)
    return last


def _must_stay(node: fx.Node) -> bool:
    """Whether a node does something beside its value: changes a tensor in place, draws a random
    number, is an end.
    """
    if node.op in ("placeholder", "output"):
        return True
    schema = getattr(node.target, "_schema", None)
    tags = getattr(node.target, "tags", ())
    return bool(
        schema is not None and (schema.is_mutable or torch.Tag.nondeterministic_seeded in tags)
    )
