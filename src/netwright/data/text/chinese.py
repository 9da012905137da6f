"""Chinese words, by the dictionary of jieba, an optional package."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from netwright.base.errors import DataError

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
"""The characters, as a range of a regular expression has them."""

_RUN = re.compile(rf"[{HAN}]+|[^{HAN}]+")


def is_installed() -> bool:
    """Whether the package is there."""
    return find_spec("jieba") is not None


def cut(text: str) -> list[str]:
    """A text in pieces that make it up again: of each run of Chinese characters its words, what
    stands between as it is.

    Raises:
        DataError: jieba is not installed.
    """
    if not re.search(f"[{HAN}]", text):
        return [text] if text else []
    found = list[str]()
    for run in _RUN.findall(text):
        found += _tokenizer().lcut(run) if re.match(f"[{HAN}]", run) else [run]
    return found


@lru_cache(1)
def _tokenizer() -> Any:
    """One with its dictionary read, which takes a second.

    By itself it would print how it gets on, and keep what it read as a file of marshal in the
    folder of temporary files, where anybody may have put another one.
    """
    if not is_installed():
        raise DataError(
            "Chinese words need the package jieba: pip install 'netwright[chinese]'; without it"
            " each Chinese character is a word."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made
