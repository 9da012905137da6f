"""One table in every kind of file that tables are read from, for tests."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest

NAMES = ("size", "colour", "y")


def rows(count: int = 40) -> list[tuple[str, str, str]]:
    """A number, a word and a class, which the number decides."""
    return [
        (f"{at / 10:.1f}", ("red", "green")[at % 2], "large" if at >= count // 2 else "small")
        for at in range(count)
    ]


def delimited(delimiter: str = ",", above: str = "", end: str = "\n") -> str:
    """The table as text."""
    lines = [delimiter.join(row) for row in (NAMES, *rows())]
    return above + end.join([*lines, ""])


def _text(content: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content.encode(encoding)) and None


def frame() -> pl.DataFrame:
    """The table, typed."""
    found = pl.DataFrame(rows(), schema=list(NAMES), orient="row")
    return found.with_columns(pl.col("size").cast(pl.Float64))


def arff() -> str:
    """The table with Weka's header."""
    head = (
        "% made by hand\n@RELATION 'a table'\n\n@attribute size NUMERIC\n@attribute colour"
        " {red, green}\n@ATTRIBUTE y {small,'large'}\n\n@DATA\n"
    )
    return head + "".join(f"{','.join(row)}\n" for row in rows())


def orange() -> str:
    """The table with Orange's header of three lines."""
    lines = ["\t".join(row) for row in (NAMES, ("c", "d", "d"), ("", "", "class"), *rows())]
    return "\n".join([*lines, ""])


def json_lines() -> str:
    """The table, an object a line."""
    return frame().write_ndjson()


def xlsx(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], shared: Sequence[str] = ()
) -> None:
    """An Excel file of these sheets: words, numbers, booleans, None, ``{"day": serial}`` and
    ``{"text": place among the shared ones}``.
    """
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"/>'
        for at, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="r{at}" Type="{office}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(names) + 1)
    )
    links += f'<Relationship Id="s" Type="{office}/styles" Target="styles.xml"/>'
    links += f'<Relationship Id="t" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{of}+xml"/>'
        for part, of in [
            ("workbook", "sheet.main"),
            ("styles", "styles"),
            ("sharedStrings", "sharedStrings"),
            *((f"worksheets/sheet{at}", "worksheet") for at in range(1, len(names) + 1)),
        ]
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels"'
        f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="w"'
        f' Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">'
        + "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        + "</sst>",
    }
    for at, cells in enumerate(sheets.values(), 1):
        written = "".join(
            f'<row r="{line}">{"".join(_cell(one, line, c) for c, one in enumerate(row))}</row>'
            for line, row in enumerate(cells, 1)
        )
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{written}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def _cell(value: object, line: int, column: int) -> str:
    place = f'r="{chr(65 + column)}{line}"'
    match value:
        case None:
            return ""
        case bool():
            return f'<c {place} t="b"><v>{int(value)}</v></c>'
        case {"day": serial}:
            return f'<c {place} s="1"><v>{serial}</v></c>'
        case {"text": at}:
            return f'<c {place} t="s"><v>{at}</v></c>'
        case int() | float():
            return f"<c {place}><v>{value}</v></c>"
    return f'<c {place} t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _excel(path: Path) -> None:
    xlsx(path, {"one": [NAMES, *((float(a), b, c) for a, b, c in rows())], "two": [("z",)]})


def _gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(delimited().encode(), mtime=0))


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/t.csv", delimited())
        archive.writestr("__MACOSX/folder/._t.csv", "x")
        archive.writestr("README.txt", "what this is")


def _packed_parquet(path: Path) -> None:
    frame().write_parquet(path.with_suffix(""))
    path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))


def _zst(path: Path) -> None:
    zstd = pytest.importorskip("backports.zstd")
    path.write_bytes(zstd.compress(delimited().encode()))


WRITE: Mapping[str, Callable[[Path], None]] = {
    "plain.csv": _text(delimited()),
    "semicolons.csv": _text(delimited(";")),
    "separator.csv": _text(delimited(";", above="sep=;\n")),
    "comments.csv": _text(delimited(above="# one\n% two\n// three\n\n")),
    "windows.csv": _text(delimited(end="\r\n"), "utf-8-sig"),
    "utf16.csv": _text(delimited(), "utf-16"),
    "tabs.tsv": _text(delimited("\t")),
    "plain.tab": _text(delimited("\t")),
    "orange.tab": _text(orange()),
    "blanks.txt": _text(delimited("  ")),
    "commas.data": _text(delimited()),
    "weka.arff": _text(arff()),
    "lines.jsonl": _text(json_lines()),
    "typed.parquet": lambda path: frame().write_parquet(path),
    "sheet.xlsx": _excel,
    "packed.csv.gz": _gzip,
    "packed.zip": _zip,
    "packed.parquet.gz": _packed_parquet,
    "packed.csv.zst": _zst,
}
"""A file's name -> what writes the table there."""

EXTRAS = {".xlsx": "fastexcel", ".zst": "backports.zstd"}


def can_be_read(name: str) -> bool:
    """Whether the package that a file needs, if any, is there."""
    needed = EXTRAS.get(Path(name).suffix)
    if needed is None:
        return True
    with contextlib.suppress(ImportError):
        importlib.import_module(needed)
        return True
    return False


def write(folder: Path, name: str) -> Path:
    """The table as a file of this name; a test whose file needs a package that is not there is
    skipped.
    """
    path = folder / name
    if path.suffix in EXTRAS:
        pytest.importorskip(EXTRAS[path.suffix])
    WRITE[name](path)
    return path
