"""Formulas as MathML, which browsers draw themselves: TeX in, HTML out. A formula may come from anyone."""

from __future__ import annotations

import functools
import html
import re
from html.parser import HTMLParser

STYLE = """
.formula { overflow-x: auto; overflow-y: hidden; padding: .3rem 0; max-width: 100%; }
.formula math { font-size: 1.1em; }
"""
ELEMENTS = frozenset(
    [
        *("math", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace", "msqrt"),
        *("mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover"),
    ]
)
ATTRIBUTES = frozenset(
    [
        *("accent", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle", "fence"),
        *("form", "height", "linebreak", "linethickness", "lspace", "mathvariant", "maxsize", "minsize"),
        *("movablelimits", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric"),
        *("width", "xmlns"),
    ]
)
"""Of MathML, that a formula may hold"""
MOST = 2000
"""Letters of a formula; a longer one is shown as text"""


def block(tex: str) -> str:
    """A formula on lines of its own."""
    return f'<div class="formula" tabindex="0">{_mathml(tex, "block")}</div>'


def inline(tex: str) -> str:
    """A formula within a sentence."""
    return _mathml(tex, "inline")


@functools.lru_cache(512)
def _mathml(tex: str, display: str) -> str:
    """MathML of our TeX; the text itself, escaped, where it is none."""
    from latex2mathml.converter import convert  # a tenth of a second, which pages without formulas do not need

    try:
        if len(tex) > MOST:
            raise ValueError
        made = convert(_prepared(tex), display=display)
    except Exception:  # the library has no error of its own for what it can't read
        return f"<code>{html.escape(tex)}</code>"
    # What it makes holds the letters of the formula, escaped or not.
    return made if _harmless(made) else f"<code>{html.escape(tex)}</code>"


def _harmless(made: str) -> bool:
    """Whether a text is elements of MathML alone, without an attribute that could do something."""
    found = _Tags()
    found.feed(made)
    found.close()
    return found.harmless


class _Tags(HTMLParser):
    harmless = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.harmless = self.harmless and tag in ELEMENTS and all(name in ATTRIBUTES for name, _ in attrs)

    def handle_comment(self, data: str) -> None:
        self.harmless = False

    handle_decl = handle_pi = unknown_decl = handle_comment


def _prepared(tex: str) -> str:
    """What the library reads unlike LaTeX: it knows `align*` alone, and sets no space behind a function."""
    tex = re.sub(r"\\(begin|end){aligned}", r"\\\1{align*}", tex)
    return re.sub(r"\\(log|exp|max|min|sup|inf)(?=\s+[A-Za-z\\]|\s*\\l[vV]ert)", r"\\\1\\,", tex)
