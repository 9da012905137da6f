"""Views: made by the system once after training, kept in the run, shown in the report; those of a
stranger's run do nothing but be looked at.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import netwright as nw
import report_run as make
import small_runs
import toy_answers
from netwright import systems
from netwright.api.judged import views as api_views
from netwright.api.run import Run
from netwright.base.errors import NetwrightError, NetwrightWarning, RunError
from netwright.cli.main import main
from netwright.contract import View
from netwright.report import html_page
from netwright.report.sections import views as section
from netwright.runs import contents, schema, views
from netwright.runs.record import Record
from netwright.training import trainer

FOLDER = Path(__file__).parent / "outside" / "toy_words"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="3" height="4"/></svg>'


def shown(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    capsys.readouterr()
    main(["show", str(folder), *more])
    return capsys.readouterr().out


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make.classifier_run(tmp_path / make.ID, dev=60)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Any]]:
    """A complete run of the toy that answers with sentences, with its dev examples."""
    store = tmp_path_factory.mktemp("runs")
    system = toy_answers.SYSTEMS["sentences"]
    recipe = system.recipe().changed({"training.precision": "float32", "training.threads": 1})
    made = small_runs.fitted(
        trainer.prepare(system, small_runs.reading(system.sample(160, 0)), recipe, store)
    )
    opened = Run(made.record)
    opened.__dict__["system"] = system
    yield opened, made.setup.dev
    shutil.rmtree(store)


def test_a_view_of_each_kind_is_made_kept_and_shown(
    trained: tuple[Run, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run, dev = trained
    api_views.make(run, dev)
    run.diagnose()
    kept = run.files.views
    assert [(view["title"], view["kind"]) for view in kept] == [
        ("Words said", "table"),
        ("Words as bars", "svg"),
        ("In a sentence", "text"),
    ]
    counts = dict(kept[0]["rows"])
    words = [word for answer in run.record.answers("dev", run.system) for word in answer.words]
    assert counts == {word: words.count(word) for word in toy_answers.WORDS}
    losses = run.predictions()["loss"].to_list()
    assert dev.sources[losses.index(max(losses))] in kept[2]["text"]
    html = run.report.read_text(encoding="utf-8")
    assert '<h2 id="h-views">Views</h2>' in html and "1 &lt; 2." in html
    picture = (run.record.path / "pictures" / "view-01.svg").read_bytes()
    assert picture.startswith(b"<svg")
    assert f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}" in html
    text = shown(run.record.path, capsys)
    assert "views  Words said (table), Words as bars (svg), In a sentence (text)" in text
    assert json.loads(shown(run.record.path, capsys, "--json"))["views"] == kept


@pytest.mark.parametrize(
    ("picture", "width"),
    [
        (b'<svg viewBox="0 0 440 400" xmlns="a" style="width:100%">', "506px"),
        (b'<?xml version="1.0"?>\n<svg xmlns="a"\n viewBox="0 -1.5 100.0 20">', "115px"),
        (b'<svg width="40">', "100%"),
        (b'<svg viewBox="0 0 1)}evil 2">', "100%"),
        (b"\xff<svg viewBox=", "100%"),
    ],
)
def test_a_picture_is_shown_no_wider_than_it_was_drawn(picture: bytes, width: str) -> None:
    """Its letters would be as large as headings."""
    assert section.widest(picture) == width


def test_a_training_makes_them_and_showing_them_loads_no_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systems.named(FOLDER)
    systems.readers("toy_words")[0].sample(tmp_path / "texts")
    run = nw.train(tmp_path / "texts", system=FOLDER, epochs=1, store=tmp_path / "runs")
    (view,) = run.files.views
    assert view == {"title": "Words known", "kind": "text", "text": " ".join(run.codec.words)}
    assert view["text"] in run.report.read_text(encoding="utf-8")
    systems._named.clear()
    for name in [name for name in sys.modules if name.startswith("netwright.systems.toy")]:
        del sys.modules[name]
    assert "Words known (text)" in shown(run.record.path, capsys)
    html_page.write(run.record.path)
    assert not [name for name in sys.modules if name.startswith("netwright.systems.toy")]


def test_a_run_without_views_has_no_such_section(run: Path) -> None:
    assert 'id="views"' in html_page.render(contents.read(run))
    (run / "views.json").unlink()
    assert 'id="views"' not in html_page.render(contents.read(run))


@pytest.mark.parametrize(
    ("make_views", "why"),
    [
        (lambda run: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda run: [View("a", svg=SVG, text="b")], "ValueError: the view 'a' is to have one of"),
        (lambda run: [View("a", columns=("b",), rows=[(1, 2)])], "ValueError: the view 'a' has a"),
        (lambda run: [View("a", text="b" * 100_001)], "at most 100,000 characters"),
        (lambda run: [View("a", columns=("b",), rows=[[1]] * 1_001)], "at most 1,000 entries"),
        (lambda run: [View("a", columns=("b",), rows=[[float("nan")]])], "has 0.rows.0.0 = NaN"),
        (lambda run: [View("a", svg=SVG + " " * schema.LARGEST_VIEW)], "view-00.svg = "),
        (lambda run: [View("a", text="b")] * 51, "at most 50 entries"),
        (
            lambda run: [View("a", columns=("b",), rows=[["c" * 90_000]] * 500)],
            "expected at most 16,777,216",
        ),
    ],
)
def test_a_training_is_kept_whatever_its_views_do(
    trained: tuple[Run, Any], make_views: Any, why: str, tmp_path: Path
) -> None:
    run, dev = trained
    copy = Run(Record(Path(shutil.copytree(run.record.path, tmp_path / run.id))))
    (copy.record.path / "views.json").unlink(missing_ok=True)
    copy.__dict__["system"] = dataclasses.replace(run.system, views=make_views)
    with pytest.warns(NetwrightWarning, match="cannot make the views of .* without them") as caught:
        api_views.make(copy, dev)
    assert why in str(caught[0].message) and "\n" not in str(caught[0].message)
    assert not (copy.record.path / "views.json").exists()


STRANGE = "</pre></h3><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m"


def test_the_views_of_a_stranger_do_nothing(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = f'{SVG[:-6]}<script>alert(1)</script></svg>"><script>alert(2)</script>'
    (run / "pictures" / "view.svg").write_text(evil, encoding="utf-8")
    entries: list[dict[str, Any]] = [
        {"title": STRANGE, "kind": "svg", "file": "view.svg"},
        {"title": STRANGE, "kind": "text", "text": STRANGE},
        {"title": "t", "kind": "table", "columns": [STRANGE], "rows": [[STRANGE], [None], [True]]},
    ]
    make.write_json(run, "views.json", entries)
    html = html_page.render(contents.read(run))
    assert "<script" not in html and "onerror=alert(1)>" not in html
    assert "\u202e" not in html and "\x1b" not in html
    assert "default-src 'none'" in html and html.count("data:image/svg+xml;base64,") == 1
    assert re.search(r"<td>yes</td>", html)
    text = shown(run, capsys)
    assert "\u202e" not in text and "\x1b[31m" not in text


def test_only_pictures_of_the_run_are_shown(run: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg>secret</svg>", encoding="utf-8")
    with (run / "pictures" / "large.svg").open("wb") as file:
        file.truncate(2**33)
    (run / "pictures" / "long.svg").write_text(SVG + " " * 600_000, encoding="utf-8")
    names = ["../../secret.svg", str(secret), "link.svg", "absent.svg", "large.svg", "long.svg"]
    entries = [{"title": name, "kind": "svg", "file": name} for name in names]
    make.write_json(run, "views.json", entries)
    files = contents.read(run)
    (run / "pictures" / "link.svg").symlink_to(secret)  # after the run was looked at
    found = section.views(files)
    assert [view["missing"] for view in found] == [
        "pictures/../../secret.svg does not lie in the run's folder.",
        f"pictures/{secret} does not lie in the run's folder.",
        "pictures/link.svg cannot be read (pictures/link.svg is a link, which may lead anywhere).",
        "pictures/absent.svg is not in the run folder.",
        "pictures/large.svg cannot be read (it holds 8,589,934,592 bytes, more than 1,000,000).",
        "It is too large for the report, and lies in pictures/long.svg.",
    ]
    assert base64.b64encode(secret.read_bytes()).decode() not in html_page.render(files)
    with pytest.raises(RunError, match=r"its pictures/link.svg is a link"):
        html_page.write(run)


def test_a_folder_of_pictures_elsewhere_is_not_read(run: Path, tmp_path: Path) -> None:
    shutil.move(run / "pictures", tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "view.svg").write_text(SVG, encoding="utf-8")
    make.write_json(run, "views.json", [{"title": "a", "kind": "svg", "file": "view.svg"}])
    files = contents.read(run)
    (run / "pictures").symlink_to(tmp_path / "elsewhere")  # after the run was looked at
    (found,) = section.views(files)
    assert "pictures is a link" in found["missing"]
    with pytest.raises(RunError, match="its pictures is a link"):
        contents.read(run)


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "text", "text": "<" * 100_000},
        {"kind": "table", "columns": ["&"] * 50, "rows": [["<" * 99] * 50] * 50},
    ],
    ids=["text", "table"],
)
def test_views_do_not_take_the_report_from_a_run(run: Path, more: dict[str, Any]) -> None:
    make.write_json(run, "views.json", [{"title": "a", **more}] * 20)
    found = section.views(contents.read(run))
    lost = [view for view in found if "missing" in view]
    assert lost and all("too large for the report" in view["missing"] for view in lost)
    html_page.write(run)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"title": "a"}, "lacks '0.kind'"),
        ({"title": "a", "kind": "film"}, 'has 0.kind = "film": expected one of svg, table, text'),
        ({"title": "a", "kind": "svg"}, "lacks '0.file'"),
        ({"title": 1, "kind": "text", "text": ""}, "has 0.title = 1: expected text"),
        ({"title": "a", "kind": "table", "columns": ["b"]}, "lacks '0.rows'"),
        (
            {"title": "a", "kind": "table", "columns": ["b"], "rows": [[1, 2]]},
            "has 0.rows = [[1, 2]]: expected a value for each column",
        ),
        (
            {"title": "a", "kind": "table", "columns": ["b"], "rows": [[{}]]},
            "has 0.rows.0.0 = {}: expected a number",
        ),
        (
            {"title": "a", "kind": "text", "text": "b", "rows": [[1]]},
            "has 0.rows = [[1]]: expected a value for each column",
        ),
    ],
)
def test_changed_views_are_one_sentence(
    entry: dict[str, Any], message: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.write_json(run, "views.json", [entry])
    (found,) = contents.read(run).missing.values()
    assert found.startswith(f"views.json {message}") and "\n" not in found
    assert 'id="views"' in html_page.render(contents.read(run))
    assert f"not shown: {found}" in shown(run, capsys)


def test_nothing_is_written_where_one_is_too_large(tmp_path: Path) -> None:
    record = Record(tmp_path)
    views.keep(record, [])
    with pytest.raises(NetwrightError, match=r"^views\.json has 1\.text = "):
        views.keep(record, [View("a", svg=SVG), View("b", text="c" * 100_001)])
    assert not list(tmp_path.iterdir())
