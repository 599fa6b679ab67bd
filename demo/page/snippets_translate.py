"""The lines of Python that make the pictures of a translator, as `demo.page.snippets` has those of the other pages."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from demo.draw import compose
from demo.page.snippets import SHAPE, _call, _seeds, _text, shipped, source
from demo.zoo import translated, translating
from gan_models import real
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    import numpy as np

    from demo.zoo.entries import Entry
    from demo.zoo.translating import Task
    from demo.zoo.zoo import Zoo

MOST_WRITTEN = 2_000
"""Letters of a picture that stands in a program; a larger one is read from a file"""


class Taken(NamedTuple):
    """Where the pictures come from that are translated."""

    imports: tuple[str, ...]
    pictures: str
    """An expression for uint8 [N, H, W, C]"""
    shape: tuple[int, int, int] | None = None
    """(height, width, channels) of one; None where it is that of the zoo's data"""


def test_pictures(zoo: Zoo, task: Task, dataset: str, numbers: Sequence[int]) -> Taken:
    """Those of a data set's real pictures that ship, numbered as `translating.test_pictures` has them."""
    at = translating.places(zoo, task, dataset)
    places = [at[number % len(at)] for number in numbers]
    own = not shipped(zoo) and real.read(zoo.folder, dataset) is not None
    root = f"Path({_text(zoo.folder.resolve().name)})" if own else "SHIPPED"
    needed = "from pathlib import Path" if own else "from gan_models.home import SHIPPED"
    pictures = f"real.read({root}, {_text(dataset)}).pictures[{places}]"
    return Taken((needed, "from gan_models import real"), pictures, zoo.real(dataset).pictures.shape[1:])


def drawn_pictures(zoo: Zoo, key: str, seeds: Sequence[int]) -> Taken:
    """Those that a GAN draws."""
    entry = zoo.entry(key)
    shape = (entry.recipe.size, entry.recipe.size, entry.recipe.channels)
    return Taken((), f"gan_models.load({_text(source(zoo, entry))}).{_call('sample', seeds=_seeds(seeds))}", shape)


def own_picture(picture: np.ndarray) -> Taken:
    """One that somebody drew or uploaded, uint8 [H, W, C]."""
    text = base64.b64encode(compose.png(picture)).decode()
    needed = ["import numpy as np", "from PIL import Image"]
    opened = 'Image.open("picture.png")'  # as the page has it, saved under this name
    if len(text) <= MOST_WRITTEN:
        needed, opened = ["import base64", "import io", *needed], f'Image.open(io.BytesIO(base64.b64decode("{text}")))'
    return Taken(tuple(needed), f"np.asarray({opened}).reshape(1, {', '.join(map(str, picture.shape))})", picture.shape)


def translate(
    zoo: Zoo, task: Task, taken: Taken, through: bool, numbers: Sequence[int], keys: Sequence[str], hole: str = ""
) -> str:
    """As `translating.translate`: the answers [N, H, W, C] of each translator. through: whether the pictures go through
    the rule first, with these seeds. hole: text of a Picture, what is taken away in place of what the rule draws."""
    imports, rule = [*taken.imports], task.rule if through else ""
    size, _, channels = task.ordinary_shape if through else task.given_shape
    pictures = taken.pictures
    if taken.shape != (size, size, channels):
        imports.append("from gan_models.pictures import fitted")
        pictures = f"fitted({pictures}, {size}, {channels})"
    lines = [f"{'ordinary' if rule else 'given'} = {pictures}"]
    side = 1 if task.backwards else 0
    if rule:
        imports.append("from gan_models import domains")
    if hole:
        imports += ["import numpy as np", "from demo.page import Picture"]
        lines.append(f'hole = Picture.read("{hole}").array > 0')
        lines.append("given = np.where(hole, np.uint8(domains.MISSING), ordinary)")
    elif rule and task.draws:
        imports.append("import numpy as np")
        each = f"for x, seed in zip(ordinary, {_seeds(numbers)})"
        lines.append(f"given = np.concatenate([domains.apply({_text(rule)}, x[None], seed)[{side}] {each}])")
    elif rule:
        lines.append(f"{'truth, given' if side else 'given, truth'} = domains.apply({_text(rule)}, ordinary)")
    way = "back" if task.backwards else "translate"
    entries = [zoo.entry(key, kind=TranslatorRecipe) for key in keys]
    loads = [f"gan_models.load({_text(source(zoo, entry))}).{way}(given)" for entry in entries]
    if len(entries) == 1:
        lines.append(f"pictures = {loads[0]}  # {SHAPE}")
    else:
        each = [f"    {_text(entry.title)}: {load}," for entry, load in zip(entries, loads, strict=True)]
        lines += [f"pictures = {{  # {SHAPE} of each", *each, "}"]
    order = sorted({"import gan_models", *imports}, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*order, "", *lines]) + "\n"


def lesson(zoo: Zoo, entry: Entry) -> str:
    """As `translated.sheet`: the answers at the head of a translator's page. ValueError: nothing is at hand to give."""
    task, gan = translated.beginning(zoo, entry)
    numbers = range(translated.SIDE_BY_SIDE)
    taken = drawn_pictures(zoo, gan.key, numbers) if gan else test_pictures(zoo, task, entry.dataset, numbers)
    return translate(zoo, task, taken, True, numbers, [entry.key])
