"""Charts on a page, each made once for all visitors: to make one takes longer than to draw a screen of pictures."""

from __future__ import annotations

import functools
import pickle
import threading
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

_one = threading.Lock()


def specs(make: Callable, *values: Any) -> tuple[dict, ...]:
    """What a function of demo.charts draws from the values, for `show`: no chart, one or several."""
    with _one:  # whoever wants the same chart at the same time then finds it
        return _specs(make, pickle.dumps(values))


@functools.lru_cache(64)
def _specs(make: Callable, values: bytes) -> tuple[dict, ...]:
    made = make(*pickle.loads(values))
    charts = [] if made is None else made if isinstance(made, list | tuple) else [made]
    # The tests hold charts against the schema, which takes as long as all the rest.
    drawn = [chart.to_dict(validate=False) for chart in charts]
    for one in drawn:
        one["datasets"] = {name: convert_anything_to_arrow_bytes(rows) for name, rows in one["datasets"].items()}
    return tuple(drawn)


def show(spec: dict) -> None:
    st.vega_lite_chart(dict(spec), theme=None)  # it brings its description and the colours of both themes


def draw(make: Callable, *values: Any) -> None:
    for spec in specs(make, *values):
        show(spec)
