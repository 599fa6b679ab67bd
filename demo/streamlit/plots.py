"""Charts on a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from demo.draw import plots


def specs(make: Callable, *values: Any) -> tuple[dict, ...]:
    """What a function of demo.draw.charts draws from the values, for `show`: no chart, one or several."""
    return plots.drawn(_sent, make, *values)


def _sent(spec: dict) -> dict:
    """A chart as Streamlit sends it, which it then has not to make of it each time."""
    spec["datasets"] = {name: convert_anything_to_arrow_bytes(rows) for name, rows in spec["datasets"].items()}
    return spec


def show(spec: dict) -> None:
    st.vega_lite_chart(dict(spec), theme=None)  # it brings its description and the colours of both themes


def draw(make: Callable, *values: Any) -> None:
    for spec in specs(make, *values):
        show(spec)
