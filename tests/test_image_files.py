"""One rule for what is an image file, by every way in; a phone's photographs."""

from __future__ import annotations

import base64
import importlib.util
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import netwright as nw
from netwright.base.errors import DataError
from netwright.cli.main import command
from netwright.data.images import decode
from netwright.data.images.formats import heif

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAALMAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAAD"
    "AIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAGAAAAAEA"
    "AAAQAAAAAf///9gAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAu21k"
    "YXQAAACvKAGvUh/h0NDmCkompQP8aAVIqtHZZw5LsyFWYGINCG2q8ZZMkgVTPED4GBX9Mfr0ERuB1YM1q6vzot7C9kyk"
    "EahFJBY1ZlbhUvvG0lBHCi49J+a6SzBF9ozqDOjz1PBbYMfJ2NziasmvyrPUFrAw+WmiTApByNOdIykFmr1xUlMdwXR/"
    "6LkWenTVsPFLFWjbdieb9xkOcq2/MzKz/I5bn0uy9K2wcTnLTaim5BS67g=="
)
"""A photograph of 24 x 16 pixels, as a phone keeps it."""

READ = ["a.png", "b.PNG", "c.jpg", "d.JPEG", "e.webp", "f.bmp", "g.tif", "h.gif"]
LEFT_OUT = [
    "._a.png",
    ".hidden.png",
    "a.png.txt",
    "notes.txt",
    "noending",
    ".ipynb_checkpoints/a.png",
    "__MACOSX/a.png",
    "__MACOSX/._a.png",
    "__pycache__/a.png",
]


def picture(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(level).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    named = {".txt": "PNG", "": "PNG"}.get(path.suffix)
    Image.fromarray(pixels).save(path, named)


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    for at, name in enumerate(("cats", "dogs")):
        for place, one in enumerate([*READ, *LEFT_OUT]):
            picture(tmp_path / "pets" / name / one, 100 * at + place)
    for place, one in enumerate(LEFT_OUT):
        picture(tmp_path / "pets" / one, 500 + place)
    return tmp_path / "pets"


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(heif, "module", lambda: None)
    monkeypatch.setattr(heif, "register", lambda: None)
    others = tuple(one for one in decode.FORMATS if one != "HEIF")
    monkeypatch.setattr(decode, "FORMATS", others)  # another test may have registered the extra
    yield


def noted(call: Any, source: Path, **wanted: Any) -> tuple[Any, str]:
    """What it gives, and all that it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = call(str(source), **wanted)
    return found, " ".join(str(one.message) for one in caught)


def said(*words: str) -> Any:
    done = CliRunner().invoke(command, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_way_in_takes_the_same_files(pets: Path, tmp_path: Path) -> None:
    wanted = {f"pets/{name}/{one}" for name in ("cats", "dogs") for one in READ}
    store = str(tmp_path / "runs")
    assert said("data", str(pets))["count"] == len(wanted)
    run = nw.train(str(pets), epochs=1, store=store)
    kept = nw.open(run.id, store=store).record.json("data.json")
    assert sum(run.info["splits"].values()) == len(wanted)
    answered = {
        Path(source).relative_to(tmp_path).as_posix() for source, _ in run.predict_each(str(pets))
    }
    assert answered == wanted
    assert noted(run.evaluate, pets)[0]["error"]["n"] == len(wanted)
    found = nw.search(str(pets), trials=1, epochs=1, store=store)
    assert found.winner is not None
    again = nw.open(found.winner.run, store=store).record.json("data.json")
    assert again["fingerprint"] == kept["fingerprint"]


def test_predict_skips_what_training_could_not_read(pets: Path, tmp_path: Path) -> None:
    (pets / "cats" / "broken.png").write_bytes(b"\x89PNG, and no more")
    (pets / "cats" / "empty.jpg").write_bytes(b"")
    run = nw.train(str(pets), epochs=1, store=tmp_path / "runs", set={"data.skip_unreadable": True})
    left_out = "2 of 18 files cannot be read and are left out"
    answers, warned = noted(run.predict, pets)
    assert len(answers) == 16 and left_out in warned
    measured, warned = noted(run.evaluate, pets)
    assert measured["error"]["n"] == 16 and left_out in warned
    with pytest.raises(DataError, match=r"empty\.jpg is empty"):
        run.predict(str(pets / "cats" / "empty.jpg"))
    strict = nw.train("digits8", epochs=1, store=tmp_path / "runs")
    with pytest.raises(DataError, match=r"2 of 18 files cannot be read: .* them with --lenient\.$"):
        strict.predict(str(pets))
    answers, warned = noted(strict.predict, pets, lenient=True)
    assert len(answers) == 16 and left_out in warned


def test_loose_images_beside_class_folders_are_counted(pets: Path) -> None:
    picture(pets / "loose.png", 1)
    found = {one["code"]: one for one in said("data", str(pets))["findings"]}["NW220"]
    assert "1 image lies in no class folder: loose.png" in found["message"]


def test_a_photograph_without_the_extra_names_it(
    pets: Path, tmp_path: Path, no_extra: None
) -> None:
    (pets / "dogs" / "IMG_1.HEIC").write_bytes(HEIC)
    way = r"pip install 'netwright\[photos\]' reads \.heic"
    found = {one["code"]: one for one in said("data", str(pets))["findings"]}["NW220"]
    assert found["do"][0] == way.replace("\\", "")
    run = nw.train(str(pets), epochs=1, store=tmp_path / "runs")
    answers, warned = noted(run.predict, pets)
    assert len(answers) == 16 and way.replace("\\", "") in warned
    assert "1 .HEIC" in noted(run.evaluate, pets)[1]
    with pytest.raises(DataError, match=r"IMG_1.HEIC is a HEIC photograph: pip install"):
        run.predict(str(pets / "dogs" / "IMG_1.HEIC"))
    for name in ("cats", "dogs"):
        (tmp_path / "phone" / name).mkdir(parents=True)
        (tmp_path / "phone" / name / "1.heic").write_bytes(HEIC)
    with pytest.raises(DataError, match=f"phone holds photographs that are not read yet: {way}"):
        nw.train(str(tmp_path / "phone"), store=tmp_path / "runs")
    with pytest.raises(DataError, match=f"phone holds photographs that are not read yet: {way}"):
        run.predict(str(tmp_path / "phone"))
    (tmp_path / "t.csv").write_text("image,y\nphone/cats/1.heic,1\nphone/dogs/1.heic,2\n")
    with pytest.raises(DataError, match="is a HEIC photograph: pip install"):
        nw.train(str(tmp_path / "t.csv"), target="y", store=tmp_path / "runs")


@pytest.mark.skipif(
    not any(map(importlib.util.find_spec, heif.MODULES)),
    reason="no reader here: pip install 'netwright[photos]'",
)
def test_photographs_are_read_through_the_extra(pets: Path, tmp_path: Path) -> None:
    for at in range(3):
        (pets / "dogs" / f"IMG_{at}.HEIC").write_bytes(HEIC)
    assert said("data", str(pets))["count"] == 19
    run = nw.train(str(pets), epochs=1, store=tmp_path / "runs")
    assert len(run.predict(str(pets / "dogs"))) == 11
    from netwright.data.images.decode import decode, shape_of_file

    place = pets / "dogs" / "IMG_0.HEIC"
    assert decode(place).shape == shape_of_file(place) == (16, 24, 3)
