"""Another yardstick: weights by an expression over the columns of the data, what turns by them, dev
sets that differ, and the log of both.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from netwright.api.comparing.expression import parse
from netwright.api.comparing.weighing import typed
from netwright.base.errors import RecipeError, RunError
from netwright.cli.main import main
from netwright.data.labels import Label

pytestmark = pytest.mark.usefixtures("no_pictures")

SOURCES = ["t.csv:2", "t.csv:3", "t.csv:4", "t.csv:5"]
COLUMNS: dict[str, Sequence[Any]] = {
    "amount": [1.0, 2.0, 3.0, 4.0],
    "count": [0, 1, 2, 3],
    "region": ["north", "south", "north", "it's"],
    "sold": [True, False, True, False],
    "part of it": [0.5, 0.5, 0.25, 0.25],
    "holes": [1.0, None, float("nan"), 2.0],
}


class TestExpressions:
    @pytest.mark.parametrize(
        ("text", "by_hand"),
        [
            ("amount", [1, 2, 3, 4]),
            ("amount * (region == 'north')", [1, 0, 3, 0]),
            ("2 + 3 * amount", [5, 8, 11, 14]),
            ("(2 + 3) * amount", [5, 10, 15, 20]),
            ("8 - 2 - 1", [5] * 4),
            ("8 / 4 / 2", [1] * 4),
            ("1e1 + .5", [10.5] * 4),
            ("--amount", [1, 2, 3, 4]),
            ("5 - -amount", [6, 7, 8, 9]),
            ("region != 'north'", [0, 1, 0, 1]),
            ('region == "it\'s"', [0, 0, 0, 1]),
            ("amount >= 2 and amount < 4", [0, 1, 1, 0]),
            ("amount <= 1 or region == 'south'", [1, 1, 0, 0]),
            ("not amount > 2", [1, 1, 0, 0]),
            ("not sold and count > 1", [0, 0, 0, 1]),
            ("sold or not sold and count == 1", [1, 1, 1, 0]),
            ("`part of it` * 4", [2, 2, 1, 1]),
            ("1 + (region < 'o')", [2, 1, 2, 2]),
        ],
    )
    def test_by_hand(self, text: str, by_hand: list[float]) -> None:
        assert parse(text).weights(COLUMNS, SOURCES) == by_hand

    @pytest.mark.parametrize("seed", range(20))
    def test_against_python(self, seed: int) -> None:
        """Python reads the same grammar alike; the texts are made here."""
        draw = np.random.default_rng(seed)

        def made(depth: int) -> str:
            if depth == 0:
                return str(draw.choice(["amount", "count", "sold", "2", "0.5"]))
            sign = str(draw.choice(["+", "-", "*", "<", "==", "and", "or"]))
            first, second = made(depth - 1), made(depth - 1)
            is_open = sign in ("<", "==") or bool(draw.integers(2))
            return f"({first} {sign} {second})" if is_open else f"{first} {sign} {second}"

        text = f"100 + ({made(3)})"
        rows = zip(*(COLUMNS[name] for name in ("amount", "count", "sold")), strict=True)
        theirs = [
            _python(text, {"amount": amount, "count": count, "sold": sold})
            for amount, count, sold in rows
        ]
        assert parse(text).weights(COLUMNS, SOURCES) == pytest.approx(theirs)

    @pytest.mark.parametrize(
        ("text", "at", "why"),
        [
            ("amuont", 1, "no column 'amuont'; did you mean 'amount'?"),
            ("amount *", 9, "it ends too early: expected a column"),
            ("", 1, "it ends too early"),
            ("amount amount", 8, "'amount' is not expected here"),
            ("(amount", 1, "this bracket is not closed"),
            ("amount)", 7, "')' is not expected here"),
            ("cat=ten", 4, "'=' does not read: expected CLASS=NUMBER, or a column"),
            ("amount ** 2", 9, "'*' is not expected here"),
            ("__import__('os')", 11, "'(' is not expected here"),
            ("amount.real", 7, "'.' does not read"),
            ("2x", 1, "'2' does not read"),
            ("'north", 1, "''' does not read"),
            ("1 < amount < 3", 12, "compare two values at a time"),
            ("amount - 2", 8, "the weight is negative (-1) in 1 example, the first t.csv:2"),
            ("1 / count", 3, "what is divided by is 0 in 1 example, the first t.csv:2"),
            ("holes", 1, "the column 'holes' has no value in 2 examples, the first t.csv:3"),
            ("region", 1, "region holds text, where a number is expected"),
            ("2 * 'north'", 5, "'north' is text, where a number is expected"),
            ("region == 2", 8, "a number and a text are compared"),
            ("1e308 * 1e308", 7, "the weight is no finite number in 4 examples"),
            ("(" * 60 + "1" + ")" * 60, 52, "more than 50 parts lie within one another"),
            ("-" * 900 + "1", 52, "more than 50 parts lie within one another"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_place(self, text: str, at: int, why: str) -> None:
        with pytest.raises(RecipeError) as caught:
            parse(text).weights(COLUMNS, SOURCES)
        message = str(caught.value)
        assert message.startswith(f"--weigh {text}: at character {at}: {why}")
        assert "\n" not in message

    def test_one_that_is_too_long(self) -> None:
        with pytest.raises(RecipeError, match="has 2,001 characters: expected 1,000 at most"):
            parse("1+" * 1000 + "1")

    def test_as_it_is_typed(self) -> None:
        assert typed(["amount * 2"]) == "amount * 2"
        assert typed(["(amount == 3"[1:]]) == "amount == 3"
        assert typed(["cat=3", "dog=1"]) == {"cat": 3.0, "dog": 1.0}
        with pytest.raises(RecipeError, match="an expression stands alone"):
            typed(["cat=3", "amount"])


def _python(text: str, values: dict[str, Any]) -> float:
    """What Python makes of it; ``and`` and ``or`` give a truth value."""
    import ast

    class Truth(ast.NodeTransformer):
        def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
            self.generic_visit(node)
            return ast.Call(ast.Name("bool", ast.Load()), [node], [])

    tree = ast.fix_missing_locations(Truth().visit(ast.parse(text, mode="eval")))
    return float(eval(compile(tree, "test", "eval"), {"bool": bool}, values))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("sold")
    draw = np.random.default_rng(0)
    lines = ["a,b,amount,region,kind"]
    for at in range(300):
        a, b = draw.normal(size=2).round(3)
        region = "south" if at % 3 else "north"
        lines.append(f"{a},{b},{at % 7 + 1},{region},{'yes' if a + b > 0 else 'no'}")
    (folder / "sold.csv").write_text("\n".join(lines))
    return nw.train(
        folder / "sold.csv", target="kind", model="linear", epochs=3, store=folder / "runs"
    )


@pytest.fixture
def pair(first: nw.Run, tmp_path: Path) -> tuple[nw.Run, nw.Run]:
    """The one is wrong on all of the north, the other on half of the south: by number it loses."""
    runs = []
    frame = first.record.examples("dev", first.system)
    lines = (first.record.path.parents[1] / "sold.csv").read_text().splitlines()
    regions = [lines[int(one.rpartition(":")[2]) - 1].split(",")[3] for one in frame.sources]
    for name in ("north", "south"):
        shutil.copytree(first.record.path, tmp_path / f"{first.id}-{name}")
        run = nw.open(f"{first.id}-{name}", store=tmp_path)
        wrong = [
            region == name and (name == "north" or at % 4 < 3) for at, region in enumerate(regions)
        ]
        answers = [
            Label(label, 1.0, {label: 1.0})
            for truth, is_wrong in zip(frame.targets, wrong, strict=True)
            for label in [{"yes": "no", "no": "yes"}[truth] if is_wrong else truth]
        ]
        run.record.write_predictions("dev", run.system, frame, answers, [0.0] * len(frame))
        runs.append(run)
    return runs[0], runs[1]


class TestByColumns:
    def test_what_turns_stands_in_the_verdict_the_reports_and_the_log(
        self, pair: tuple[nw.Run, nw.Run], capsys: pytest.CaptureFixture[str]
    ) -> None:
        north, south = pair
        store = north.record.path.parent
        assert nw.compare(list(pair)).winner == north.id
        text = "amount * (region == 'north')"
        main(["compare", north.id, south.id, "--weigh", text, "--store", str(store), "--json"])
        found = json.loads(capsys.readouterr().out)
        assert found["winner"] == south.id
        assert f"without them {north.id} wins" in found["verdict"]
        assert (found["expression"], found["weights"]) == (text, {})
        assert [row["figures"]["error"]["value"] for row in found["rows"]] == [0.0, 1.0]
        report = north.report.read_text(encoding="utf-8")
        assert "By another yardstick" in report
        assert f'winner of 2 by error</th><td data-name="as it was">{north.id}' in (
            report.replace("Winner", "winner")
        )
        kept = north.files.yardstick
        assert kept is not None
        turned = {row["what"]: row["turned"] for row in kept["rows"]}
        assert turned["winner of 2 by error"]
        assert {"error on train", "error on dev", "largest gap"} <= turned.keys()
        (line,) = (json.loads(one) for one in (store / "yardsticks.jsonl").open())
        assert (line["expression"], line["winner"]) == (text, south.id)
        # as it was: the log has it, the reports no more of it
        nw.compare(list(pair))
        assert len((store / "yardsticks.jsonl").read_text().splitlines()) == 2
        assert "By another yardstick" not in north.report.read_text(encoding="utf-8")

    def test_the_target_is_a_column_too(self, pair: tuple[nw.Run, nw.Run]) -> None:
        by_class = nw.compare(list(pair), weigh={"yes": 3})
        by_text = nw.compare(list(pair), weigh="1 + 2 * (kind == 'yes')")
        assert [row.figures["error"].value for row in by_class.rows] == pytest.approx(
            [row.figures["error"].value for row in by_text.rows]
        )

    def test_what_is_refused(self, pair: tuple[nw.Run, nw.Run]) -> None:
        with pytest.raises(RecipeError, match="leaves no example that counts"):
            nw.compare(list(pair), weigh="0 * amount")
        with pytest.raises(RecipeError, match="no column 'amont'; did you mean 'amount'"):
            nw.compare(list(pair), weigh="amont")
        source = Path(pair[0].recipe.data.source)
        away = source.rename(source.with_name("away.csv"))
        try:
            with pytest.raises(
                RecipeError, match="its columns are read from the data of"
            ) as caught:
                nw.compare(list(pair), weigh="amount")
        finally:
            away.rename(source)
        assert f"put {source} back, or weigh classes, CLASS=NUMBER" in str(caught.value)
        assert not (pair[0].record.path.parent / "yardsticks.jsonl").exists()

    def test_data_without_columns(self, tmp_path: Path) -> None:
        runs = [
            nw.train("digits8", model="linear", set={"training.max_examples": 64}, store=tmp_path)
            for _ in range(2)
        ]
        with pytest.raises(RecipeError, match="have no columns to reckon with: weigh classes"):
            nw.compare(runs, weigh="amount")


class TestDevSets:
    def test_runs_on_different_ones(
        self, first: nw.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store = tmp_path / "runs"
        shutil.copytree(first.record.path, store / first.id)
        other = nw.train(
            first.recipe.data.source, target="kind", model="linear", epochs=1, store=store,
            set={"split.seed": 1},
        )  # fmt: skip
        here = nw.open(first.id, store=store)
        both = set(here.record.examples("dev", here.system).ids)
        both &= set(other.record.examples("dev", other.system).ids)
        with pytest.raises(RunError) as caught:
            nw.compare([here, other])
        assert f"compare them on the {len(both)} that all have in common with --common" in str(
            caught.value
        )
        main(["compare", here.id, other.id, "--common", "--store", str(store)])
        printed = capsys.readouterr().out
        assert printed.startswith(f"On the {len(both)} dev examples that all of them have: ")
        found = nw.compare([here, other], common=True)
        assert found.common == len(both)
        assert {row.figures["error"].n for row in found.rows} == {len(both)}
        (line,) = (json.loads(one) for one in (store / "yardsticks.jsonl").open())
        assert (line["run"], line["run_before"]) == (other.id, here.id)
        assert line["dev"]["digest"] != line["dev_before"]["digest"]

    def test_the_same_dev_set_is_logged_nowhere(self, first: nw.Run, tmp_path: Path) -> None:
        store = tmp_path / "runs"
        shutil.copytree(first.record.path, store / first.id)
        nw.train(
            first.recipe.data.source, target="kind", model="linear", epochs=1, store=store,
            set={"training.seed": 3},
        )  # fmt: skip
        assert not (store / "yardsticks.jsonl").exists()

    def test_none_in_common(self, pair: tuple[nw.Run, nw.Run]) -> None:
        run = pair[0]
        frame = run.record.examples("dev", run.system)
        other = dataclasses.replace(frame, ids=[f"other {name}" for name in frame.ids])
        answers = run.record.answers("dev", run.system)
        pair[1].record.write_predictions("dev", run.system, other, answers, [0.0] * len(other))
        for common in (False, True):
            with pytest.raises(RunError, match="none is in common with the same target: compare"):
                nw.compare(list(pair), common=common)
