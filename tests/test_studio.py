"""The local page: who may ask it, what a person does on it; in a real browser if there is one."""

from __future__ import annotations

import csv
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import chromium

import netwright as nw
import small_runs
from netwright import systems
from netwright.api.errors.examples import RunExamples
from netwright.base.errors import NetwrightError
from netwright.runs.annotations import files
from netwright.studio import serving
from netwright.studio.error_page import ErrorPage
from netwright.studio.guard import MOST_BYTES
from served import Served, many, serving_of

pytestmark = pytest.mark.usefixtures("no_reports")

in_a_browser = pytest.mark.skipif(chromium.FOUND is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    """A net that hardly learned."""
    return nw.train("digits8", model="linear", epochs=1, store=tmp_path_factory.mktemp("studio"))


@pytest.fixture
def page(run: nw.Run) -> Iterator[Served]:
    """The page of the run; nothing is noted afterwards."""
    with serving_of(run.errors(60), RunExamples(run)) as served:
        yield served
    for path in (run.record.path.parent / "annotations").glob("*"):
        path.unlink()


class TestGuard:
    def test_the_page_and_what_it_loads(self, page: Served) -> None:
        for name, kind in (
            ("", "html"),
            ("errors.js", "javascript"),
            ("line.js", "javascript"),
            ("page.css", "css"),
        ):
            status, content, headers = page.ask(page.path + name)
            assert status == 200 and content
            assert kind in headers["content-type"]
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy and "http" not in policy
            assert headers["cache-control"] == "no-store"
            assert headers["x-frame-options"] == "DENY"
        html = page.ask(page.path)[1].decode()
        assert not re.search(r"https?://|style=|onclick|<script>|<style>", html)

    def test_it_listens_on_loopback_alone(self, page: Served) -> None:
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            host, port = address.split(":")
            if int(port, 16) == page.port and state == "0A":
                assert host == "0100007F"
                return
        raise AssertionError("nobody listens")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "evil.example"},
            {"Host": "127.0.0.1:1"},
            {"Host": "localhost"},
            {"Host": "127.0.0.1.evil.example:PORT"},
            {"Host": "evil.example:PORT"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://127.0.0.1:PORT"},
            {"Origin": "http://127.0.0.1:1"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ],
    )
    def test_foreign_pages_are_refused(self, page: Served, headers: dict[str, str]) -> None:
        named = {name: value.replace("PORT", str(page.port)) for name, value in headers.items()}
        for path in (page.path, page.path + "state"):
            status, content, _ = page.ask(path, **named)
            assert status == 403
            assert b"may not ask" in content or b"this machine alone" in content
        action = {"tab": "a", "kind": "seen", "ids": []}
        assert page.ask(page.path + "do", "POST", action, **named)[0] == 403

    def test_its_own_page_and_a_link_may(self, page: Served) -> None:
        own = f"http://127.0.0.1:{page.port}"
        assert page.ask(page.path + "state", Origin=own, Sec_Fetch_Site="same-origin")[0] == 200
        local = f"localhost:{page.port}"
        assert page.ask(page.path, Host=local, Origin=f"http://{local}")[0] == 200
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
        assert page.ask(page.path, **link)[0] == 200

    def test_two_hosts_are_refused(self, page: Served) -> None:
        with socket.create_connection(("127.0.0.1", page.port)) as sent:
            host = f"Host: 127.0.0.1:{page.port}\r\n"
            sent.sendall(f"GET {page.path} HTTP/1.1\r\n{host}Host: evil\r\n\r\n".encode())
            assert b" 40" in sent.recv(100)

    @pytest.mark.parametrize("path", ["/", "/state", "/x/state", "/favicon.ico", "/errors.js"])
    def test_without_the_token_nothing_is_there(self, page: Served, path: str) -> None:
        assert page.ask(path)[0] == 410
        status, content, _ = page.ask(page.path[:-2] + "/state")
        assert (status, content) == (
            410, b"the program was started anew: open the address that it printed.\n"
        )  # fmt: skip

    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd",
            "..%2f..%2fetc/passwd",
            "%2e%2e/state",
            "run.json",
            "../errors.js",
            "pictures/../../run.json",
            "pictures/999999.png",
            "pictures/-1.png",
            "train/999999.png",
            "examples/999999",
            "error_page.py",
            "errors.html",
            "human.js",
        ],
    )
    def test_no_file_is_read_but_the_page(self, page: Served, name: str) -> None:
        assert page.ask(page.path + name)[0] == 404

    def test_only_mistakes_of_the_sample_are_shown(self, page: Served, run: nw.Run) -> None:
        sampled = {one["row"] for one in page.json("state")["mistakes"]}
        other = next(row for row in range(359) if row not in sampled)
        assert page.ask(f"{page.path}examples/{other}")[0] == 404

    def test_what_is_no_json_of_a_key_is_refused(self, page: Served) -> None:
        path = page.path + "do"
        assert page.ask(path, "POST", {}, content_type="text/plain")[0] in (403, 415)
        assert page.ask(path, "POST", "x" * (MOST_BYTES + 1))[0] == 413
        assert page.ask(path, "PUT", {})[0] == 405
        for wrong in ([], {}, {"tab": "a", "kind": "burn", "ids": []}, {"tab": 1}):
            found = json.loads(page.ask(path, "POST", wrong)[1])
            assert "what was sent" in found["error"]
        connection = http.client.HTTPConnection("127.0.0.1", page.port)
        connection.request("POST", path, "{rubbish", {"content-type": "application/json"})
        assert connection.getresponse().status == 400


class TestPage:
    def test_a_sample_with_all_that_a_person_sees(self, page: Served) -> None:
        found = page.json("state")
        assert len(found["mistakes"]) == 60
        one = found["mistakes"][0]
        assert one["truth"] != one["answer"]
        assert found["classes"] == [str(digit) for digit in range(10)]
        assert page.json(f"examples/{one['row']}")["picture"]
        near = page.json(f"near/{one['row']}")["nearest"]
        assert len(near) == 5
        assert [n["distance"] for n in near] == sorted(n["distance"] for n in near)
        for name in (f"pictures/{one['row']}.png", f"train/{near[0]['row']}.png"):
            status, content, headers = page.ask(page.path + name)
            assert (status, content[:4], headers["content-type"]) == (200, b"\x89PNG", "image/png")

    def test_what_a_key_does_is_on_the_disk_when_it_is_answered(self, page: Served) -> None:
        ids = [one["id"] for one in page.json("state")["mistakes"]]
        page.do("tag", ids[:2], tag="blurry")
        page.do("label", ids[:1], new="3")
        page.do("skip", ids[2:3])
        page.do("seen", ids[3:4])
        kept = files.read(page.store)
        assert kept.of_example(ids[0]).tags == kept.of_example(ids[1]).tags == ("blurry",)
        fix = kept.of_example(ids[0]).correction
        assert fix is not None and fix.new == "3"
        assert kept.of_example(ids[2]).skipped
        found = page.json("state")
        assert [row[0] for row in found["kinds"]] == ["blurry", "label is wrong"]
        # the second was tagged with the first: nobody looked at it
        assert "2 of 60 mistakes looked at" in found["headline"]
        assert "1 skipped, 1 tagged with others, not looked at yet" in found["headline"]
        assert [found["noted"][one]["seen"] for one in ids[:2]] == [True, False]
        assert found["noted"][ids[0]]["right"] == "3"

    def test_the_same_key_once_more_changes_nothing(self, page: Served) -> None:
        """A page that got no answer sends again."""
        one = page.json("state")["mistakes"][0]["id"]
        page.do("tag", [one], tag="a")
        last = page.do("tag", [one], tag="b")["last"]
        first = page.do("undo", [one], undoes=last)
        again = page.do("undo", [one], undoes=last)
        assert first["noted"][one]["tags"] == ["a"]
        assert page.json("state")["noted"][one]["tags"] == ["a"]
        assert first["last"] == again["last"]

    def test_why_a_label_is_wrong_and_all_of_it_as_csv(self, page: Served) -> None:
        first, second = page.json("state")["mistakes"][:2]
        page.do("label", [first["id"]], new="3", why="=a typo")
        page.do("tag", [second["id"]], tag="blurry")
        noted = page.json("state")["noted"][first["id"]]
        assert (noted["old"], noted["right"], noted["because"]) == (first["truth"], "3", "=a typo")
        assert noted["by"].startswith(f"{files.user()}, 20")
        status, content, headers = page.ask(page.path + "mistakes.csv")
        assert (status, headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert headers["content-disposition"] == 'attachment; filename="mistakes.csv"'
        rows = list(csv.DictReader(content.decode().splitlines()))
        assert (len(rows), rows[1]["tags"]) == (60, "blurry")
        assert (rows[0]["right_label"], rows[0]["why"]) == ("3", "'=a typo")

    def test_undo_is_of_the_own_tab(self, page: Served) -> None:
        one, other = (found["id"] for found in page.json("state")["mistakes"][:2])
        last = page.do("tag", [one], "a", tag="x")["last"]
        page.do("tag", [other], "b", tag="x")
        page.do("undo", [], "a", undoes=last)
        noted = page.json("state")["noted"]
        assert (noted[one]["tags"], noted[other]["tags"]) == ([], ["x"])

    def test_each_tab_has_a_file_of_its_own(self, page: Served) -> None:
        one = page.json("state")["mistakes"][0]["id"]
        for tab in ("a", "b", "a"):
            page.do("seen", [one], tab)
        assert len(list((page.store / "annotations").iterdir())) == 2

    def test_one_tab_hears_of_the_other(self, page: Served) -> None:
        found = page.json("state")
        one = found["mistakes"][0]["id"]
        page.do("tag", [one], "b", tag="x")
        changed = page.json(f"changes?since={found['version']}")
        assert changed["noted"][one]["tags"] == ["x"]
        assert page.json(f"changes?since={changed['version']}")["noted"] == {}
        assert page.json("changes?since=rubbish")["version"] == changed["version"]

    @pytest.mark.parametrize(
        ("kind", "values", "sentence"),
        [
            ("tag", {"tag": "Blurry"}, "would be two tags of one name: use 'blurry'"),
            ("tag", {"tag": " "}, "cannot be a tag"),
            ("tag", {"tag": "Label is  wrong"}, "correct the label instead"),
            ("label", {"new": "77"}, "no class '77'"),
        ],
    )
    def test_what_cannot_be_is_one_sentence(
        self, page: Served, kind: str, values: dict[str, str], sentence: str
    ) -> None:
        one, other = (found["id"] for found in page.json("state")["mistakes"][:2])
        page.do("tag", [one], tag="blurry")
        assert sentence in page.do(kind, [other], **values)["error"]
        assert "no example 'nobody'" in page.do("seen", ["nobody"])["error"]
        assert page.json("state")["noted"][other]["tags"] == []

    def test_what_was_noted_in_a_terminal_meanwhile_is_there(
        self, page: Served, run: nw.Run
    ) -> None:
        beside = run.errors(60)
        beside.tag(beside.mistakes[0].id, "elsewhere")
        assert page.json("state")["noted"][beside.mistakes[0].id]["tags"] == ["elsewhere"]

    def test_names_that_would_be_obeyed_are_written_out(self, run: nw.Run) -> None:
        found = run.errors(5)
        odd = replace(found.mistakes[0], source="a\u202eb<script>")
        with serving_of(replace(found, mistakes=(odd,)), RunExamples(run)) as served:
            assert served.json("state")["mistakes"][0]["source"] == "a\\u202eb<script>"

    def test_a_port_that_is_taken_is_one_sentence(self, page: Served) -> None:
        with pytest.raises(NetwrightError, match="name another with --port"):
            serving.listening(page.port)
        with pytest.raises(NetwrightError, match="nothing can listen on port 70000"):
            serving.listening(70000)


@pytest.mark.parametrize("name", systems.names())
def test_where_the_data_are_gone_every_system_says_why(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = small_runs.finished(name, tmp_path_factory.mktemp(name), {"training.epochs": 1})
    run = nw.Run(made.record)
    page = ErrorPage(run.errors(5), RunExamples(run))
    first = page.whole()["mistakes"][0]
    shown = page.example(first["row"])
    assert shown["why"] and not shown["picture"] and not shown["text"]
    assert page.near(first["row"])["nearest"] == []
    assert page.near(first["row"])["why"]


def test_texts_are_read_beside_the_nearest_texts(tmp_path: Path) -> None:
    lines = [f"{word} was the walk {at} of us,{kind}" for at in range(80) for word, kind in WORDS]
    (tmp_path / "t.csv").write_text("\n".join(["review,verdict", *lines]))
    run = nw.train(tmp_path / "t.csv", target="verdict", epochs=1, store=tmp_path / "runs")
    found = run.errors(5)
    page, row = ErrorPage(found, RunExamples(run)), found.mistakes[0].row
    assert "was the walk" in page.example(row)["text"]
    near = page.near(row)["nearest"]
    assert len(near) == 5 and all("was the walk" in one["text"] for one in near)


WORDS = (("warm and bright", "good"), ("grey and dull", "bad"), ("grey and bright", "good"))


def test_the_command_serves_until_it_is_interrupted(run: nw.Run) -> None:
    store = str(run.record.path.parent)
    process = subprocess.Popen(
        [sys.executable, "-m", "netwright", "errors", run.id, "--store", store, "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    served = Served(process.stdout.readline().strip(), run.record.path.parent)
    assert len(served.json("state")["mistakes"]) > 60
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "0 of" in out
    assert "Traceback" not in err


# --- in a real browser


@pytest.fixture(scope="module")
def chromium_found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    with chromium.browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(chromium_found: chromium.Browser) -> Iterator[chromium.Browser]:
    """The browser; its tabs are closed afterwards."""
    yield chromium_found
    for tab in chromium_found.tabs:
        tab.close()
    chromium_found.tabs.clear()


def tab_of(opened: chromium.Browser, page: Served) -> chromium.Tab:
    tab = opened.open(page.url)
    tab.until("document.querySelector('#run')?.textContent")
    return tab


def all_kept(tab: chromium.Tab) -> None:
    tab.until("line.length === 0 && !sending")


@in_a_browser
class TestBrowser:
    def test_twenty_mistakes_tagged_by_keyboard_are_there_after_a_reload(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        tab = tab_of(opened, page)
        tab.key("a")
        tab.type("blurry")
        tab.key("Enter")
        tab.key("Enter")
        tab.key("a")
        tab.type("dark")
        tab.key("Enter")
        tab.key("Enter")
        for at in range(2, 20):
            tab.key("12"[at % 2])
            tab.key("Enter")
        tab.key("l")
        tab.type("3")
        tab.run("document.querySelector('#because').focus()")
        tab.type("it has a hook")
        tab.key("Enter")
        tab.key("ArrowDown")
        tab.key("s")
        all_kept(tab)
        tab.reload()
        tab.until("!!document.querySelector('#kinds tr')")
        found = page.json("state")
        noted = [found["noted"][one["id"]] for one in found["mistakes"]]
        assert [one["tags"] for one in noted[:20]] == [["blurry"], ["dark"]] * 10
        assert (noted[20]["right"], noted[20]["because"]) == ("3", "it has a hook")
        assert noted[21]["skipped"]
        rows = tab.run("[...document.querySelectorAll('#kinds tr')].map((r) => r.innerText)")
        assert [row.split("\t")[0].strip() for row in rows] == ["blurry", "dark", "label is wrong"]
        assert tab.run("document.querySelector('#headline').textContent") == found["headline"]

    def test_a_hundred_scripted_keys_lose_none(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        tab = tab_of(opened, page)
        tab.run("act('tag', {tag: 'odd'})")
        press = "document.dispatchEvent(new KeyboardEvent('keydown', {key: %s, bubbles: true}))"
        tab.run(
            "for (let n = 0; n < 50; n++) {"
            f"{press % repr('ArrowDown')}; {press % repr('1')};" + "}"
        )
        all_kept(tab)
        noted = page.json("state")["noted"].values()
        assert sum(one["tags"] == ["odd"] for one in noted) == 51
        lines = [line for line in files.lines(page.store) if line.kind == "tag"]
        assert len(lines) == 51

    def test_two_tabs_lose_nothing(self, opened: chromium.Browser, page: Served) -> None:
        first, second = tab_of(opened, page), tab_of(opened, page)
        second.key("End")
        for _ in range(10):
            first.run("act('tag', {tag: 'one'}); go(state.at + 1)")
            second.run("act('tag', {tag: 'two'}); go(state.at - 1)")
        all_kept(first)
        all_kept(second)
        found = page.json("state")
        tags = [found["noted"][one["id"]]["tags"] for one in found["mistakes"]]
        assert tags[:10] == [["one"]] * 10
        assert tags[-10:] == [["two"]] * 10
        first.call("Page.bringToFront")
        first.until("state.noted[state.mistakes.at(-1).id].tags.includes('two')")

    def test_a_key_that_takes_all_that_are_alike_and_undo(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        tab = tab_of(opened, page)
        tab.run("act('tag', {tag: 'odd'}); act('untag', {tag: 'odd'})")
        found = page.json("state")
        groups = [one["group"] for one in found["mistakes"]]
        at = next(at for at, group in enumerate(groups) if groups.count(group) > 1)
        tab.run(f"go({at})")
        tab.key("g")
        tab.run("state.tags = ['odd']; 0")
        tab.key("1")
        all_kept(tab)
        noted = page.json("state")["noted"]
        tagged = [one["group"] for one in found["mistakes"] if noted[one["id"]]["tags"]]
        assert tagged == [groups[at]] * groups.count(groups[at])
        tab.key("u")
        all_kept(tab)
        assert not any(one["tags"] for one in page.json("state")["noted"].values())

    def test_what_is_not_kept_yet_outlives_a_reload(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        tab = tab_of(opened, page)
        tab.run("window.fetch = () => Promise.reject(new Error('gone')); act('tag', {tag: 'late'})")
        tab.until("!document.querySelector('#problem').hidden")
        assert "Not kept yet: 1" in tab.run("document.querySelector('#problem').textContent")
        tab.run("window.__old = true; location.reload()")
        tab.until("window.__old !== true && !!document.querySelector('#kinds tr')")
        all_kept(tab)
        assert page.json("state")["tags"] == ["late"]

    def test_a_narrow_page_has_one_scroll_and_what_a_person_needs_in_sight(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        tab = tab_of(opened, page)
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=400,
            height=700,
            deviceScaleFactor=1,
            mobile=False,
        )
        tab.until("innerWidth === 400")
        scrolled = tab.run(
            "[...document.querySelectorAll('*')].filter((one) =>"
            " one.scrollHeight > one.clientHeight &&"
            " /auto|scroll/.test(getComputedStyle(one).overflowY)).map((one) => one.id)"
        )
        assert scrolled == []
        assert tab.run("document.scrollingElement.scrollHeight > innerHeight")
        assert tab.run("document.scrollingElement.scrollWidth <= innerWidth")
        tab.run("go(20); scrollTo(0, 1e6)")
        seen = """
            [...document.querySelectorAll('.row')].filter((one) => !one.hidden).filter((one) => {
              const at = one.getBoundingClientRect(), list = $('list').getBoundingClientRect();
              return list.top >= 0 && at.top >= list.top - 1 && at.bottom <= list.bottom + 1;
            }).map((one) => one.at).sort()
        """
        tab.until("document.querySelector('#row-20[aria-selected=true]')")
        assert tab.run(seen) == [19, 20, 21]
        tab.key("a")
        tab.type("Blurry")
        tab.key("Enter")
        all_kept(tab)
        tab.run("scrollTo(0, 1e6)")
        tab.key("a")
        edge = "document.querySelector('%s').getBoundingClientRect().%s"
        assert tab.run(f"{edge % ('#list', 'bottom')} <= {edge % ('#form', 'top')}")
        assert tab.run(f"{edge % ('#picture', 'bottom')} <= innerHeight")
        tab.type("blurry")
        tab.key("Enter")
        tab.until("!document.querySelector('#problem').hidden")
        tab.run("scrollTo(0, 1e6)")
        assert tab.run(f"{edge % ('#problem', 'bottom')} <= innerHeight + 1")
        assert tab.run(f"{edge % ('#problem', 'top')} >= 0")

    def test_what_was_refused_is_mended_in_its_field(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        tab = tab_of(opened, page)
        tab.until("document.querySelector('#picture').naturalWidth > 0")
        tab.run("document.querySelector('article').scrollTop = 1e6")
        tab.key("l")
        edge = "document.querySelector('%s').getBoundingClientRect().%s"
        assert tab.run(f"{edge % ('#picture', 'bottom')} <= {edge % ('article', 'bottom')}")
        assert tab.run(f"{edge % ('#form', 'top')} >= {edge % ('article', 'top')}")
        tab.type("horse")
        tab.key("Enter")
        tab.until("!document.querySelector('#problem').hidden")
        assert "no class 'horse'" in tab.run("document.querySelector('#problem').textContent")
        assert tab.run("asking") == "label"
        assert tab.run("document.activeElement.id") == "input"
        tab.type("s")  # no command: it goes into the field
        assert tab.run("document.querySelector('#input').value") == "horses"
        tab.run(
            "const right = state.classes.find((name) => name !== current().truth);"
            " document.querySelector('#input').value = right; 0"
        )
        tab.key("Enter")
        all_kept(tab)
        assert tab.run("[document.querySelector('#problem').hidden, asking]") == [True, None]
        tab.run("act('tag', {tag: 'blurry'})")
        tab.key("a")
        tab.type("Blurry")
        tab.key("Enter")
        tab.until("asking === 'tag'")
        assert tab.run("document.querySelector('#input').value") == "Blurry"
        noted = page.json("state")["noted"].values()
        assert sum(one["right"] is not None for one in noted) == 1
        assert not any(one["skipped"] for one in noted)

    def test_a_program_started_anew_goes_on_with_what_an_old_tab_has(
        self, opened: chromium.Browser, page: Served, run: nw.Run
    ) -> None:
        tab = tab_of(opened, page)
        words = "document.querySelector('#problem').textContent"
        # as after a kill: what listens there knows another token, and not this page's
        tab.run("window.__fetch = fetch; window.fetch = (to, how) => __fetch('../anew/' + to, how)")
        tab.run("act('tag', {tag: 'late'})")
        tab.until("!document.querySelector('#problem').hidden")
        sentence = "The program was started anew: open the address that it printed."
        assert tab.run(words) == f"{sentence} What is not kept yet goes on there: 1."
        assert page.json("state")["tags"] == []
        new = tab_of(opened, page)
        all_kept(new)
        assert page.json("state")["tags"] == ["late"]
        # the old tab is typed on: the new one hears of it
        tab.run("act('tag', {tag: 'later'})")
        new.until("state.tags.includes('later')")
        all_kept(new)
        assert page.json("state")["tags"] == ["late", "later"]
        assert new.run("Object.keys(localStorage).length") == 0

    def test_no_request_leaves_the_machine_and_nothing_is_blocked(
        self, opened: chromium.Browser, page: Served
    ) -> None:
        opened.requests.clear()
        opened.console.clear()
        tab = tab_of(opened, page)
        tab.until("document.querySelector('#nearest img')?.complete")
        for key in ("1", "Enter", "a", "Escape", "End", "Home"):
            tab.key(key)
        tab.until("document.querySelector('#picture').naturalWidth > 0")
        assert {url.split("/")[2] for url in opened.requests} == {f"127.0.0.1:{page.port}"}
        assert opened.console == []

    def test_ten_thousand_mistakes_are_a_list_of_few_rows(
        self, opened: chromium.Browser, run: nw.Run
    ) -> None:
        with serving_of(many(run, 10_000), RunExamples(run)) as served:
            tab = tab_of(opened, served)
            assert tab.run("document.querySelectorAll('.row').length") < 100
            tab.key("End")
            tab.until("document.querySelector('.row[aria-selected=true]')?.at === 9999")
            tab.key("a")
            tab.type("far")
            tab.key("Enter")
            all_kept(tab)
            time.sleep(0.2)
            assert served.do("undo", [], undoes=tab.run("state.last"))["error"] == ""
