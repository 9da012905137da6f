"""What people note of examples: appended, merged from all writers, undone, never torn."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from netwright.base.errors import NetwrightError, NetwrightWarning
from netwright.runs.annotations import files
from netwright.runs.annotations.files import AnnotationWriter
from netwright.runs.annotations.lines import LABEL_IS_WRONG, Kind, tag_name
from netwright.runs.annotations.noted import Annotations, Noted


def file_of(store: Path, name: str) -> Path:
    return store / "annotations" / f"{name}.jsonl"


def line(n: int, **values: object) -> str:
    return json.dumps(
        {"n": n, "time": f"2026-01-01T00:00:0{n}", "who": "a", "id": "x", "kind": "seen", **values}
    )


class TestWriting:
    def test_nothing_is_there_before_the_first_line(self, tmp_path: Path) -> None:
        AnnotationWriter(tmp_path, "a")
        assert list(tmp_path.iterdir()) == []
        assert files.read(tmp_path).of_example("x") == Noted()

    def test_what_was_written_is_read(self, tmp_path: Path) -> None:
        writer = AnnotationWriter(tmp_path, "a", "ann")
        writer.write(["x", "y"], "tag", tag="blurry")
        writer.write(["x"], "label", old="cat", new="dog", why="it barks")
        writer.write(["y"], "skip")
        found = files.read(tmp_path)
        assert found.of_example("x").tags == ("blurry",)
        fix = found.of_example("x").correction
        assert fix is not None
        assert (fix.old, fix.new, fix.who, fix.why) == ("cat", "dog", "ann", "it barks")
        assert found.of_example("y").skipped
        assert not found.of_example("y").is_looked_at
        assert found.tags() == ["blurry"]
        assert list(found.corrections()) == ["x"]

    def test_a_writer_goes_on_with_its_numbers(self, tmp_path: Path) -> None:
        AnnotationWriter(tmp_path, "a").write(["x"], "seen")
        assert AnnotationWriter(tmp_path, "a").write(["y"], "seen")[0].n == 1

    def test_a_clock_that_was_set_back_turns_no_order_around(self, tmp_path: Path) -> None:
        file_of(tmp_path, "a").parent.mkdir()
        future = line(0, kind="tag", tag="t", time="2999-01-01T00:00:00+00:00")
        file_of(tmp_path, "a").write_text(future + "\n")
        AnnotationWriter(tmp_path, "a").write(["x"], "untag", tag="t")
        assert files.read(tmp_path).of_example("x").tags == ()

    def test_writers_side_by_side_lose_nothing(self, tmp_path: Path) -> None:
        def write(name: str) -> None:
            writer = AnnotationWriter(tmp_path, name)
            for at in range(50):
                writer.write([f"{name}{at}"], "tag", tag="t")

        threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(files.read(tmp_path).by_id) == 200

    def test_a_kill_loses_at_most_the_line_that_was_being_written(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path\n"
            "from netwright.runs.annotations.files import AnnotationWriter\n"
            "writer = AnnotationWriter(Path(sys.argv[1]), 'a')\n"
            "for at in range(100_000):\n"
            "    writer.write([str(at)], 'seen'); print(at, flush=True)\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(20):
            written = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert {str(at) for at in range(written + 1)} <= set(files.read(tmp_path).by_id)

    @pytest.mark.parametrize("name", ["", "../a", "A", "a/b", "a" * 61, "a.jsonl"])
    def test_a_name_that_leads_elsewhere_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(NetwrightError, match="cannot be the name of a writer"):
            AnnotationWriter(tmp_path, name)


class TestReading:
    def test_the_later_counts_whoever_wrote_it(self, tmp_path: Path) -> None:
        first, second = AnnotationWriter(tmp_path, "b"), AnnotationWriter(tmp_path, "a")
        first.write(["x"], "tag", tag="t")
        second.write(["x"], "untag", tag="t")
        first.write(["x"], "label", old="1", new="2")
        second.write(["x"], "label", old="1", new="3")
        found = files.read(tmp_path).of_example("x")
        assert found.tags == ()
        assert found.correction is not None
        assert found.correction.new == "3"

    def test_in_whatever_order_lines_are_read_they_say_the_same(self, tmp_path: Path) -> None:
        writers = [AnnotationWriter(tmp_path, name) for name in "abc"]
        for at in range(30):
            writers[at % 3].write([str(at % 4)], ("tag", "untag")[at % 2], tag=f"t{at % 5}")
        lines = list(files.lines(tmp_path))
        there, back = Annotations.of(lines), Annotations.of(lines[::-1])
        assert [there.of_example(str(at)) for at in range(4)] == [
            back.of_example(str(at)) for at in range(4)
        ]

    def test_what_is_folded_line_by_line_is_what_is_read_anew(self, tmp_path: Path) -> None:
        found, writers = Annotations(), [AnnotationWriter(tmp_path, name) for name in "ab"]
        kinds: tuple[Kind, ...] = ("tag", "untag", "skip", "seen")
        for at in range(40):
            writer = writers[at % 2]
            if at % 7 == 6:
                files.undo(found, writer)
                continue
            for one in writer.write([str(at % 3)], kinds[at % 4], tag="t"):
                found.add(one)
        again = files.read(tmp_path)
        assert [found.of_example(str(at)) for at in range(3)] == [
            again.of_example(str(at)) for at in range(3)
        ]

    def test_undone_is_as_never_noted(self, tmp_path: Path) -> None:
        found, writer = Annotations(), AnnotationWriter(tmp_path, "a")
        for one in writer.write(["x", "y"], "tag", tag="t"):
            found.add(one)
        assert files.undo(found, writer) is not None
        assert files.undo(found, writer) is None
        for now in (found, files.read(tmp_path)):
            assert now.of_example("x") == now.of_example("y") == Noted()
            assert now.tags() == []

    def test_one_tag_in_two_spellings_is_one(self, tmp_path: Path) -> None:
        AnnotationWriter(tmp_path, "a").write(["x"], "tag", tag="blurry")
        AnnotationWriter(tmp_path, "b").write(["x"], "tag", tag="Blurry ")
        found = files.read(tmp_path)
        assert found.of_example("x").tags == ("blurry",)
        with pytest.raises(NetwrightError, match="would be two tags of one name: use 'blurry'"):
            found.expect_new("BLURRY")
        for unseen in ("blu\u200brry", "\ufeffblurry", "ｂlurry", "b\u00adlurry"):
            with pytest.raises(NetwrightError, match="would be two tags of one name"):
                found.expect_new(unseen)

    def test_a_line_that_was_cut_off_is_left_out_and_said(self, tmp_path: Path) -> None:
        AnnotationWriter(tmp_path, "a").write(["x"], "tag", tag="t")
        whole = file_of(tmp_path, "a").read_text()
        for cut in range(1, len(whole) - 1):
            file_of(tmp_path, "a").write_text(whole + whole[:cut])
            with pytest.warns(NetwrightWarning, match=r"a\.jsonl, line 2, was cut off"):
                assert files.read(tmp_path).of_example("x").tags == ("t",)

    def test_after_a_cut_line_the_writer_goes_on(self, tmp_path: Path) -> None:
        AnnotationWriter(tmp_path, "a").write(["x"], "seen")
        with file_of(tmp_path, "a").open("a") as file:
            file.write('{"n": 1, "ti')
        with pytest.warns(NetwrightWarning, match="line 2"):
            AnnotationWriter(tmp_path, "a").write(["y"], "seen")
        with pytest.warns(NetwrightWarning, match="line 2"):
            assert set(files.read(tmp_path).by_id) == {"x", "y"}

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("rubbish", "no JSON"),
            (line(0, kind="burn"), "kind"),
            (line(0, kind="tag"), "lacks 'tag'"),
            (line(0, kind="label", old=1), "lacks 'new'"),
            (line(0, kind="undo"), "lacks 'undoes'"),
            (line(0, id=7), "id"),
            (line(-1), "n"),
            (line(0, tag=["a"]), "tag"),
            ("[1]", "mapping"),
            (line(0, kind="label", old=float("nan"), new=1), "old"),
        ],
    )
    def test_a_damaged_line_is_named(self, tmp_path: Path, text: str, why: str) -> None:
        AnnotationWriter(tmp_path, "a").write(["x"], "seen")
        with file_of(tmp_path, "a").open("a") as file:
            file.write(f"{text}\n{line(1)}\n")
        with pytest.raises(NetwrightError, match=r"a\.jsonl, line 2, is damaged") as refused:
            files.read(tmp_path)
        assert why in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_links_and_other_files_are_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text(line(0) + "\n")
        folder = tmp_path / "annotations"
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
        assert files.read(tmp_path).by_id == {}
        (folder / "a.jsonl").symlink_to(tmp_path / "secret")
        with pytest.raises(NetwrightError, match="link"):
            files.read(tmp_path)

    def test_a_folder_that_is_a_link_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "annotations").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(NetwrightError, match="link"):
            files.read(tmp_path)


class TestTags:
    def test_blanks_are_put_in_order(self) -> None:
        assert tag_name("  far   away ") == "far away"

    @pytest.mark.parametrize("name", ["", "  ", "a" * 61, "a\x1bb", LABEL_IS_WRONG.upper()])
    def test_what_can_be_no_tag_is_refused(self, name: str) -> None:
        with pytest.raises(NetwrightError):
            tag_name(name)
