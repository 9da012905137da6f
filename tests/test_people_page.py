"""People answer examples whose truth they do not see: on a page, in a terminal."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks import chromium

import netwright as nw
import small_runs
from netwright.api.judged.human_session import HumanSession
from netwright.base.errors import DataError, NetwrightError, RunError
from netwright.cli.main import main
from netwright.runs.annotations import files
from netwright.runs.answers.forms import AnswerForm
from netwright.runs.human_levels import of_note
from netwright.studio.app import of_people
from netwright.studio.human_page import HumanPage
from served import Served, serving_app

pytestmark = pytest.mark.usefixtures("no_reports")

in_a_browser = pytest.mark.skipif(chromium.FOUND is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    return nw.train("digits8", model="linear", epochs=1, store=tmp_path_factory.mktemp("human"))


@pytest.fixture
def store(run: nw.Run) -> Iterator[Path]:
    """The runs' folder; nothing is noted afterwards."""
    path = run.record.path.parent
    yield path
    shutil.rmtree(path / "annotations", ignore_errors=True)
    run.record.note(human_error=None)


def truths(session: HumanSession) -> list[str]:
    return [session.held.examples.targets[session.held.rows[key]] for key in session.examples.ids]


def answered(session: HumanSession, wrong: int = 0, unsure: int = 0) -> HumanSession:
    """Of the first ones something else is answered, of the last ones nothing can be told."""
    for at, truth in enumerate(truths(session)):
        label = "1" if truth == "0" else "0"
        typed = {"answer": label if at < wrong else truth}
        session.answer(at, None if at >= len(session) - unsure else typed)
    return session


class TestSession:
    def test_what_is_typed_becomes_a_level(self, run: nw.Run, store: Path) -> None:
        session = answered(HumanSession.of(run, who="anna"), wrong=4)
        assert len(session) == 50
        assert not session.is_over
        found = session.end()
        level = found.people.levels[0]
        assert (level.name, level.figure, level.n) == ("anna", 0.08, 50)
        assert level.low == pytest.approx(0.0315, abs=1e-3)  # Wilson's, of 4 in 50
        assert level.high == pytest.approx(0.1884, abs=1e-3)
        assert [one.at for one in found.disagreements] == [0, 1, 2, 3]
        assert found.disagreements[0].label == truths(session)[0]
        assert [noted.name for noted in of_note(run.record.info()["human_error"])] == ["anna"]
        assert run.diagnose().rungs[0].by == "anna"
        assert json.loads(json.dumps(found.as_json()))["levels"][0]["name"] == "anna"

    def test_it_goes_on_where_it_was_left(self, run: nw.Run, store: Path) -> None:
        first = HumanSession.of(run, who="anna")
        first.answer(0, {"answer": "1"})
        first.answer(0, {"answer": "2"})
        first.answer(3, None)
        again = HumanSession.of(run, who="anna", examples=60)
        assert again.typed == {0: {"answer": "2"}, 3: None}
        assert again.examples.ids[:50] == first.examples.ids
        assert HumanSession.of(run, who="ben").typed == {}

    def test_what_is_typed_once_the_truth_was_shown_does_not_count(
        self, run: nw.Run, store: Path
    ) -> None:
        session = HumanSession.of(run, who="anna")
        session.answer(0, {"answer": truths(session)[0]})
        session.end()
        assert session.is_over
        with pytest.raises(RunError, match="its truth was shown"):
            session.answer(1, {"answer": truths(session)[1]})
        # nor where it was written all the same, by another program
        session.writer.write([session.examples.ids[1]], "answer", new={"answer": "1"})
        assert HumanSession.of(run, who="anna").typed == session.typed
        more = HumanSession.of(run, who="anna", examples=52)
        assert not more.is_over
        more.answer(51, {"answer": truths(more)[51]})

    def test_people_are_held_against_one_another(self, run: nw.Run, store: Path) -> None:
        answered(HumanSession.of(run, who="anna"), wrong=4, unsure=2)
        found = answered(HumanSession.of(run, who="ben"), wrong=10).end().people
        assert [(one.between, one.n) for one in found.agreements] == [
            (("ben", "the labels"), 50), (("ben", "anna"), 48),
        ]  # fmt: skip
        assert found.agreements[1].figure.value == pytest.approx(6 / 48)

    def test_a_label_that_may_be_wrong_is_corrected_and_undone(
        self, run: nw.Run, store: Path
    ) -> None:
        session = answered(HumanSession.of(run, who="anna"), wrong=1)
        with pytest.raises(RunError, match="no answer to hold against"):
            session.correct(0)
        session.end()
        session.correct(0)
        (fix,) = files.read(store).corrections().values()
        typed = session.typed[0]
        assert typed is not None
        assert (fix.old, fix.new) == (truths(session)[0], typed["answer"])
        assert fix.chosen
        assert "anna answered so before" in fix.why
        assert session.disagreements()[0].right == fix.new
        session.undo_correction(0)
        assert not files.read(store).corrections()

    def test_who_saw_mistakes_before_is_warned(self, run: nw.Run, store: Path) -> None:
        assert HumanSession.of(run).warning == ""
        session = HumanSession.of(run)
        files.AnnotationWriter(store).write(session.examples.ids[:3], "seen")
        assert "3 of these 50 examples were looked at before" in HumanSession.of(run).warning
        assert "a level of the same person" in HumanSession.of(run, who="ben").warning

    def test_answers_note_nothing_of_mistakes(self, run: nw.Run, store: Path) -> None:
        answered(HumanSession.of(run, who="anna"), wrong=2).end()
        assert run.errors(20).table.looked_at == 0
        assert not files.read(store).corrections()

    @pytest.mark.parametrize("typed", [{"answer": "77"}, {"answer": ""}, {}, {"other": "1"}])
    def test_what_is_no_answer_is_not_kept(
        self, run: nw.Run, store: Path, typed: dict[str, str]
    ) -> None:
        session = HumanSession.of(run)
        with pytest.raises(DataError, match="example 1: no class"):
            session.answer(0, typed)
        assert not session.typed
        with pytest.raises(DataError, match="nothing to measure"):
            session.end()

    def test_what_cannot_be_begun_is_one_sentence(self, run: nw.Run) -> None:
        with pytest.raises(NetwrightError, match="the name of a person"):
            HumanSession.of(run, who="x" * 99)
        with pytest.raises(DataError, match="expected 1 or more"):
            HumanSession.of(run, examples=0)
        with pytest.raises(RunError, match="no general ones"):
            HumanSession.of(run, domain="general")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("classifier", "class"), ("text", "class"), ("regressor", "number"),
        ("multi_regressor", "numbers"), ("tags", "flags"), ("localizer", "json"),
    ],
)  # fmt: skip
def test_every_system_says_how_it_is_answered(name: str, kind: str) -> None:
    system, examples = small_runs.SYSTEMS[name], small_runs.sample(name)
    labels = [label for label in system.labels(examples.targets) if label]
    form = AnswerForm.of(system, examples, labels)
    assert form.kind == kind
    if kind in ("number", "numbers"):
        assert form.target(dict.fromkeys(form.columns, "1.5"), "here")


def test_boxes_are_not_typed(tmp_path: Path) -> None:
    made = small_runs.finished("localizer", tmp_path, {"training.epochs": 1})
    with pytest.raises(RunError, match=r"cannot be typed one by one: netwright human .* --sheet"):
        HumanSession.of(nw.Run(made.record))


def test_general_examples_fill_their_cell(tmp_path: Path) -> None:
    lines = ["x,kind,from"]
    lines += [f"{at % 7}.{at},{'ab'[at % 2]},{'web' if at % 3 else 'phone'}" for at in range(240)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    run = nw.train(
        tmp_path / "t.csv", target="kind", epochs=1, model="linear", store=tmp_path / "runs",
        set={"data.domain": "from", "split.domain": "phone", "training.reference_seconds": 0},
    )  # fmt: skip
    session = HumanSession.of(run, who="anna", domain="general", examples=10)
    assert set(session.examples.domains or ()) == {"web"}
    assert session.held.split == "train_dev"
    text = session.shown(0).text
    assert "x: " in text
    assert "kind" not in text
    for at, truth in enumerate(truths(session)):
        session.answer(at, {"answer": truth if at else "ab"["ab".index(truth) - 1]})
    session.end()
    found = run.diagnose()
    assert found.two_sources is not None
    figure = found.two_sources.cell("human", "general").figure
    assert figure is not None
    assert (figure.value, figure.n) == (0.1, 10)
    assert found.two_sources.cell("human", "target").figure is None
    assert found.rungs[0].name != "human"


# --- the page


@pytest.fixture
def page(run: nw.Run, store: Path) -> Iterator[Served]:
    with serving_app(of_people(HumanPage(HumanSession.of(run, who="anna"))), store) as served:
        yield served


def all_of(page: HumanPage) -> str:
    """All that is sent before the end."""
    page.do({"tab": "a", "kind": "answer", "at": 0, "typed": {"answer": "3"}})
    page.do({"tab": "a", "kind": "answer", "at": 1, "typed": None})
    page.do({"tab": "a", "kind": "correct", "at": 0})
    sent: list[Any] = [page.since(0), page.do({"tab": 1})]
    for at in range(len(page.session)):
        sent += [page.example(at), (page.picture(at) or b"").hex()]
    return json.dumps([page.whole(), *sent])


def test_nothing_that_is_sent_before_the_end_depends_on_the_truth(run: nw.Run, store: Path) -> None:
    session = HumanSession.of(run, who="anna")
    wrong = [str(9 - int(truth)) for truth in session.examples.targets]
    turned = [str(9 - int(truth)) for truth in session.held.examples.targets]
    other = replace(
        session,
        examples=replace(session.examples, targets=wrong, sources=["?"] * len(session)),
        held=replace(session.held, examples=replace(session.held.examples, targets=turned)),
    )
    assert all_of(HumanPage(session)) == all_of(HumanPage(other))


def test_what_cannot_be_is_one_sentence(page: Served) -> None:
    assert "what was sent" in page.act("burn")["error"]
    assert "no class '77'" in page.act("answer", at=0, typed={"answer": "77"})["error"]
    assert "no example 50" in page.act("answer", at=50)["error"]
    assert "nothing to measure" in page.act("end")["error"]
    for path in ("examples/50", "pictures/50.png", "near/0", "train/0.png", "errors.js", "x.json"):
        assert page.ask(page.path + path)[0] == 404


@pytest.fixture(scope="module")
def chromium_found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    with chromium.browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


def tab_of(opened: chromium.Browser, page: Served) -> chromium.Tab:
    tab = opened.open(page.url)
    tab.until(
        "document.querySelector('#run')?.textContent && !document.querySelector('#shown.old')"
    )
    return tab


def all_kept(tab: chromium.Tab) -> None:
    tab.until("line.length === 0 && !sending")


@in_a_browser
def test_fifty_examples_by_keyboard_over_a_reload_and_in_two_tabs(
    chromium_found: chromium.Browser, page: Served, run: nw.Run
) -> None:
    opened = chromium_found
    session = HumanSession.of(run, who="anna")
    typed = ["?", *("0" if at % 10 == 9 else truth for at, truth in enumerate(truths(session)))][
        :50
    ]
    tab = tab_of(opened, page)
    for key in typed[:20]:
        tab.key(key)
    tab.key("ArrowLeft")
    tab.key("7")  # answered anew
    all_kept(tab)
    tab.reload()
    tab.until("Object.keys(state.typed).length === 20")
    assert tab.run("state.at") == 20
    second = tab_of(opened, page)
    second.run("go(35)")
    for key in typed[35:]:
        second.key(key)
    for key in typed[20:35]:
        tab.key(key)
    all_kept(second)
    all_kept(tab)
    tab.call("Page.bringToFront")
    tab.until("Object.keys(state.typed).length === 50", 30)
    tab.run("go(state.count)")
    session.reread()
    expected = [None if key == "?" else {"answer": key} for key in typed]
    expected[19] = {"answer": "7"}
    assert [session.typed[at] for at in range(50)] == expected
    assert {url.split("/")[2] for url in opened.requests} == {f"127.0.0.1:{page.port}"}
    tab.run("document.querySelector('#finish').click()")
    tab.until("!document.querySelector('#result').hidden", 60)
    text = tab.run("document.querySelector('#levels').textContent")
    assert "anna: error" in text
    assert "on 50 examples, of which 1 could not be told" in text
    differ = tab.run("state.result.disagreements.length")
    assert differ == len(page.json("state")["result"]["disagreements"]) > 0
    tab.run("document.querySelector('#labels button').click()")
    all_kept(tab)
    assert len(files.read(page.store).corrections()) == 1
    tab.until("document.querySelector('#labels button').textContent.startsWith('Undo')")
    assert opened.console == []


@in_a_browser
def test_what_is_not_kept_yet_is_of_these_examples_alone(
    chromium_found: chromium.Browser, page: Served, run: nw.Run
) -> None:
    """Another run may have the same address later: it is answered by nothing that was meant for
    this one.
    """
    tab = tab_of(chromium_found, page)
    gone = "window.fetch = () => Promise.reject(new Error('gone'))"
    # not by a key: a person who typed is asked whether to leave
    tab.run(f"{gone}; answer({{ answer: '3' }})")
    tab.until("!document.querySelector('#problem').hidden")
    kept = tab.run("Object.keys(sessionStorage).filter((name) => name.endsWith(' line'))")
    assert kept == [f"human {HumanSession.of(run, who='anna').key} line"]
    assert HumanSession.of(run, who="anna", seed=1).key not in kept[0]
    tab.run("window.__old = true; location.reload()")
    tab.until("window.__old !== true && document.querySelector('#run')?.textContent")
    all_kept(tab)
    assert HumanSession.of(run, who="anna").typed == {0: {"answer": "3"}}


# --- in a terminal


def test_in_a_terminal(
    run: nw.Run, store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["human", run.id, "--by", "anna", "--examples", "4", "--store", str(store)]
    monkeypatch.setattr("sys.stdin", io.StringIO("3\n77\n?\nb\n4\nq\n"))
    main([*command, "--terminal"])
    out, err = capsys.readouterr()
    assert "no class '77'" in err
    assert "2 of 4 answered" in err
    assert "1/4" in out
    assert "label" not in out
    monkeypatch.setattr("sys.stdin", io.StringIO("5\nend\n"))
    main([*command, "--terminal"])
    out = capsys.readouterr().out
    assert "3/4" in out
    assert "anna: error" in out
    assert "on 3 examples" in out
    assert "may be wrong" in out
    main([*command, "--json"])
    assert json.loads(capsys.readouterr().out)["result"]["levels"][0]["n"] == 3
