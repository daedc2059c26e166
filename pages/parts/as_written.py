"""Names that people gave, where Streamlit would read them as Markdown."""

from __future__ import annotations

import re

# What begins or ends anything in Streamlit's Markdown: emphasis, code, links, pictures, formulas, colours and icons.
_SPECIAL = re.compile(r"([\\`*_\[\]<>$#~|&]|:(?=\S))")
# Addresses of pages and of mail are links, `:smile:` is a picture and `->` an arrow, whatever stands before them: a
# sign without width tears them. Before what would begin a list or a block of code it makes that a text like others.
_TORN = re.compile(
    r"(?<=www)(?=\.)|(?=://)|(?=@)|(?<=:)(?=\S)|(?<=[<>~-])(?=[>=-])|^(?=[ \t+-]|\d+[.)])", re.IGNORECASE | re.MULTILINE
)
_WORD_JOINER = "\u2060"


def as_written(text: str) -> str:
    """The text as Markdown that shows it sign by sign: nobody's name is a picture in everybody else's browser."""
    return _SPECIAL.sub(r"\\\1", _TORN.sub(_WORD_JOINER, text))
