"""The look of charts on a page of any colour: of those that altair makes, and of those that are written as Vega-Lite,
for pages that need no altair."""

from __future__ import annotations

INK = "currentColor"
BLUE, ORANGE = "#6d74f5", "#e8590c"
"""Readable on white and on near black"""

_WORDS = {"labelColor": INK, "titleColor": INK, "labelOpacity": 0.85, "titleFontWeight": "normal", "titleFontSize": 12}
AXIS = {
    **_WORDS, "labelFontSize": 11, "titlePadding": 8, "gridColor": INK, "gridOpacity": 0.12, "domainColor": INK,
    "domainOpacity": 0.3, "tickColor": INK, "tickOpacity": 0.3,
}  # fmt: skip
LEGEND = {**_WORDS, "labelFontSize": 12}
TITLE = {"color": INK, "fontSize": 13, "fontWeight": "normal", "anchor": "start", "offset": 8}
NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""], "percent": " %"}
"""As the sentences beside the charts write numbers: a space before the percent sign"""
EMBEDDED = {"embedOptions": {"renderer": "svg", "actions": False}}
"""As SVG, since on a canvas the colour of the page is black; no menu that leads to another server"""
