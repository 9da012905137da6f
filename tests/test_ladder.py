"""netwright ladder: figures typed by hand, printed judgement, one sentence for a mistake, and a
quick start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from netwright.base.errors import NetwrightError
from netwright.cli.console import aligned
from netwright.cli.judge.ladder import command
from netwright.cli.text.diagnosis import diagnosis_text
from netwright.doctor.gaps.judgement import Diagnosis, Rung, diagnose_ladder
from netwright.doctor.gaps.typed import rung_of

GOLDEN = [
    "human=0.005",
    "train=0.088/940000",
    "train_dev=0.091/20000",
    "dev=0.143/20000",
    "test=0.148/20000",
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> str:
    return (
        CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False).output
    )


def test_the_golden_ladder_prints_rungs_gaps_verdict_and_knobs() -> None:
    lines = run(*GOLDEN).splitlines()
    row = {line.split("  ")[0]: line for line in lines}
    assert "8.8%" in row["train"] and "940,000" in row["train"] and "as given" in row["human"]
    assert "+8.3 ± 0.1" in row["avoidable bias"] and row["avoidable bias"].endswith(
        "work on this first"
    )
    assert "+0.3 ± 0.4" in row["variance"] and row["variance"].endswith("within its noise")
    assert "+5.2 ± 0.6" in row["data mismatch"] and row["data mismatch"].endswith("then this")
    assert "+0.5 ± 0.7" in row["overfit to dev"] and row["overfit to dev"].endswith(
        "within its noise"
    )
    assert [line for line in lines if line.startswith("Avoidable bias first: ")]
    assert lines.index("Knobs for avoidable bias:") < lines.index("Knobs for data mismatch:")


def test_percentages_counts_and_order_are_free() -> None:
    typed = run(
        "test=14.8%/20,000",
        "dev=14.3%/2e4",
        "train-dev=9.1%/20_000",
        "train=8.8%/940000",
        "human=.5%",
    )
    assert typed == run(*GOLDEN)


def test_json_reads_back_as_the_same_diagnosis() -> None:
    found = Diagnosis.from_json(json.loads(run(*GOLDEN, "--json")))
    assert found == diagnose_ladder([rung_of(text) for text in GOLDEN])


def test_an_unknown_human_level_has_a_row_and_something_to_do() -> None:
    text = run("train=.04", "dev=.045")
    assert "unknown" in next(
        line for line in text.splitlines() if line.startswith("avoidable bias")
    )
    assert "Cannot tell whether training 4.0% is avoidable bias" in text
    assert "to do: give the error of the best people" in text
    assert text.count("the human level is unknown and decides") == 1


def test_project_yaml_mutes_findings(tmp_path: Path) -> None:
    assert "NW111" in run("train=.01", "dev=.045")
    (tmp_path / "project.yaml").write_text("mute: [NW111]\n")
    assert "NW111" not in run("train=.01", "dev=.045")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no rung was given; write error/count"),
        (["trian=0.1", "dev=0.2"], "no rung 'trian'; did you mean 'train'"),
        (["train"], "expected NAME=ERROR/COUNT"),
        (["train=8.8", "dev=9"], "8.8 is no fraction; .* for 8.8 percent write 8.8%"),
        (["train=-0.1", "dev=0.2"], "-0.1 is no fraction"),
        (["train=120%", "dev=0.2"], "120% is no fraction"),
        (["train=nan", "dev=0.2"], "'nan' is no number"),
        (["train=", "dev=0.2"], "'' is no number"),
        (["train=0.1/1000.5", "dev=0.2"], "the count '1000.5' is no whole number"),
        (["train=0.1/0", "dev=0.2"], "the count '0' is no whole number"),
        (["train=0.1/-5", "dev=0.2"], "the count '-5' is no whole number"),
        (["train=0.1/", "dev=0.2"], "the count '' is no whole number"),
        (["train=0.1/inf", "dev=0.2"], "the count 'inf' is no whole number"),
        (["train=0.1", "train=0.2"], "'train' is given 2 times"),
        (["dev=0.1"], "got dev: give train too"),
        (["human=0.1", "dev=0.1"], "got human, dev: give train too"),
    ],
)
def test_a_mistake_ends_in_one_sentence(arguments: list[str], says: str) -> None:
    with pytest.raises(NetwrightError, match=says) as refusal:
        run(*arguments)
    assert "\n" not in str(refusal.value)


def test_every_kind_of_verdict_is_printed() -> None:
    negative = diagnose_ladder(
        [Rung("human", 0.0), Rung("train", 0.2, 999), Rung("dev", 0.1, 999)], muted={"NW101"}
    )
    text = diagnosis_text(negative)
    assert "muted" in text and "negative, see below" in text and "NW108 negative-gap" in text
    noise = diagnosis_text(diagnose_ladder([Rung("dev", 0.1, 100), Rung("test", 0.11, 100)]))
    assert noise.count("would resolve it") == 1


def test_columns_line_up() -> None:
    assert aligned([("a", "1"), ("long", "100")], right=(1,)) == "a       1\nlong  100"


def in_a_new_process(code: str) -> str:
    source = Path(__file__).parents[1] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    return done.stdout


def test_it_starts_without_anything_heavy() -> None:
    loaded = in_a_new_process(
        f"import sys; from netwright.cli.main import main; main(['ladder', *{GOLDEN!r}]);"
        " print(*sorted(sys.modules))"
    ).splitlines()[-1]
    heavy = {
        "torch",
        "numpy",
        "polars",
        "matplotlib",
        "sklearn",
        "pydantic",
        "rich",
        "yaml",
        "netwright.contract",
    }
    assert not heavy & set(loaded.split())


def test_a_persons_mistake_ends_with_exit_code_2() -> None:
    code = (
        "from netwright.cli.main import main\ntry:\n main(['ladder', 'trian=0.1'])\nexcept"
        " SystemExit as end:\n print(end.code)"
    )
    assert in_a_new_process(code).strip() == "2"
