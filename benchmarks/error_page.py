"""The page of error analysis in a headless Chromium: how soon a key is answered, how smoothly
10,000 mistakes scroll.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import served

import netwright as nw
from benchmarks import chromium
from benchmarks.harness import BenchmarkError, Table
from netwright.api.errors.examples import RunExamples

COUNTS = (100, 10_000)
"""Mistakes."""

KEYS = """
new Promise(async (done) => {
  const drawn = [], kept = [];
  const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  for (let n = 0; n < 100; n++) {
    const began = performance.now();
    press('1');
    await new Promise(requestAnimationFrame);
    drawn.push(performance.now() - began);
    while (line.length || sending) await new Promise((next) => setTimeout(next, 0));
    kept.push(performance.now() - began);
    press('ArrowDown');
  }
  done([drawn, kept]);
})
"""
"""A tag for each of 100 mistakes: milliseconds until it is drawn, until it is on the disk."""

SCROLL = """
new Promise((done) => {
  const times = [], list = document.querySelector('#list');
  let last = performance.now();
  const step = (now) => {
    times.push(now - last);
    last = now;
    list.scrollTop += 900;
    times.length < 200 ? requestAnimationFrame(step) : done(times.slice(2));
  };
  requestAnimationFrame(step);
})
"""
"""Twenty rows further with each frame: milliseconds between the frames."""


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Once for each size; ``rounds`` is not used."""
    if chromium.FOUND is None:
        raise BenchmarkError("there is no Chromium on this machine")
    rows, figures = [], {}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "runs"
        trained = nw.train("digits8", model="linear", epochs=1, store=store)
        for count in COUNTS:
            found = _measured(trained, count, Path(folder) / str(count))
            figures[f"{count}"] = found
            rows.append((f"{count:,}", *map(_cell, found.values())))
            log(f"error_page: {count:,} mistakes")
    heads = ("mistakes", "drawn, ms", "on the disk, ms", "between frames, ms")
    notes = ("median (95% are below)", "60 frames a second are 16.7 ms apart")
    return [Table("The page of error analysis", heads, tuple(rows), notes, figures)]


def _measured(trained: nw.Run, count: int, profile: Path) -> dict[str, list[float]]:
    made = served.many(trained, count)
    page = served.serving_of(made, RunExamples(trained))
    with chromium.browser(profile) as browser, page as at:
        tab = browser.open(at.url)
        tab.until("document.querySelector('#run')?.textContent")
        tab.run("act('tag', {tag: 'odd'}); act('untag', {tag: 'odd'}); state.tags = ['odd']; 0")
        tab.until("!line.length && !sending")
        tab.run("state.tags = ['odd']; go(1)")
        drawn, kept = tab.run(KEYS)
        return {"drawn": drawn, "kept": kept, "frames": tab.run(SCROLL)}


def _cell(times: list[float]) -> str:
    most = sorted(times)[int(0.95 * (len(times) - 1))]
    return f"{statistics.median(times):.1f} ({most:.1f})"
