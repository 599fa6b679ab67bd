"""Charts, each made once for all visitors: to make one takes longer than to draw a screen of pictures. No UI."""

from __future__ import annotations

import functools
import pickle
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_one = threading.Lock()


def drawn(form: Callable[[dict], T], make: Callable, *values: Any) -> tuple[T, ...]:
    """What a function of demo.draw.charts draws from the values: no chart, one or several, each as form(Vega-Lite)."""
    with _one:  # whoever wants the same chart at the same time then finds it
        return _drawn(form, make, pickle.dumps(values))


@functools.lru_cache(128)
def _drawn(form: Callable[[dict], T], make: Callable, values: bytes) -> tuple[T, ...]:
    made = make(*pickle.loads(values))
    charts = [] if made is None else made if isinstance(made, list | tuple) else [made]
    # The tests hold charts against the schema, which takes as long as all the rest.
    return tuple(form(dict(one) if isinstance(one, dict) else one.to_dict(validate=False)) for one in charts)
