"""Texts with their names as an HTML page, and as a picture of a report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

from netwright.contract import Highlighted

COLORS = (
    ("#bfe0f5", "#0072b2"),
    ("#fbdcc4", "#c44e00"),
    ("#c3ebd7", "#00805e"),
    ("#f7c9dc", "#b0306a"),
    ("#f3eab0", "#8a7400"),
    ("#dcd2f3", "#6a3fb5"),
)
"""Of a label: behind its names, so light that black text on it can be read, and for lines."""

STYLE = """
body { font: 16px/1.7 system-ui, sans-serif; color: #1b1f24; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem }
p { white-space: pre-wrap; overflow-wrap: anywhere }
h2 { font-size: .85rem; font-weight: 600; color: #656d76; margin: 2rem 0 0 }
mark { color: #1b1f24; border-radius: .25em; padding: .1em .25em }
mark b { font-size: .7em; margin-left: .4em; letter-spacing: .03em }
mark i { font-size: .7em; font-style: normal; margin-left: .4em; color: #3d444d }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 }
  h2 { color: #9198a1 } }
"""


def colors_of(labels: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The colours of each label, in the order of the alphabet."""
    return dict(zip(sorted(set(labels)), cycle(COLORS), strict=False))


def page(texts: Sequence[Highlighted]) -> str:
    """A page of its own, without a script or anything from elsewhere."""
    colors = colors_of([label for text in texts for *_, label in text.spans])
    parts = [
        f'<h2 dir="auto">{escape(text.source)}</h2>\n<p dir="auto">{_marked(text, colors)}</p>'
        for text in texts
    ]
    title = "Names"
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n"
        f"<style>{STYLE}</style>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def _marked(text: Highlighted, colors: dict[str, tuple[str, str]]) -> str:
    return "".join(
        f'<mark style="background:{colors[label][0]}">{escape(piece)}<b>{escape(label)}</b>'
        f"{f'<i>{p}</i>' if p else ''}</mark>"
        if label
        else escape(piece)
        for piece, label, p in text.pieces()
    )
