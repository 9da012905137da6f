"""A report whose classes, columns and files are called like scripts, opened in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import chromium
from benchmarks.reliability.zygote import Zygote

DEED = "document.documentElement.dataset['r'+'an']=1"
"""What a script does if it runs: the page then says ``data-ran``, which no text of it does."""

PAYLOADS = (
    f"<script>{DEED}</script>",
    f"<img src=x onerror={DEED}>",
    f'"><svg onload={DEED}>',
    f"'><iframe srcdoc='<script>parent.{DEED}</script>'>",
    f"</style></title></script><script>{DEED}</script>",
    f'<a href="javascript:{DEED}" autofocus onfocus={DEED}>',
    "{{ 7*7 }}{% raw %}",
    f"]]><script>{DEED}</script><!--",
)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@dataclass(frozen=True)
class Page:
    """A report as a browser showed it.

    Args:
        policy: with the header that forbids scripts, or without it.
        ran: whether a script ran.
    """

    name: str
    policy: bool
    ran: bool


def pages(zygote: Zygote, folder: Path) -> Iterator[Page]:
    """Every hostile report with and without the policy, and a page of the same names unescaped,
    without it, on which scripts must run: else nothing was tried.
    """
    made = list(reports(zygote, folder))
    with chromium.browser(folder / "profile") as opened:
        for name, report in made:
            text = report.read_text(encoding="utf-8")
            assert POLICY.search(text)
            for policy in (True, False):
                page = report.with_name(f"{'with' if policy else 'without'}-policy.html")
                page.write_text(text if policy else POLICY.sub("", text), encoding="utf-8")
                yield Page(name, policy, has_run(opened, page))
        control = folder / "control.html"
        control.write_text(f"<!doctype html><title>x</title>{''.join(PAYLOADS)}", encoding="utf-8")
        yield Page("the same names as they are", False, has_run(opened, control))


def reports(zygote: Zygote, folder: Path) -> Iterator[tuple[str, Path]]:
    """Trainings on hostile names: (what is called like a script, the report)."""
    for name, source, more in (
        ("columns and classes of a table", table(folder / "data"), ("--target", PAYLOADS[0])),
        ("folders and files of images", images(folder / "data"), ()),
    ):
        store = folder / re.sub(r"\W+", "-", name)
        command = ["train", str(source), *more, "--epochs", "2", "--set", "training.threads=1"]
        child = zygote.start([*command, "--store", str(store)], store / "log")
        if child.wait() != 0:
            raise RuntimeError(child.printed)
        (report,) = store.glob("*/report.html")
        yield name, report


def table(folder: Path) -> Path:
    """A table whose columns, classes and name are scripts."""
    import csv

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"<img src=x onerror={DEED}>.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([PAYLOADS[0], *PAYLOADS[1:4], "word"])
        for at in range(120):
            kind = PAYLOADS[at % len(PAYLOADS)]
            numbers = (at % len(PAYLOADS), at / 7, (at * 37) % 11)
            writer.writerow([kind, *numbers, PAYLOADS[(at * 3) % len(PAYLOADS)]])
    return path


def images(folder: Path) -> Path:
    """Images whose folders and files are scripts, as far as a name of a file can be one."""
    import numpy as np
    from PIL import Image

    source = folder / f"<svg onload={DEED}>"
    rng = np.random.default_rng(0)
    for at, kind in enumerate(payload for payload in PAYLOADS if "/" not in payload):
        place = source / kind
        place.mkdir(parents=True, exist_ok=True)
        for number in range(12):
            pixels = rng.integers(0, 60, (10, 10), dtype=np.uint8) + 40 * at
            Image.fromarray(pixels.astype(np.uint8)).save(place / f"{number} {PAYLOADS[1]}.png")
    return source


def has_run(opened: chromium.Browser, page: Path) -> bool:
    """Whether a script ran when the page was opened, and all that it loads was there or failed."""
    tab = opened.open(page.resolve().as_uri())
    tab.until("location.protocol === 'file:' && document.readyState === 'complete'")
    ran = bool(tab.run("document.documentElement.hasAttribute('data-ran')"))
    tab.close()
    return ran
