"""The picture that a visitor brings: drawn, from a file, or a test picture. Shared by the pages that work on such a
picture."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import rebuilt as drawn
from demo.page import Box, Button, Columns, Html, Number, Pad, Picture, Row, Stack, State, Toggle, snippets
from demo.page.answers import picture_of
from demo.page.controls import always
from demo.zoo import families
from demo.zoo.rebuilding import EFFORTS
from demo.zoo.words import dataset_title
from gan_models.pictures import centred
from gan_models.sources import source

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo


FEW = 4
"""Variants"""


EFFORT_HELP = (
    f"Quick takes {EFFORTS['quick'][0]} steps and at most {EFFORTS['quick'][1]:g} seconds for each variant, thorough "
    f"{EFFORTS['thorough'][0]} steps and at most {EFFORTS['thorough'][1]:g} seconds."
)


@dataclass(frozen=True, eq=False)
class Taken:
    """A picture, and where it is from."""

    picture: np.ndarray
    """uint8 [H, W, C]"""
    words: str
    """ "Test picture 3 of MNIST, class 7" """
    label: str = ""
    """Its class, where it is known"""
    test: int | None = None
    """Its number among the test pictures"""


def few(zoo: Zoo, s: State) -> tuple[str, ...]:
    """Keys of the variants that are chosen at first: a few, since the search takes about a second for each."""
    return tuple(entry.key for entry in families.breadth(s.page.variants.entries(s), FEW))


def taken(zoo: Zoo, s: State, pad: str = "drawing", number: str = "take") -> Taken:
    """What stands on the sheet, else the picture of the number. ValueError, one sentence: there is no such picture."""
    if s[pad] is not None:
        own = brought(s, s[pad].array)
        moved = not np.array_equal(own, s[pad].array)
        return Taken(own, "What stands on the sheet" + (", centred as the training pictures are" if moved else ""))
    return numbered(zoo, s, s[number])


def is_centred(s: State) -> bool:
    """Whether the figures of the data set stand in the middle, all about as large."""
    return source(s["data"] or "").centred


def centre(when: Callable[[State], bool] = is_centred) -> Toggle:
    """Whether what stands on the sheets of a page is moved and resized as the training pictures were."""
    return Toggle(
        "centred", "Centre like the training pictures", True, when=when,
        help="In MNIST each digit is 20 pixels high or wide, and its centre of mass is in the middle; no variant has "
            "seen a digit in a corner. So your drawing is moved to the middle and scaled to that size.",
    )  # fmt: skip


def brought(s: State, picture: np.ndarray) -> np.ndarray:
    """A picture uint8 [H, W, C] from a sheet, centred where the visitor wants that."""
    return centred(picture) if is_centred(s) and s.centred and picture.shape[-1] == 1 else picture


def numbered(zoo: Zoo, s: State, n: int) -> Taken:
    """Test picture n; where none come with the zoo, what the first chosen variant draws of seed n."""
    if zoo.real(s.data) is not None:
        return test_picture(zoo, s.data, n)
    entry = s.entries[0]
    picture = zoo.samples([entry.key], [n])[entry.key][0]
    return Taken(
        picture, f"Drawn by {entry.title} from seed {n}: no pictures of {dataset_title(s.data)} come with the zoo"
    )


def test_picture(zoo: Zoo, dataset: str, n: int) -> Taken:
    """Test picture n of a data set. ValueError, one sentence, where there is none."""
    real = zoo.real(dataset)
    if real is None:
        raise ValueError(f"No pictures of {dataset_title(dataset)} come with the zoo: draw or upload one of your own.")
    if not 0 <= n < len(real.pictures):
        last = len(real.pictures) - 1
        raise ValueError(
            f"There is no test picture {n} of {dataset_title(dataset)}: they are numbered from 0 to {last}."
        )
    label = real.class_names[real.labels[n]] if real.class_names else ""
    of = f", class {label}" if label else ""
    return Taken(real.pictures[n], f"Test picture {n} of {dataset_title(dataset)}{of}", label, n)


def asked(zoo: Zoo, entry: Entry, picture: str | None, test: int | None) -> np.ndarray:
    """The picture uint8 [H, W, C] of a program's request. ValueError, one sentence: none or two are given, or its size
    is not that of the entry's pictures."""
    if (picture is None) == (test is None):
        raise ValueError("Give either a picture or the number of a test picture.")
    if picture is None:
        return test_picture(zoo, entry.dataset, test).picture
    return picture_of(picture, entry.recipe.size, entry.recipe.size, entry.recipe.channels)


def glance(zoo: Zoo, s: State, others: Sequence[drawn.Shown], done: int, of: int) -> str:
    """The picture as it is taken, how to take another, and in small what was made of it so far: above the sheet, where
    whoever draws on a phone sees it as well. done, of: variants."""
    one = taken(zoo, s)
    if s.drawing is None:
        then = "Draw on the sheet, or upload a picture, to use your own picture instead."
    else:
        then = "Clear the sheet to go back to the picture before."
    shown = [drawn.Shown(one.picture, "the picture", one.words), *others]
    cards = drawn.cards([drawn.Card("", shown)], small=True)
    return f"<p>{html.escape(one.words)}. {then}</p>{cards}{drawn.waits(done, of)}"


def put(zoo: Zoo, s: State) -> dict:
    """The numbered picture goes onto the sheet, to be changed there."""
    return {"drawing": Picture.of(taken(zoo, s).picture)}


def controls(made: Callable[[Zoo, State], Iterator[str]], when: Callable[[State], bool] = always) -> Box:
    """The results in small (see `glance`), the number of the test picture that is used while the sheet is empty, and
    the sheet. when: whether they are shown."""
    return Columns(
        Stack(
            Html(made, when=when),
            Row(
                Number(
                    "take", "Test picture", 7, most=99_999, random=100, when=lambda s: empty(s) and when(s),
                    help="The number of the test picture that is used while the sheet is empty. If a data set comes "
                    "without test pictures, it is the seed of a picture that the first chosen variant draws.",
                ),
                Button("Put it on the sheet", put, when=lambda s: empty(s) and when(s) and bool(s.values["data"])),
            ),
        ),
        Stack(
            Pad(
                "drawing", "Draw, or upload a picture", when=when,
                help="Draw one figure, about as large as the sheet. An uploaded file stays in your browser: only the "
                "pixels of this sheet are sent.",
            ),
            centre(lambda s: is_centred(s) and when(s)),
        ),
    )  # fmt: skip


def empty(s: State) -> bool:
    """Whether nothing stands on the sheet."""
    return s.values["drawing"] is None


def python(zoo: Zoo, s: State) -> list[str]:
    """Lines of Python that leave the picture, uint8 [1, H, W, C], in `picture`."""
    one = taken(zoo, s)
    if one.test is not None:
        root = "SHIPPED" if snippets.shipped(zoo) else json.dumps(zoo.folder.resolve().name)
        where = ["from gan_models.home import SHIPPED"] if root == "SHIPPED" else ["from pathlib import Path"]
        root = root if root == "SHIPPED" else f"Path({root})"
        read = f"picture = real.read({root}, {json.dumps(s.data)}).pictures[{one.test}:{one.test + 1}]"
        return ["from gan_models import real", *where, "", read]
    if s.drawing is None:
        source = json.dumps(snippets.source(zoo, s.entries[0]))
        return ["", f"picture = gan_models.load({source}).sample([{s.take}])"]
    text = Picture.of(one.picture).text
    return ["from demo.page import Picture", "", f'picture = Picture.read("{text}").array[None]']
