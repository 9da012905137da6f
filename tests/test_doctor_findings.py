"""Every code has its page, every page its four parts, and every code of the doctor can come up."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from netwright.base.findings import CODES
from netwright.doctor import layer_findings
from netwright.doctor.gaps.judgement import Rung, diagnose_ladder
from netwright.runs.rows import LayerRow

PAGES = Path(__file__).parents[1] / "docs" / "findings"
PARTS = ("What it means", "How it was computed", "What to do", "When it is wrong")


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_page_with_four_parts(code: str) -> None:
    lines = (PAGES / f"{code}.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {code} {CODES[code]}"
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(PARTS)
    places = [lines.index(f"## {part}") for part in PARTS] + [len(lines)]
    for start, end in pairwise(places):
        assert len(" ".join(lines[start + 1 : end]).split()) >= 12, (
            f"{code}: '{lines[start]}' says too little"
        )


def test_every_page_has_a_code() -> None:
    assert {page.stem for page in PAGES.glob("NW*.md")} == set(CODES)


LADDERS = {
    "NW101": [Rung("human", 0.01), Rung("train", 0.1, 1000), Rung("dev", 0.1, 1000)],
    "NW102": [Rung("human", 0.01), Rung("train", 0.01, 1000), Rung("dev", 0.1, 1000)],
    "NW103": [Rung("train", 0.01, 999), Rung("train_dev", 0.01, 999), Rung("dev", 0.1, 999)],
    "NW104": [Rung("dev", 0.01, 1000), Rung("test", 0.1, 1000)],
    "NW105": [Rung("train", 0.1, 1000), Rung("dev", 0.1, 1000)],
    "NW106": [Rung("human", 0.1), Rung("train", 0.01, 1000), Rung("dev", 0.01, 1000)],
    "NW107": [Rung("human", 0.1), Rung("train", 0.1, 1000), Rung("dev", 0.11, 1000)],
    "NW108": [Rung("dev", 0.1, 1000), Rung("test", 0.01, 1000)],
    "NW109": [Rung("human", 0.0), Rung("train", 0.0, 1000), Rung("dev", 0.0, 20)],
    "NW110": [Rung("train", 0.95, 1000), Rung("dev", 0.95, 1000)],
    "NW111": [Rung("train", 0.1), Rung("dev", 0.2)],
}


NAN = float("nan")
LAYERS = {
    "NW112": [{"layer": "a", "gradient": 1e-12}, {"layer": "b", "gradient": 1.0}],
    "NW113": [{"layer": "a", "rms": 1e6}, {"layer": "b"}],
    "NW114": [{"layer": "a", "dead": 0.9}, {"layer": "b"}],
    "NW115": [{"layer": "a", "flat": 0.9}, {"layer": "b"}],
}
"""What was seen of two layers, where it is not as in a net that is well."""


def test_every_code_of_a_run_can_come_up() -> None:
    # test_references, test_folds, test_labels, test_calibration, test_mismatch
    elsewhere = {"NW116", "NW117", "NW118", "NW119", "NW120"}
    of_runs = {code for code in CODES if code.startswith("NW1")}
    assert of_runs == LADDERS.keys() | LAYERS.keys() | elsewhere


@pytest.mark.parametrize("code", LAYERS)
def test_every_code_of_the_layers_comes_up_with_figures_and_something_to_do(code: str) -> None:
    well = {"step": 5, "rms": 1.0, "dead": 0.0, "flat": NAN, "gradient": 0.1}
    [found] = layer_findings.find([LayerRow.of({**well, **row}) for row in LAYERS[code]])
    assert found.code == code
    assert found.figures["layers"] == ["a"]
    assert found.do and found.message.endswith(".")


@pytest.mark.parametrize("code", LADDERS)
def test_every_code_of_the_doctor_comes_up_with_figures_and_something_to_do(code: str) -> None:
    findings = {
        finding.code: finding for finding in diagnose_ladder(LADDERS[code], baseline=0.9).findings
    }
    assert code in findings, f"got {sorted(findings)}"
    found = findings[code]
    assert found.figures and found.do and found.message.endswith(".")
    assert code not in {
        finding.code
        for finding in diagnose_ladder(LADDERS[code], baseline=0.9, muted={code}).findings
    }
