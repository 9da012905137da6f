"""A look into a net, as text."""

from __future__ import annotations

from netwright.api.inside.found import LayerSeen, NetInside
from netwright.base.figures import shorten
from netwright.cli import console


def inside_text(found: NetInside) -> str:
    """Its layers, the prediction that is explained, and where the page lies."""
    of = f" of {found.whole:,}" if found.whole > found.examples else ""
    head = f"{found.examples:,}{of} training examples, none of them augmented"
    table = console.table(
        [_row(layer) for layer in found.layers],
        ["layer", "units", "places", "a unit sees", "dead", "most alike"],
        "lrrrrl",
    )
    return "\n\n".join([head, table, _explained(found), f"page  {found.page}"])


def _row(layer: LayerSeen) -> list[str]:
    sides = (" x ".join(map(str, sizes)) for sizes in (layer.places, layer.sees))
    return [layer.name, f"{layer.units:,}", *sides, f"{layer.dead:,}", _purest(layer)]


def _purest(layer: LayerSeen) -> str:
    """The unit, of those that are shown, whose examples are of one class most."""
    known = [unit for unit in layer.shown if unit.labels]
    if not known:
        return ""
    unit = max(known, key=lambda one: one.labels[0][1])
    name, count = unit.labels[0]
    return f"unit {unit.unit}: {count} of {len(unit.activations)} are {shorten(name, 20)}"


def _explained(found: NetInside) -> str:
    one = found.explained
    truth = "" if one.truth is None else f"truth {one.truth}, "
    text = f"{one.source}: {truth}answer {one.answer}"
    return f"{text}\n{one.why_not}" if one.why_not else text
