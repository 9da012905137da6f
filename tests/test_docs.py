"""The docs cannot lie: what the code has is documented, and what the docs name is there.

Every list is derived from the code; no page is trusted to be complete.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

import netwright
from netwright import systems
from netwright.base.findings import CODES
from netwright.cli.main import GROUPS
from netwright.recipe.knobs import knobs
from netwright.recipe.texts import presets
from netwright.runs.project import KEYS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md")),
    *sorted(page for under in ("*.md", "findings/*.md") for page in DOCS.glob(under)),
]


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_generated_pages_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    for path, text in importlib.import_module("reference").pages().items():
        assert path.read_text(encoding="utf-8") == text, "run: python docs/reference.py"


def test_every_command_has_its_heading() -> None:
    found = re.findall(r"^### netwright (\S+)$", text_of("commands.md"), re.MULTILINE)
    assert found == list(GROUPS)


@pytest.mark.parametrize("system", systems.names())
def test_every_setting_has_its_row(system: str) -> None:
    rows = set(re.findall(r"^\| `([\w.]+)` \|", text_of("settings.md"), re.MULTILINE))
    assert knobs(systems.load(system).recipe).keys() <= rows


def test_every_finding_is_listed() -> None:
    listed = re.findall(r"^\| \[(NW\d+)\]\(\1\.md\) \|", text_of("findings/index.md"), re.MULTILINE)
    assert listed == list(CODES)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_project_yaml_has_its_heading(key: str) -> None:
    assert f"\n### {key}\n" in text_of("project.md")


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_described(name: str) -> None:
    assert f"\n- `{name}` " in text_of("speed.md")


@pytest.mark.parametrize("name", netwright.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: netwright\.{name}$", text_of("api.md"), re.MULTILINE)


def test_completion_offers_the_public_names() -> None:
    assert sorted(dir(netwright)) == sorted(netwright.__all__)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a run that is far from what people reach."""
    run = netwright.train(
        "digits8",
        model="linear",
        epochs=1,
        human_error=0.0,
        store=tmp_path_factory.mktemp("runs"),
    )
    return (run.record.path / "report.html").read_text(encoding="utf-8")


def test_the_picture_shows_the_report_as_it_is_now(
    report: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    now = importlib.import_module("picture").headings(report)
    with Image.open(DOCS / "report.png") as picture:
        then = picture.info["Headings"].splitlines()
    assert then == now, "run: make readme-picture, and look at it"


def variables_read(tree: ast.AST) -> Iterator[str]:
    """The environment variables that a file reads, by ``os.environ`` or as a click option's
    envvar.
    """
    for node in ast.walk(tree):
        match node:
            case (
                ast.Subscript(value=ast.Attribute(attr="environ"), slice=name)
                | ast.Call(func=ast.Attribute(value=ast.Attribute(attr="environ")), args=[name, *_])
                | ast.Call(func=ast.Attribute(attr="getenv"), args=[name, *_])
                | ast.keyword(arg="envvar", value=name)
            ):
                assert isinstance(name, ast.Constant) and isinstance(name.value, str), (
                    f"line {node.lineno}: name the variable in clear"
                )
                yield name.value
            case ast.Compare(
                left=ast.Constant(value=str(name)), comparators=[ast.Attribute(attr="environ")]
            ):
                yield name


def test_every_environment_variable_has_its_row() -> None:
    read = {
        name
        for path in SOURCES
        for name in variables_read(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert "NETWRIGHT_RUNS" in read and "NETWRIGHT_STORAGE" in read and "OMP_NUM_THREADS" in read
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", text_of("project.md"), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert documented == read


def rows_cited(text: str) -> set[str]:
    """The rows in "notes 2.2.5-2.2.7, 2.2.9", a range written out."""
    row = r"\d+\.\d+\.\d+"
    cited = set()
    for match in re.finditer(rf"[Nn]otes (?:{row}[-,\s]*(?:and )?)+", text):
        for first, last in re.findall(rf"({row})(?:-({row}))?", match[0]):
            chapter, start = first.rsplit(".", 1)
            end = int(last.rsplit(".", 1)[1]) if last else int(start)
            cited |= {f"{chapter}.{at}" for at in range(int(start), end + 1)}
    return cited


def test_rows_of_the_notes_are_read_off_a_sentence() -> None:
    text = "Momentum (notes 2.2.5-2.2.7, 2.2.9), as in\n    notes 3.1.1 and 3.1.2; version 1.2.3"
    assert rows_cited(text) == {"2.2.5", "2.2.6", "2.2.7", "2.2.9", "3.1.1", "3.1.2"}


def test_every_row_of_the_notes_that_is_cited_is_on_the_page_of_the_course() -> None:
    course = text_of("syllabus.md")
    table = "\n".join(re.findall(r"^\| ([\d., ]+) \|", course, re.MULTILINE))
    rows = re.findall(r"\d+\.\d+\.\d+", table)
    assert len(rows) == len(set(rows)), "a row stands in two places"
    cited = {
        row
        for path in [*SOURCES, *PAGES, *sorted(DOCS.rglob("*.py"))]
        for row in rows_cited(path.read_text(encoding="utf-8"))
    }
    assert cited and cited <= set(rows), sorted(cited - set(rows))


def test_the_glossary_holds_our_words() -> None:
    headings = re.findall(r"^## (.+)$", text_of("glossary.md"), re.MULTILINE)
    words = {"ladder", "rung", "gap", "finding", "knob", "codec", "recipe", "sealed", "chosen"}
    assert set(headings) == {*words, "baseline"}


def anchors(page: Path) -> set[str]:
    """The ids of a page's headings, as forges and the site's builder make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def test_every_page_can_be_reached_from_the_start() -> None:
    waiting, seen = [ROOT / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)\s#]+)", page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link).resolve() for link in links if "://" not in link]
    lists = {DOCS / "index.md"}  # of pages, at the side of the site; its text is README.md
    assert {page for page in PAGES if page.parent != ROOT} - lists <= seen
