"""The report: one page that holds everything, loads nothing, and says what is missing."""

from __future__ import annotations

import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import hurried
import report_run as make
from netwright.base.errors import NetwrightWarning, RunError
from netwright.base.visible import OBEYED
from netwright.cli.text.runs import show_run
from netwright.report import html_page, templates
from netwright.report.sections import choices
from netwright.runs import contents

SECTIONS = (
    "headline",
    "advice",
    "references",
    "yardstick",
    "ladder",
    "curves",
    "layers",
    "answers",
    "mistakes",
    "views",
    "choices",
    "data",
    "recipe",
    "repeat",
)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run; read only."""
    folder = make.classifier_run(tmp_path_factory.mktemp("store") / make.ID)
    with hurried.whole_pictures():
        html_page.write(folder)
    return folder


@pytest.fixture
def run(digits: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    return Path(shutil.copytree(digits, tmp_path / make.ID))


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that do not match."""

    VOID = ("meta", "img", "br", "hr", "link", "input")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.feed(page)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        """What a person reads, with single blanks."""
        return " ".join(" ".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    def missing(self) -> list[str]:
        """How many sections say that something is missing."""
        return [
            str(attributes) for _, attributes in self.tags if attributes.get("class") == "missing"
        ]


def test_no_line_ends_within_an_option() -> None:
    shown = templates.unbroken("a <b> type --human-error .01, not a--b or -- c")
    assert shown == ('a &lt;b&gt; type <span class="nw">--human-error</span> .01, not a--b or -- c')


def page_of(folder: Path) -> Page:
    """The report of a run, parsed."""
    return Page(html_page.write(folder).read_text(encoding="utf-8"))


def kept(folder: Path) -> Page:
    """The report that was written already, parsed."""
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def change(folder: Path, name: str, **changes: object) -> None:
    """Change entries of a JSON file."""
    path = folder / name
    path.write_text(
        json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8"
    )


# --- what it holds


def test_a_fault_in_a_section_is_said_and_not_hidden(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a stranger's file, or ours: the page is made without it, and a person is told."""

    def broken(files: object) -> None:
        raise TypeError("not what it was")

    monkeypatch.setitem(html_page.SECTIONS, "curves", broken)
    with pytest.warns(NetwrightWarning, match="lacks its section curves: .*not what it was"):
        page = html_page.write(run)
    assert "not what it was" in page.read_text(encoding="utf-8")


def test_every_section_is_there_and_in_order(digits: Path) -> None:
    page = kept(digits)
    ids = [attributes.get("id") for tag, attributes in page.tags if tag in ("header", "section")]
    assert ids == list(SECTIONS)
    assert not page.missing()


def test_the_head_says_what_on_what_how_good_and_how_sure(digits: Path) -> None:
    text = kept(digits).text
    found = json.loads((digits / "measures.json").read_text())["dev"]["error"]
    assert "resnet-small on digits" in text
    assert f"{100 * found['value']:.1f}%" in text
    assert (
        f"95% interval {100 * found['low']:.1f}–{100 * found['high']:.1f}%, 1,000 examples" in text
    )
    assert f"reaches 90.0%; this model is better by {90 - 100 * found['value']:.1f} points" in text


@pytest.mark.parametrize(
    ("baseline", "sentence"),
    [
        (0.021, "within the noise of this figure"),
        (0.001, "this model is worse than that"),
        (0.9, "this model is better by"),
        (None, "on dev"),
    ],
)
def test_the_head_claims_no_more_than_the_interval_allows(
    run: Path, baseline: float | None, sentence: str
) -> None:
    change(run, "run.json", baseline=baseline)
    assert sentence in page_of(run).text


def test_the_classes_are_counted_as_the_answers_say(digits: Path) -> None:
    import polars as pl

    frame = pl.read_parquet(digits / "predictions" / "dev.parquet")
    text = kept(digits).text
    for name in map(str, range(10)):
        answers = frame.filter(pl.col("truth") == name)["answer"].to_list()
        missed = sum(answer != name for answer in answers)
        recall = 100 * (1 - missed / len(answers))
        assert f" {name} {len(answers)} {missed} {recall:.1f}% (" in text


def test_the_verdict_the_knobs_the_recipe_and_the_commands_are_shown(digits: Path) -> None:
    text = kept(digits).text
    for expected in (
        "Work on variance first",
        "variance NW102",
        "augment.shift 0.07 → 0.1",
        "More training data",
        "5,000 examples: 60% train",
        "optimizer: {name: adamw, lr: 0.01",
        f"netwright train --repeat {make.ID}",
        "/recipe.yaml --set KEY=VALUE",
        f"netwright evaluate {make.ID} --split test",
        "netwright train digits --epochs 12",
        "torch",
        "sealed",
    ):
        assert expected in text, expected


def test_what_the_verdict_says_is_said_once(run: Path) -> None:
    message = "Dev 90.0% does not beat the baseline."
    finding = {
        "code": "NW110",
        "name": "below-baseline",
        "message": message,
        "figures": {},
        "do": ["look at a sheet of training examples"],
        "severity": "problem",
    }
    change(run, "diagnosis.json", verdict=message, findings=[finding], gaps=[])
    text = page_of(run).text
    assert text.count(message) == 1
    assert "look at a sheet of training examples" in text


def test_the_report_and_the_terminal_list_the_same_choices(run: Path) -> None:
    def knob(key: str, value: object, how: str = "chosen") -> dict[str, object]:
        return {"key": key, "default": "auto", "value": value, "how": how}

    differs = [knob("augment.zoom", 0), knob("augment.shear", 0.125), knob("system", "classifier")]
    differs += [knob("augment.color", ""), knob("augment.rotate", 0, "set")]
    change(run, "run.json", differs=differs)
    shown = choices.choices(contents.read(run))
    terminal = show_run(run)
    keys = {knob["key"] for how in ("set", "chosen") for knob in shown[how]}
    assert keys == {"augment.shear", "augment.rotate"}
    assert all((str(knob["key"]) in terminal) == (knob["key"] in keys) for knob in differs[:2])


def test_what_was_set_is_kept_apart_from_what_was_chosen(digits: Path) -> None:
    text = kept(digits).text
    chosen = text.index("Chosen for this data")
    assert (
        text.index("Set by you")
        < text.index("augment.shift 0.07", text.index("Set by you"))
        < chosen
    )
    assert text.index("training.epochs 12", chosen) > chosen


def test_the_worst_mistakes_are_pictures_with_truth_answer_and_probability(digits: Path) -> None:
    entries = json.loads((digits / "pictures" / "worst.json").read_text())
    page = kept(digits)
    assert [image["alt"] for image in page.all("img")] == [
        f"{one['truth']}, answered as {one['answer']}" for one in entries
    ]
    assert (
        f"{entries[0]['truth']} → {entries[0]['answer']} {100 * entries[0]['probability']:.0f}%"
        in page.text
    )


@pytest.mark.usefixtures("whole_pictures")
def test_a_regressor_shows_residuals_and_its_worst_rows(tmp_path: Path) -> None:
    page = page_of(make.regressor_run(tmp_path))
    assert not page.missing()
    assert "Residuals" in page.text
    assert "51.2" in page.text
    assert "95% interval 44.0 to 58.9" in page.text
    assert "better by 26" in page.text
    assert page.text.count("houses.csv:") >= 12


def test_an_opened_test_split_is_shown_and_its_openings_counted(run: Path) -> None:
    measures = json.loads((run / "measures.json").read_text())
    change(run, "measures.json", test={"error": make.proportion(30, 1000)})
    (run / "events.jsonl").write_text('{"event": "test_opened"}\n{"event": "test_opened"}\n')
    text = page_of(run).text
    assert "3.0% (2.1–4.3), opened 2 times" in text
    assert "--split test" not in text
    assert measures["dev"]


@pytest.mark.parametrize(("openings", "shown"), [(0, "sealed"), (1, "once"), (4, "4 times")])
def test_a_test_split_within_other_data_is_sealed_no_more(
    run: Path, openings: int, shown: str
) -> None:
    (run / "events.jsonl").write_text('{"event": "test_opened"}\n' * openings)
    text = page_of(run).text
    assert (f"opened {shown}, within other data" in text) == bool(openings)
    assert ("sealed" in text) == (not openings)


# --- one file, safe and small


def test_it_loads_nothing_and_runs_nothing(digits: Path) -> None:
    page = kept(digits)
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("iframe")
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} {name}"
            if name in ("src", "href", "xlink:href", "data", "action"):
                assert value is not None
                assert value.startswith(("data:image/png;base64,", "#")), (
                    f"{tag} {name}={value[:40]}"
                )
    style = re.search(
        r"<style>(.*?)</style>", (digits / "report.html").read_text(encoding="utf-8"), re.S
    )
    assert style
    assert "url(" not in style.group(1)
    assert "@import" not in style.group(1)
    assert "default-src 'none'" in str(page.all("meta"))


def test_its_pictures_are_well_formed_and_described(digits: Path) -> None:
    pictures = re.findall(
        r"<svg.*?</svg>", (digits / "report.html").read_text(encoding="utf-8"), re.S
    )
    assert len(pictures) == 7
    for picture in pictures:
        assert ElementTree.fromstring(picture).attrib["aria-label"]
    ids = re.findall(r'\bid="([^"]+)"', (digits / "report.html").read_text(encoding="utf-8"))
    assert len(ids) == len(set(ids))


@pytest.mark.usefixtures("whole_pictures")
def test_the_same_folder_gives_the_same_bytes(run: Path) -> None:
    first = html_page.write(run).read_bytes()
    assert html_page.write(run).read_bytes() == first


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "a&amp;b",
    "名前",
    "$x$",
    "x" * 300,
]


@pytest.mark.usefixtures("whole_pictures")
def test_hostile_names_stay_text(tmp_path: Path) -> None:
    folder = make.classifier_run(
        tmp_path, classes=HOSTILE, source="</style><script>alert(2)</script>"
    )
    change(
        folder,
        "run.json",
        id="<b>x</b>",
        message="<i>",
        status="stopped",
        model="<svg onload=alert(3)>",
        messages=["<script>", "{% raw %}"],
        why="<script>",
    )
    change(folder, "diagnosis.json", verdict="<script>alert(4)</script>")
    change(folder, "environment.json", **{"<script>": "<script>", "command": "</code><script>"})
    raw = html_page.write(folder).read_text(encoding="utf-8")
    page = Page(raw)
    assert not page.all("script")
    assert not [
        attributes
        for _, attributes in page.tags
        if any(name.startswith("on") for name in attributes)
    ]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert not page.missing()


@pytest.mark.usefixtures("whole_pictures")
def test_no_name_turns_the_direction_of_the_page(tmp_path: Path) -> None:
    turning = [f"{sign}evil" for sign in "\u202e\u2066\u200f\u061c"]
    folder = make.classifier_run(tmp_path, classes=turning, source="\u202edata\x9b", dev=60)
    change(folder, "run.json", message="\u202emessage", status="stopped", why="\ud800")
    text = html_page.write(folder).read_text(encoding="utf-8")
    assert OBEYED.search(text) is None
    assert r"\u202eevil" in text and r"\u202emessage" in text


@pytest.mark.usefixtures("whole_pictures")
def test_control_signs_leave_the_pictures_well_formed(tmp_path: Path) -> None:
    folder = make.classifier_run(tmp_path, classes=["a\x00b", "\x1b[31mred", "line\nbreak"], dev=60)
    for picture in re.findall(
        r"<svg.*?</svg>", html_page.write(folder).read_text(encoding="utf-8"), re.S
    ):
        ElementTree.fromstring(picture)


def test_no_file_outside_the_run_is_ever_shown(run: Path) -> None:
    from PIL import Image

    outside = run.parent / "secret.png"
    Image.new("RGB", (8, 8), "red").save(outside)
    (run / "pictures" / "text.png").write_text("no picture")
    names = ["../../secret.png", str(outside), "text.png", "absent.png", "..", ""]
    make.write_json(
        run,
        "pictures/worst.json",
        [
            {
                "file": name,
                "source": "s",
                "truth": "1",
                "answer": "2",
                "probability": 0.9,
                "loss": 1.0,
            }
            for name in names
        ],
    )
    page = page_of(run)
    assert not page.all("img")
    assert page.text.count("the picture cannot be shown") == len(names)
    (run / "pictures" / "link.png").symlink_to(outside)
    with pytest.raises(RunError, match=r"link\.png is a link"):
        page_of(run)


@pytest.mark.usefixtures("whole_pictures")
def test_three_hundred_large_pictures_stay_under_two_megabytes(run: Path) -> None:
    from PIL import Image

    noise = Image.frombytes("RGB", (600, 600), os.urandom(600 * 600 * 3))
    noise.save(run / "pictures" / "large.png")
    entry = {
        "file": "large.png",
        "source": "s" * 5000,
        "truth": "t" * 5000,
        "answer": "a" * 5000,
        "probability": 0.9,
        "loss": 1.0,
    }
    make.write_json(run, "pictures/worst.json", [entry] * 300)
    path = html_page.write(run)
    assert path.stat().st_size < html_page.LIMIT
    page = Page(path.read_text(encoding="utf-8"))
    assert len(page.all("img")) >= 10
    assert f"{300 - len(page.all('img'))} more are in the run's folder" in page.text


@pytest.mark.usefixtures("whole_pictures")
def test_long_texts_and_many_classes_stay_under_two_megabytes(tmp_path: Path) -> None:
    folder = make.classifier_run(
        tmp_path, classes=[f"class-{i}-" + "x" * 300 for i in range(400)], dev=4000
    )
    change(
        folder, "run.json", messages=["s" * 100_000] * 100, message="m" * 100_000, status="stopped"
    )
    (folder / "recipe.yaml").write_text("# " + "y" * 1_000_000)
    change(folder, "environment.json", **{f"k{i}": "v" * 10_000 for i in range(500)})
    make.write_curves(folder, 5000, "dev_error", 0.02)
    path = html_page.write(folder)
    assert path.stat().st_size < html_page.LIMIT
    text = Page(path.read_text(encoding="utf-8")).text
    assert "the 40 hardest of 400" in text


# --- incomplete and damaged runs

NEEDED_BY = {
    "curves.csv": "curves",
    "measures.json": "headline",
    "diagnosis.json": "advice",
    "predictions/dev.parquet": "answers",
    "recipe.yaml": "recipe",
    "environment.json": "repeat",
}


@pytest.mark.parametrize("name", NEEDED_BY)
def test_a_missing_file_is_named_where_it_would_be_shown(run: Path, name: str) -> None:
    (run / name).unlink()
    raw = html_page.write(run).read_text(encoding="utf-8")
    section = raw[raw.index(f'id="{NEEDED_BY[name]}"') :]
    assert (
        name.rpartition("/")[2]
        in section[: section.index("</section>") if "</section>" in section else None]
    )
    assert Page(raw).missing()


OTHERS = [
    "data.json",
    "codec.json",
    "pictures/worst.json",
    "views.json",
    "references.json",
    "yardstick.json",
    "events.jsonl",
    "steps.csv",
    "layers.csv",
]


@pytest.mark.parametrize("name", [*NEEDED_BY, *OTHERS])
def test_a_damaged_file_spoils_its_own_sections_alone(run: Path, name: str) -> None:
    (run / name).write_bytes(b'{"dev": 3, "rungs": 4, "classes": 5, "targets": 6}')
    page = page_of(run)
    assert [
        attributes.get("id") for tag, attributes in page.tags if tag in ("header", "section")
    ] == list(SECTIONS)
    assert len(page.missing()) <= 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[]",
        b"[1, 2]",
        b"null",
        b"a,b\n1\n,\nx,y,z\n",
        b"epoch,step\n1,nan\n",
    ],
)
def test_a_run_of_damaged_files_is_still_shown(run: Path, content: bytes) -> None:
    for name in [*NEEDED_BY, *OTHERS]:
        (run / name).write_bytes(content)
    assert len(page_of(run).missing()) >= 4


def test_only_run_json_is_needed(tmp_path: Path) -> None:
    make.write_info(
        tmp_path,
        status="running",
        splits={"train": 10, "dev": 5},
        source="digits",
        epochs=0,
        steps=0,
    )
    text = page_of(tmp_path).text
    assert "Killed; the record ends after 0 epochs, 0 steps" in text
    assert "it had not begun, and there is nothing to go on from: train again" in text
    assert f"netwright train --resume {tmp_path.name}" not in text
    assert "There is no dev result" in text


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (
            "stopped",
            "stopped by hand",
            "Stopped after 12 epochs, 564 steps: stopped by hand; netwright train --resume",
        ),
        (
            "diverged",
            "the loss became NaN at step 31",
            "Diverged after 12 epochs, 564 steps: the loss became NaN at step 31. The best weights",
        ),
    ],
)
def test_a_run_that_ended_early_says_how_far_it_came(
    run: Path, status: str, message: str, sentence: str
) -> None:
    change(run, "run.json", status=status, message=message)
    (run / "splits.parquet").touch()
    for name in (
        "measures.json",
        "diagnosis.json",
        "predictions/dev.parquet",
        "pictures/worst.json",
    ):
        (run / name).unlink()
    page = page_of(run)
    assert sentence in page.text
    assert "diagnosis.json is not in the run folder" in page.text
    assert len(page.all("svg")) == 4, "the curves so far are shown"


def test_a_perfect_model_has_no_mistakes_to_show(run: Path) -> None:
    make.write_predictions(
        run, [(f"s{i}", str(i % 10), str(i % 10), [0.1] * 10) for i in range(50)]
    )
    make.write_json(run, "pictures/worst.json", [])
    assert "No dev example is answered wrong." in page_of(run).text


def test_labels_that_only_dev_holds_get_a_row(run: Path) -> None:
    make.write_predictions(run, [("s0", "unseen", "1", [0.1] * 10), ("s1", "1", "1", [0.1] * 10)])
    assert "unseen" in page_of(run).text


def test_a_folder_that_is_no_run_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no run\.json"):
        html_page.write(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(
        RunError, match=r"run\.json cannot be read \(it is no JSON, or cut off, at line 1"
    ):
        html_page.write(tmp_path)


def test_an_old_report_survives_a_failed_one(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = html_page.write(run).read_bytes()
    monkeypatch.setattr(html_page, "LIMIT", 10)
    with pytest.raises(RunError, match="would weigh"):
        html_page.write(run)
    assert (run / "report.html").read_bytes() == before
