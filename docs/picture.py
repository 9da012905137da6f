"""Takes README.md's picture: trains the demo and draws the upper part of its report.

``make readme-picture`` or ``python docs/picture.py``; it needs a Chromium (``apt install chromium
fonts-inter``) and a minute or two. What the picture's headings and columns are called is written
into the file, so that tests/test_docs.py can say when the report calls them otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

import netwright as nw

PICTURE = Path(__file__).parent / "report.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT, MARGIN = 1200, 4000, 40
LAST = "curves"
"""The section that ends the picture."""


def headings(report: str) -> list[str]:
    """The titles of a report's sections and of the columns of its tables, down to ``LAST``."""
    shown = report[: report.index("</section>", report.index(f'<section id="{LAST}"'))]
    return [text.strip() for text in re.findall(r"<(?:h2|th scope=\"col\")[^>]*>([^<]+)", shown)]


def draw(report: Path, picture: Path) -> None:
    """A picture of the report, down to ``LAST``.

    Raises:
        SystemExit: there is no browser.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is here: install one, as in apt install chromium.")
    text = report.read_text(encoding="utf-8")
    cut = report.with_name("picture.html")
    hidden = f"<style>#{LAST} ~ * {{ display: none }}</style></head>"
    cut.write_text(text.replace("</head>", hidden), encoding="utf-8")
    shot = report.with_name("picture.png")
    command = [browser, "--headless", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium wants it of root
    subprocess.run(
        [*command, *root, f"--screenshot={shot}", cut.resolve().as_uri()],
        check=True,
        capture_output=True,
    )
    with Image.open(shot) as page:
        whole = page.convert("RGB")
    paper = Image.new("RGB", whole.size, whole.getpixel((0, HEIGHT - 1)))
    *_, bottom = ImageChops.difference(whole, paper).getbbox() or (0, 0, WIDTH, HEIGHT)
    facts = PngInfo()
    facts.add_itxt("Headings", "\n".join(headings(text)))
    whole.crop((0, 0, WIDTH, min(bottom + MARGIN, HEIGHT))).quantize(256).save(
        picture, optimize=True, pnginfo=facts
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as store:
        run = nw.train("digits", store=store, log=print)
        draw(run.record.path / "report.html", PICTURE)
    print(PICTURE)
