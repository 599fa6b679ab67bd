"""A control to draw on, or to put a picture on: its value, and how a link holds it.

A picture stands in the query as text, "28x28x1.eJx...": height, width and channels, then its bytes, row by row, packed
by zlib and written as base64url. A digit takes some 300 letters. A link holds it where that is short enough; a longer
one is kept for the visitor alone.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.draw import compose
from demo.page.controls import Control
from gan_models.pictures import sides

if TYPE_CHECKING:
    from demo.page.state import State
    from demo.zoo.zoo import Zoo

MOST_SIDE = 256
"""Pixels"""
MOST_LINKED = 1_500
"""Letters of a picture that stands in links: some programs cut an address after 2,000"""
FORM = re.compile(r"(\d{1,3})x(\d{1,3})x([13])\.([A-Za-z0-9_-]+)", re.ASCII)
Size = tuple[int, int, int]
"""(height, width, channels)"""


@dataclass(frozen=True)
class Picture:
    """A picture as a value: it can be compared, and be the key of a table."""

    size: Size
    data: bytes
    """Its pixels, row by row"""

    @property
    def array(self) -> np.ndarray:
        """uint8 [H, W, C], a new one each time."""
        return np.frombuffer(self.data, np.uint8).reshape(self.size).copy()

    @classmethod
    def of(cls, array: np.ndarray) -> Picture:
        """array: uint8 [H, W, C]."""
        return cls(tuple(array.shape), np.ascontiguousarray(array, np.uint8).tobytes())

    @property
    def text(self) -> str:
        """As a link holds it."""
        packed = base64.urlsafe_b64encode(zlib.compress(self.data, 9)).decode().rstrip("=")
        return f"{'x'.join(map(str, self.size))}.{packed}"

    @classmethod
    def read(cls, text: str) -> Picture:
        """The picture of a text. ValueError if it is not one. Unpacking stops at the size that the text names, which is
        at most MOST_SIDE pixels on a side."""
        found = FORM.fullmatch(text)
        size = tuple(map(int, found.groups()[:3])) if found else (0, 0, 0)
        if not found or not min(size) > 0 or max(size) > MOST_SIDE:
            raise ValueError("That text is no picture.")
        length = size[0] * size[1] * size[2]
        try:
            packed = base64.urlsafe_b64decode(found[4] + "=" * (-len(found[4]) % 4))
            unpacking = zlib.decompressobj()
            data = unpacking.decompress(packed, length + 1)
        except (binascii.Error, zlib.error) as error:
            raise ValueError("That text is no picture.") from error
        if len(data) != length or not unpacking.eof or unpacking.unused_data:
            raise ValueError("That text is no picture.")
        return cls(size, data)


def size_of_data(zoo: Zoo, s: State) -> Size:
    """The size of the data set's pictures: those of the first chosen variant, else of its first variant."""
    entries = list(s.catalog.of(s.values["data"]))
    control = s.page.variants
    chosen = s.values.get(control.name) or () if control else ()
    recipe = next((e.recipe for e in entries if e.key in chosen), entries[0].recipe if entries else None)
    return (recipe.size, recipe.size, recipe.channels) if recipe else (28, 28, 1)


@dataclass(frozen=True, eq=False)
class Pad(Control):
    """A sheet to draw on. The value: a Picture, or None while nothing is drawn."""

    _: KW_ONLY
    size: Callable[[Zoo, State], Size] = size_of_data
    """(height, width, channels) of what is drawn; of a mask the channels do not count"""
    mask: bool = False
    """Whether it is a hole that is painted: the value is then [H, W, 1], 255 where there is paint, 0 elsewhere"""
    under: Callable[[Zoo, State], np.ndarray | None] | None = None
    """The picture uint8 [H, W, C] below a mask"""
    upload: bool = True
    """Whether a file may be put on the sheet"""
    per_data: bool = True

    @property
    def range(self):
        return "It must be a picture as links write it; draw it on the sheet."

    def sides(self, zoo: Zoo, s: State) -> Size:
        """(height, width, channels) of its value."""
        height, width, channels = self.size(zoo, s)
        return height, width, 1 if self.mask else channels

    def read(self, texts: Sequence[str], choices: Any) -> Picture:
        return Picture.read(texts[-1])

    def write(self, value: Picture | None, choices: Any) -> list[str]:
        return [value.text] if value else []

    def linkable(self, texts: Sequence[str]) -> bool:
        return self.linked and all(len(text) <= MOST_LINKED for text in texts)

    def misfit(self, zoo: Zoo, s: State, value: Picture) -> str:
        if value.size == self.sides(zoo, s):
            return ""
        is_, should = (words(size) for size in (value.size, self.sides(zoo, s)))
        return f"The picture for “{self.label}” is {is_}; here it must be {should}."

    def received(self, zoo: Zoo, s: State, said: Any) -> Picture | None:
        """What the browser sends of the sheet as a value. ValueError where it sends anything else."""
        if said is None:
            return None
        size = self.sides(zoo, s)
        length = size[0] * size[1] * size[2]
        if not isinstance(said, str) or len(said) > 4 * length:
            raise ValueError(f"The drawing must be a picture of {words(size)}.")
        try:
            data = base64.b64decode(said, validate=True)
        except ValueError as error:
            raise ValueError("The drawing did not arrive as a picture.") from error
        if len(data) != length:
            raise ValueError(f"The drawing must be a picture of {words(size)}.")
        return Picture(size, data)

    def shown(self, zoo: Zoo, s: State) -> dict[str, Any]:
        """What `demo.draw.pad` needs to show it, as plain JSON."""
        (height, width, channels), value, below = self.sides(zoo, s), s.values[self.name], None
        if self.under:
            try:
                below = self.under(zoo, s)
            except ValueError:  # the part that shows it says what is wrong
                below = None
        return {
            "label": self.label,
            "help": self.help,
            "height": height,
            "width": width,
            "channels": channels,
            "mask": self.mask,
            "upload": self.upload,
            "under": "" if below is None else compose.data_url(compose.png(np.squeeze(below)), "png"),
            "value": base64.b64encode(value.data).decode() if value else None,
        }


def words(size: Size) -> str:
    """ "28 × 28 pixels, grey"."""
    return f"{sides(*size[:2])}, {'grey' if size[2] == 1 else 'in colour'}"
