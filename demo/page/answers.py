"""What a page answers to programs: typed functions, whose limits and files are shared by all pages.

An answer is a function of a zoo and of values of the types that it annotates (what JSON has: int, float, str, bool,
lists, Literal, None). `demo.faces.api` makes an endpoint of its name: it checks the values, tells every refusal in one
sentence, and hands out the files.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from demo.draw import compose
from gan_models.found import MOST_TEXT
from gan_models.pictures import decoded

if TYPE_CHECKING:
    import numpy as np

MOST = 256
"""Pictures that one call draws, of all variants together: everyone who looks shares the machine"""
WORK = "draw", "read", "train", "fetch"
"""What an answer does: it loads models and draws, it only reads files, it trains in the playground, or it waits for
the Hub"""


LETTERS = 900_000
"""Of a picture's text: a whole request has at most a million bytes"""
PictureText = Annotated[str, "a PNG, JPEG, WebP, BMP or GIF file as base64, or as a data URL"]
"""The type of a parameter that is a picture, which `picture_of` reads"""

LatentText = Annotated[str, "a found latent as text"]
"""The type of a parameter that is a latent, which `gan_models.found` reads"""
LETTERS_OF = {PictureText: LETTERS, LatentText: MOST_TEXT + 200}
"""Letters that a text may have: of a latent with its letter and its variant"""


@dataclass(frozen=True)
class File:
    """A file in an answer. name: with its ending."""

    name: str
    data: bytes


def answer(work: str = "draw") -> Callable[[Callable], Callable]:
    """Marks what an answer does, one of WORK: each kind of work has a queue of its own."""

    def marked(ask: Callable) -> Callable:
        ask.work = work
        return ask

    return marked


def at_most(pictures: int) -> None:
    """ValueError where one call asks for more pictures than MOST."""
    if pictures > MOST:
        raise ValueError(f"That is {pictures} pictures, and at most {MOST} are drawn at a time: choose fewer.")


def keys_of(variants: Sequence[str], pictures: int) -> list[str]:
    """The variants of a question that asks for `pictures` of each."""
    variants = list(dict.fromkeys(variants))
    at_most(len(variants) * pictures)
    return variants


def pictures(
    key: str,
    made: np.ndarray,
    separate: bool = False,
    columns: int | None = None,
    sheet: Callable[[], np.ndarray] | None = None,
) -> dict[str, Any]:
    """The pictures [..., H, W, C] of one variant in an answer: "picture", one contact sheet (PNG), or with `separate`
    "pictures", a PNG of each, pixel for pixel. columns: of the sheet; None makes it about square. sheet: makes one
    that says more than its pictures."""
    name, made = key.replace("/", "-"), made.reshape(-1, *made.shape[-3:])
    if separate:
        return {"pictures": [File(f"{name}-{i}.png", compose.png(one)) for i, one in enumerate(made)]}
    columns = columns or math.ceil(math.sqrt(len(made)))
    return {"picture": File(f"{name}.png", compose.png(sheet() if sheet else compose.sheet(made, columns)))}


def picture_of(
    text: str,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    what: str = "picture",
) -> np.ndarray:
    """A picture that a program sends, as uint8 [height, width, channels]; without these as it is, see `decoded`.

    text: a PictureText. what: its name in the sentence of a ValueError, where it is no picture of this size, or one of
    more than 8 bits, with several frames or with transparent pixels.
    """
    kind, comma, content = text.strip().rpartition(",")
    if comma and not (kind.startswith("data:image/") and kind.endswith(";base64")):
        raise ValueError(f'The {what} is a data URL of another kind: it must begin with "data:image/png;base64,".')
    content = "".join(content.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        data = base64.b64decode(content + "=" * (-len(content) % 4), validate=True)
    except ValueError as error:
        raise ValueError(
            f"The {what} must be a picture file as base64, or a data URL; this text is neither."
        ) from error
    return decoded(data, height, width, channels, f"the {what}")
