"""How `make docs` builds the site: README.md as the start page, docs/*.md, the gallery's scripts
run and drawn, the docstrings of the public names. Nothing is fetched.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
# for gallery_order, which Sphinx imports by its name
sys.path.insert(0, str(DOCS))

project = "netwright"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
]
html_theme = "furo"
html_title = "netwright"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
# gallery.rst lists the gallery's pages by chapter instead
exclude_patterns = ["_build", "gallery/*", "auto_gallery/index.rst"]
# minigallery is asked for by file names, which needs no back references
# ref.python: a name that several modules have (Batch) leads to the nearest
suppress_warnings = ["sphinx_gallery.config", "ref.python"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
smartquotes = False  # --set stays --set
napoleon_google_docstring = True
napoleon_numpy_docstring = False

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"notes_",
    "within_subsection_order": "gallery_order.by_row",
    "minigallery_sort_order": "gallery_order.by_row",
    "abort_on_example_error": True,
    "run_stale_examples": True,  # the library may have changed though the script has not
    "capture_repr": ("_repr_html_",),  # an SVG is shown; <Legend object at 0x...> is not
    "image_srcset": ["2x"],
    "thumbnail_size": (480, 336),
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 10,
}

REPOSITORY = "https://github.com/netwright/netwright/blob/main/"


def links_of_the_site(text: str) -> str:
    """Links as the files have them among each other, made links among the site's pages: a script of
    the gallery to its page, a file outside docs/ to the repository.
    """
    text = re.sub(r"\]\(gallery/(\w+)\.py\)", r"](auto_gallery/\1.rst)", text)
    return text.replace("](../", f"]({REPOSITORY}")


PAGES_OF_FINDINGS = """
```{toctree}
:hidden:
:glob:

NW*
```
"""


def read(app: Any, name: str, source: list[str]) -> None:
    """A page as it is read: the start page is README.md with the lists of pages below it."""
    page = DOCS / f"{name}.md"
    if name == "index":
        readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
        readme = re.sub(r"\]\((?!docs/|https?:)", f"]({REPOSITORY}", readme)
        source[0] = readme.replace("](docs/", "](") + "\n" + source[0]
    if name == "findings/index":
        source[0] += PAGES_OF_FINDINGS
    if page.parent == DOCS and page.exists():
        source[0] = links_of_the_site(source[0])


SECTION = re.compile(r"(Args|Returns|Raises|Yields|Attributes):$")
CODE = re.compile(r"(``[^`]+``)")


def as_rst(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """A docstring made reStructuredText, in place: ours are plain text, in which ``|W|`` is no
    substitution, and indented lines before the first section are formulas, kept as they stand.
    """
    prose, formula = True, False
    made: list[str] = []
    for line in lines:
        prose = prose and not SECTION.match(line)
        indented = prose and line.startswith("  ")
        if indented and not formula:
            made += ["", "::", ""]
        if formula and prose and line and not indented:
            made += [""]
        formula = indented or (formula and not line)
        made.append(line if indented else plain(line))
    lines[:] = made


def plain(line: str) -> str:
    """The line with the marks of reStructuredText escaped, but for ``code``."""
    parts = CODE.split(line)
    parts[::2] = [re.sub(r"([|*]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", read)
    app.connect("autodoc-process-docstring", as_rst, priority=400)  # before napoleon
