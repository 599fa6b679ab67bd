"""Formulas as MathML, which browsers draw themselves: TeX in, HTML out. A formula may come from anyone."""

from __future__ import annotations

import functools
import html
import re

STYLE = """
.formula { overflow-x: auto; overflow-y: hidden; padding: .3rem 0; max-width: 100%; }
.formula math { font-size: 1.1em; }
"""
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
        made = convert(tex, display=display)
    except Exception:  # the library has no error of its own for what it can't read
        return f"<code>{html.escape(tex)}</code>"
    # What it makes holds the letters of the formula, escaped or not: only elements of MathML are let through.
    if re.search(r"<(?!/?m[a-z]+[\s>/])", made) or re.search(r"\son\w+\s*=|href|src", made, re.I):
        return f"<code>{html.escape(tex)}</code>"
    return made
