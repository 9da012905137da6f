"""What is nearly a source: what to do to make it one."""

from __future__ import annotations

from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import Look
from netwright.data.sources import folders, suffixes
from netwright.data.tables.formats import packed

OTHERS = {
    ".xls": "an Excel file of before 2007: save it as .xlsx, or as CSV",
    ".xlsb": "a binary Excel file: save it as .xlsx, or as CSV",
    ".xlsm": "an Excel file with macros: save it as .xlsx, or as CSV",
    ".ods": "a LibreOffice table: save it as .xlsx, or as CSV",
    ".numbers": "a table of Apple's Numbers: export it as CSV",
    ".json": "one JSON value: write an object a line and call it .jsonl",
    ".feather": "an Arrow file: save it as Parquet",
    ".arrow": "an Arrow file: save it as Parquet",
    ".rds": "a file of R: save it by write.csv(table, 'table.csv', row.names = FALSE)",
    ".rda": "a file of R: save it by write.csv(table, 'table.csv', row.names = FALSE)",
    ".rdata": "a file of R: save it by write.csv(table, 'table.csv', row.names = FALSE)",
    ".dta": "a file of Stata: save it by export delimited using table.csv",
    ".sav": "a file of SPSS: save it as CSV",
    ".sas7bdat": "a file of SAS: export it as CSV",
    ".pkl": "a pickle, which may run code and is never opened: save it as Parquet or CSV",
    ".pickle": "a pickle, which may run code and is never opened: save it as Parquet or CSV",
    ".7z": "an archive: unpack it, and name the file or folder in it",
    ".rar": "an archive: unpack it, and name the file or folder in it",
    ".tar": "an archive: unpack it, and name the file or folder in it",
    ".tgz": "an archive: unpack it, and name the file or folder in it",
    ".bz2": "packed in a way that is not read: unpack it, or pack it as .gz",
    ".xz": "packed in a way that is not read: unpack it, or pack it as .gz",
}
"""The ending of a file that often holds a table -> what it is, and what to do."""


def hint(look: Look) -> tuple[str, str] | None:
    """(the kind of reader that would take it then, one sentence); None: nothing comes to mind."""
    if look.kind == "file" and suffixes.is_called_image(look.path):
        return (
            "images",
            f"{look} is one image: give the folder that holds a subfolder for each class.",
        )
    if look.kind == "file" and suffixes.is_volume(look.path):
        return (
            "nifti",
            f"{look} is one volume: give the folder that holds a subfolder for each class.",
        )
    if look.suffix in suffixes.PACKED:
        return "table", _packed(look)
    if look.suffix in OTHERS:
        return "table", f"{look} is {OTHERS[look.suffix]}."
    if look.kind != "folder":
        return None
    if way := suffixes.not_read(look.suffixes):
        return "images", f"{look} holds photographs that are not read yet: {way}."
    loose = len(folders.layout(look).loose)
    if loose:
        from netwright.data.boxes import beside_images

        if broken := beside_images.fault(look):
            return "coco", broken
        return (
            "images",
            f"{look} holds {loose:,} images but no folder a class: move each image into a subfolder"
            " named after its class.",
        )
    if volumes := len(list(filter(suffixes.is_volume, look.listed().files))):
        return (
            "nifti",
            f"{look} holds {counted(volumes, 'NIfTI file')} but no folder a class: move each into a"
            " subfolder named after its class.",
        )
    tables = [name for name in look.listed().files if _is_table(name)]
    if tables:
        return (
            "table",
            f"{look} is a folder with {len(tables)} table files: name one of them, for example"
            f" {look.path / tables[0]}.",
        )
    return None


def _packed(look: Look) -> str:
    """Why a packed file is no table."""
    if look.suffix == ".zip":
        try:
            packed.table_in(look.path)
        except DataError as error:
            return str(error)
    return (
        f"{look} is packed, and what is in it is not called as tables are: call it like"
        f" t.csv{look.suffix}, or unpack it."
    )


def _is_table(name: str) -> bool:
    path = Path(name)
    ending = path.suffix.lower()
    if ending in suffixes.PACKED:
        ending = Path(path.stem).suffix.lower()
    return ending in suffixes.TABLES | suffixes.JSON_LINES | {".npz"}


def is_empty(look: Look) -> bool:
    """Whether it is a folder with nothing in it."""
    return look.kind == "folder" and not any((look.listed().files, look.listed().folders))
