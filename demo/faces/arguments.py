"""Whether the values of a question are what its endpoint takes, told in one sentence. No UI.

The types are those of the endpoint's annotations, as JSON has them: int, float, str, bool, list[...], Literal, None and
unions of these.
"""

from __future__ import annotations

import inspect
import reprlib
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

MOST_ITEMS = 1024
"""Of a list"""
MOST_LETTERS = 1000
"""Of a text, unless its endpoint says otherwise (`demo.page.answers.PictureText`)"""
MOST_WHOLE = 2**53
"""JSON's numbers are exact up to here"""
SINGULAR = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", type(None): "null"}
PLURAL = {int: "whole numbers", float: "numbers", str: "texts", bool: "truth values"}


def bound(ask: Callable, values: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
    """The values for the parameters of `ask`, in order; what is missing takes its default.

    values: in order, or by name. ValueError, one sentence, where there are too many or too few, or one is of another
    type than its annotation.
    """
    parameters = inspect.signature(ask).parameters
    about, takes = f"/{getattr(ask, '__name__', 'this')}", ", ".join(parameters) or "nothing"
    if isinstance(values, Mapping):
        unknown = next((name for name in values if name not in parameters), None)
        if unknown is not None:
            raise ValueError(f"{about} takes {takes}: there is no {quoted(unknown)}.")
    elif len(values) > len(parameters):
        raise ValueError(f"{about} takes {takes}: {len(parameters)} values in this order, not {len(values)}.")
    else:
        values = dict(zip(parameters, values, strict=False))
    made = []
    for name, one in parameters.items():
        if name in values:
            most = getattr(ask, "letters", {}).get(name, MOST_LETTERS)
            made.append(fit(one.annotation, values[name], f"{name} of {about}", most))
        elif one.default is not one.empty:
            made.append(one.default)
        else:
            raise ValueError(f"{about} needs {name}, {words(one.annotation)}: it was left out.")
    return made


def fit(of: Any, value: Any, name: str, most: int = MOST_LETTERS) -> Any:
    """The value as the type has it (2.0 is a whole number too). ValueError, one sentence, where it is none.

    most: letters that a text may have.
    """
    if isinstance(value, list) and len(value) > MOST_ITEMS:
        raise ValueError(f"{name}: a list has at most {MOST_ITEMS:,} items, not {len(value):,}.")
    for text in [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]:
        if len(text) > most:
            raise ValueError(f"{name}: a text has at most {most:,} letters, not {len(text):,}.")
        if not sound(text):
            raise ValueError(f"{name}: the text contains a lone surrogate, which is not a character.")
    made = _fit(of, value, most)
    if made is _NOT:
        above = f", none above {MOST_WHOLE:,}" if _beyond(value) and value == value else ""
        raise ValueError(f"{name} must be {words(of)}{above}, not {quoted(value)}.")
    return made


_NOT = object()


def _beyond(value: Any, lists: int = 2) -> bool:
    """Whether a number in the value is too large, or none that can be written. lists: within each other, at most."""
    if isinstance(value, list):
        return lists > 0 and any(_beyond(one, lists - 1) for one in value)
    return isinstance(value, int | float) and not abs(value) <= MOST_WHOLE


def _fit(of: Any, value: Any, most: int = MOST_LETTERS) -> Any:
    """The value as the type has it, or _NOT."""
    origin, inside = get_origin(of), get_args(of)
    if origin in (Union, types.UnionType):
        return next((made for made in (_fit(one, value, most) for one in inside) if made is not _NOT), _NOT)
    if origin is Literal:
        return value if isinstance(value, str) and value in inside else _NOT
    if origin is list:
        items = [_fit(inside[0], item, most) for item in value] if isinstance(value, list) else [_NOT]
        return _NOT if any(item is _NOT for item in items) else items
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and _beyond(value):
        return _NOT
    if of is int:
        return int(value) if number and value == int(value) else _NOT
    if of is float:
        return value if number else _NOT
    if of is str:
        return value if isinstance(value, str) and len(value) <= most and sound(value) else _NOT
    return value if type(value) is (type(None) if of is None else of) else _NOT


def words(of: Any) -> str:
    """What a type is called: "a list of whole numbers, or null"."""
    origin, inside = get_origin(of), get_args(of)
    if origin in (Union, types.UnionType):
        names = [words(one) for one in inside]
        return f"{', '.join(names[:-1])} or {names[-1]}"
    if origin is Literal:
        return f"one of {', '.join(map(repr, inside))}"
    if origin is list:
        return f"a list of {_plural(inside[0])}"
    return SINGULAR[of]


def _plural(of: Any) -> str:
    if get_origin(of) in (Union, types.UnionType):
        return " or ".join(_plural(one) for one in get_args(of))
    return f"lists of {_plural(get_args(of)[0])}" if get_origin(of) is list else PLURAL[of]


def sound(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(value: Any) -> str:
    """A value that somebody sent, short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    try:
        return reprlib.repr(value).encode("utf-8", "replace").decode()
    except ValueError:  # a number of thousands of digits
        return "a number that long"
