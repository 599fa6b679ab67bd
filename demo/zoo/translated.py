"""The parts of a lesson on a translator: pictures before and after it, and its figures by their names in a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo import translating
from demo.zoo.distances import nearest
from demo.zoo.lesson_text import Numbers, parts, text_of
from demo.zoo.words import listed
from gan_models.metrics.translation import NAMES
from gan_models.pictures import fitted

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.translating import Answer, Given, Task
    from demo.zoo.zoo import Zoo

SIDE_BY_SIDE = 8
"""Pictures in a row at the head of a page"""
ROWS = {"given picture itself": "itself", "without D": "without_d", "wanted pictures": "wanted"}
"""Row of the figures -> what a text calls it: {itself.psnr}"""


def beginning(zoo: Zoo, entry: Entry) -> tuple[Task, Entry | None]:
    """(the task of a translator, the GAN whose pictures it is shown with, that with the best ones); None where it is
    shown with test pictures. ValueError: there are neither."""
    task = next(
        one
        for one in translating.tasks(zoo.catalog([entry.key]), entry.dataset).values()
        if not one.backwards and entry.key in [other.key for other in one.entries]
    )
    if translating.places(zoo, task, entry.dataset):
        return task, None
    entries = zoo.catalog().of(entry.dataset)
    if not entries:
        raise ValueError(f"No picture of {entry.dataset} is at hand that {entry.title} could take.")
    return task, nearest(zoo.files, entries)[0]


def on_its_way(zoo: Zoo, entry: Entry, places: Sequence[int]) -> tuple[Task, Given, Answer, str]:
    """(task, what is given, the answer, whose pictures they are in words) of a translator. places: of test pictures, or
    where none ship seeds of the GAN with the best pictures of the data set. ValueError: there are neither."""
    task, gan = beginning(zoo, entry)
    if gan is None:
        real = translating.test_pictures(zoo, task, entry.dataset)
        ordinary = real[[place % len(real) for place in places]]
        whose = f"test pictures {listed([str(place) for place in places])}"
    else:
        ordinary, whose = zoo.samples([gan.key], places)[gan.key], f"pictures by {gan.title}"
    given = translating.by_rule(task, ordinary, places)
    return task, given, translating.translate(zoo, task, given, [entry.key])[entry.key], whose


def sheet(zoo: Zoo, entry: Entry) -> np.ndarray:
    """SIDE_BY_SIDE given pictures, and behind them what becomes of them: uint8 [2 * SIDE_BY_SIDE, size, size, C]."""
    _, given, answer, _ = on_its_way(zoo, entry, range(SIDE_BY_SIDE))
    return np.concatenate([as_answers(given.pictures, answer), answer.pictures])


def stations(zoo: Zoo, entry: Entry, places: Sequence[int]) -> list[tuple[str, np.ndarray]]:
    """(caption, uint8 [N, size, size, C]) of some pictures as they are given, as they are made, and in truth where that
    is known."""
    task, given, answer, whose = on_its_way(zoo, entry, places)
    made = [("given", as_answers(given.pictures, answer)), ("made", answer.pictures)]
    made += [("truth", given.truth)] if given.truth is not None else []
    return [(f"{entry.title} · {task.words} · {name} · {whose}", pictures) for name, pictures in made]


def as_answers(pictures: np.ndarray, answer: Answer) -> np.ndarray:
    _, size, _, channels = answer.pictures.shape
    return fitted(pictures, size, channels)


def wrong(zoo: Zoo, entry: Entry) -> list[str]:
    """What goes wrong with a translator: paragraphs of Markdown of its lesson whose conditions its figures meet."""
    text = text_of(entry.variant).get("what goes wrong", "")
    return list(dict.fromkeys(part.text for part in parts(text, numbers(zoo, entry)) if not part.kind))


def numbers(zoo: Zoo, entry: Entry) -> Numbers:
    """The figures of a translator, those of the given picture itself as {itself.psnr}, and those of the network without
    D as {without_d.psnr}; shares in %. Its data set, its rule and its two domains are conditions."""
    switched_on = [name for name, value in entry.recipe.network_args.items() if value is True]
    made = Numbers(entry.variant, entry.dataset, also=(entry.recipe.rule, *entry.recipe.domains, *switched_on))
    found = translating.measured(zoo, entry)
    for row, figures in found.rows.items() if found else ():
        name = entry.variant if row == "answer" else ROWS.get(row)
        if name:
            made.values[name] = {key: figures[key] for key in NAMES if key in figures}
            made.texts[name] = {key: translating.text_of(key, value) for key, value in made.values[name].items()}
    return made
