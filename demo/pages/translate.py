"""Translate: a picture goes in, and each translator of the zoo makes another one of it."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose, diagram, formula
from demo.draw import translated as drawn
from demo.draw.translated import Row as Strip
from demo.page import (
    Choice,
    Columns,
    Data,
    Download,
    Grid,
    Html,
    Number,
    Pad,
    Page,
    Row,
    Seed,
    Slider,
    Stack,
    State,
    Table,
    shared,
)  # fmt: skip
from demo.page import snippets_translate as lines_of
from demo.page.state import EMPTY
from demo.pages import common, taken, translate_answers
from demo.zoo import translated, translating
from demo.zoo.distances import nearest
from demo.zoo.seeds import check_seeds
from demo.zoo.translating import Answer, Given, Task
from gan_models.metrics.names import minus
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

TEST, GAN, OWN = "a test picture", "a GAN's picture", "draw or upload"
AS_IS, ORDINARY = "as it is", "ordinary"
MOST = 12
"""Pictures beside each other"""
OWN_HELP = (
    "Draw with the mouse or a finger, or choose a file: its centre square is taken, at the size that the translators "
    "were trained with."
)
HOLE_HELP = (
    "The pixels that you paint are removed from every picture, and the translators fill the hole. If nothing is "
    "painted, the rule removes a square at a random place."
)


# What is asked ----------------------------------------------------------------------------------------------


def tasks(s: State) -> dict[str, Task]:
    return translating.tasks(s.catalog, s.values["data"])


def task_of(s: State) -> Task:
    """The task that is chosen. ValueError: the zoo has no translator of the data set."""
    if s.task is None:
        raise ValueError(translating.none_of(s.catalog, s.data) if s.data else EMPTY)
    return tasks(s)[s.task]


def first_data(zoo: Zoo, s: State) -> str | None:
    """The first data set that has a translator."""
    return next(iter(translating.datasets(s.catalog)), None)


def generators(s: State) -> list[Entry]:
    """GANs of the data set, whose pictures can be translated."""
    return s.catalog.of(s.values["data"])


def sources(zoo: Zoo, s: State) -> list[str]:
    """Where pictures can come from."""
    if s.values["task"] is None:
        return []
    real = translating.test_pictures(zoo, tasks(s)[s.values["task"]], s.values["data"])
    return [*([TEST] if real is not None else []), *([GAN] if generators(s) else []), OWN]


def ways_to_give(zoo: Zoo, s: State) -> list[str]:
    """What a picture of one's own can be; without a rule there is nothing to choose."""
    return [AS_IS, ORDINARY] if s.values["task"] and tasks(s)[s.values["task"]].rule else []


def usual_way(zoo: Zoo, s: State) -> str:
    task = tasks(s).get(s.values["task"])
    return AS_IS if task and task.sketched else ORDINARY


def names_of_ways(s: State) -> dict[str, str]:
    task = tasks(s).get(s.values["task"])
    given = task.given if task else ""
    return {AS_IS: f"“{given}” already", ORDINARY: f"an ordinary picture, made into “{given}” first"}


def is_own(s: State) -> bool:
    return s.values["source"] == OWN


def size_of_own(zoo: Zoo | None, s: State) -> tuple[int, int, int]:
    """(height, width, channels) of what is drawn."""
    task = tasks(s).get(s.values["task"])
    if task is None:
        return 28, 28, 1
    return task.ordinary_shape if s.values["is_"] == ORDINARY else task.given_shape


class Sheet(Pad):
    """A sheet to draw on; each size has a drawing of its own, so that a drawing fits whatever is chosen above it."""

    def link(self, s: State) -> str:
        size = self.size(None, s) if tasks(s).get(s.values["task"]) else ()
        return f"{self.name}_{'x'.join(map(str, size))}"


def size_of_hole(zoo: Zoo | None, s: State) -> tuple[int, int, int]:
    task = tasks(s).get(s.values["task"])
    return task.ordinary_shape if task else (28, 28, 1)


def numbers_of(s: State) -> list[int]:
    """Seeds of the pictures, or their places among the test pictures."""
    if s.source == TEST:
        return list(range(s.first_test, s.first_test + s.pictures))
    return check_seeds(range(s.seed, s.seed + s.pictures))


def paints(s: State) -> bool:
    """Whether a hole can be painted: the rule takes a part of the picture away, and the picture is not cut already."""
    task = tasks(s).get(s.values["task"])
    return bool(task and task.masks) and not (is_own(s) and s.values["is_"] == AS_IS)


def beside(s: State) -> bool:
    """Whether there is a sheet, beside which the answers stand."""
    return is_own(s) or paints(s)


def ordinary(zoo: Zoo, s: State) -> np.ndarray | None:
    """uint8 [N, H, W, C]: the pictures, before the rule; None while nothing is drawn."""
    if s.source == OWN:
        return None if s.drawing is None else taken.brought(s, s.drawing.array)[None]
    if s.source == GAN:
        return zoo.samples([s.gan], numbers_of(s))[s.gan]
    shown = translating.test_pictures(zoo, task_of(s), s.data)
    return shown[[number % len(shown) for number in numbers_of(s)]]


def below_the_hole(zoo: Zoo, s: State) -> np.ndarray | None:
    """The first picture, on which the hole is painted."""
    pictures, (size, _, channels) = ordinary(zoo, s), task_of(s).ordinary_shape
    return None if pictures is None else translating.fitted(pictures[:1], size, channels)[0]


@shared
def given(zoo: Zoo, s: State) -> Given | None:
    """What is translated; None while nothing is drawn."""
    task, pictures = task_of(s), ordinary(zoo, s)
    if pictures is None:
        return None
    if s.source == OWN and s.is_ == AS_IS:
        return translating.as_given(task, pictures)
    if hole := paints(s) and s.hole:
        return translating.by_rule(task, pictures, (), hole.array[..., 0] > 0)
    chance = s.chance if task.draws else 0
    numbers = [0] if s.source == OWN else numbers_of(s)
    return translating.by_rule(task, pictures, [number + chance for number in numbers])


@shared
def answers(zoo: Zoo, s: State) -> dict[str, Answer]:
    task = task_of(s)
    return translating.translate(zoo, task, given(zoo, s), shown_keys(task))


def shown_keys(task: Task) -> list[str]:
    return [entry.key for entry in task.entries[: translating.MOST_SIDE_BY_SIDE]]


# What is shown ----------------------------------------------------------------------------------------------


def strips(zoo: Zoo, s: State) -> list[Strip]:
    """The given pictures, the answers of each translator and the way back, the truth, and the mean picture."""
    task, asked, made = task_of(s), given(zoo, s), answers(zoo, s)
    found = [Strip(f"Given: {task.given}", as_an_answer(task, asked), asked.pictures)]
    for key, one in made.items():
        title = zoo.entry(key, kind=TranslatorRecipe).title
        found.append(Strip(title, near(one.pictures, asked.truth), one.pictures))
        if one.back is not None:
            words = f"off by {translating.back_again(one, asked):.3g} of 255 levels on average"
            found.append(Strip(f"{title}, back again", words, one.back))
    if asked.truth is not None:
        found.append(Strip(f"Truth: {task.wanted}", "", asked.truth))
        mean = translating.mean_picture(zoo, task, s.data)
        if mean:
            same = np.broadcast_to(mean[0], asked.truth.shape)
            found.append(Strip("Mean picture", f"{mean[1]}; {near(same, asked.truth)}", same[:1]))
    return found


def near(made: np.ndarray, truth: np.ndarray | None) -> str:
    """ "PSNR 20.8 dB, SSIM 0.76": how near answers are to the truth; "" without one."""
    if truth is None:
        return ""
    found = translating.likeness(made, truth)
    return minus(f"PSNR {found['psnr']:.1f} dB" + (f", SSIM {found['ssim']:.2f}" if "ssim" in found else ""))


def as_an_answer(task: Task, asked: Given) -> str:
    """What the given pictures themselves would score."""
    if asked.truth is None:
        return ""
    size, _, channels = task.wanted_shape
    return f"as an answer: {near(translating.fitted(asked.pictures, size, channels), asked.truth)}"


def shown(zoo: Zoo, s: State) -> Iterator[str]:
    """What each translator makes of the pictures. torch takes seconds to import: until then what is given stands
    alone."""
    task = task_of(s)
    if s.source == TEST and "torch" not in sys.modules:
        yield drawn.rows([Strip(f"Given: {task.given}", "", given(zoo, s).pictures)])
    if given(zoo, s) is None:
        yield "<p>Draw something on the sheet, or choose a file: what the translators make of it appears here.</p>"
        return
    more = len(task.entries) - translating.MOST_SIDE_BY_SIDE
    said = (
        (f"<p>Only the first {translating.MOST_SIDE_BY_SIDE} of {len(task.entries)} translators are shown.</p>")
        if more > 0
        else ""
    )
    yield said + drawn.rows(strips(zoo, s))


def figures(zoo: Zoo, s: State) -> Grid | None:
    headers, rows, helps = translating.table(zoo, task_of(s))
    return Grid(headers, rows, help=helps, alt=f"Figures of the translators: {task_of(s).words}") if rows else None


def known(zoo: Zoo, s: State) -> str:
    """What stands under the figures: how they were measured, and where each translator fails."""
    task = task_of(s)
    words, told = translating.conditions(zoo, task), translating.failures(zoo, task)
    items = "".join(f"<li>{html.escape(one)}</li>" for one in told)
    taught = "".join(f"<p>{diagram.prose(one)}</p>" for entry in task.entries for one in translated.wrong(zoo, entry))
    fails = f"<h2>Known failures</h2><ul>{items}</ul>{taught}" if items or taught else ""
    return f'<div class="about"><p><small>{html.escape(words)}</small></p>{fails}</div>'


def about(zoo: Zoo, s: State) -> str:
    return common.described(zoo, task_of(s).entries, s.hub, "About these translators")


def poster(zoo: Zoo, s: State) -> bytes:
    return compose.png(drawn.poster(strips(zoo, s)))


def python(zoo: Zoo, s: State) -> str:
    """Of the answers."""
    if s.task is None or (s.source == OWN and s.drawing is None):
        return ""
    task = task_of(s)
    numbers = [s.chance] if s.source == OWN else numbers_of(s)
    if s.source == TEST:
        pictures = lines_of.test_pictures(zoo, task, s.data, numbers)
    elif s.source == GAN:
        pictures = lines_of.drawn_pictures(zoo, s.gan, numbers)
    else:
        pictures = lines_of.own_picture(taken.brought(s, s.drawing.array))
    through = s.source != OWN or s.is_ == ORDINARY
    chance = s.chance if task.draws and s.source != OWN else 0
    hole = s.hole.text if paints(s) and s.hole else ""
    numbers = [number + chance for number in numbers]
    return lines_of.translate(zoo, task, pictures, through, numbers, shown_keys(task), hole)


# The page ---------------------------------------------------------------------------------------------------

PAGE = Page(
    "translate",
    "Translate",
    translating.ABOUT,
    Data(first=first_data, more=translating.datasets),
    Choice("task", "Task", per_data=True, options=lambda zoo, s: list(tasks(s))),
    Choice("source", "Picture", per_data=True, options=sources, way="buttons"),
    Row(
        Slider("pictures", "Pictures", 6, least=1, most=MOST, step=1, when=lambda s: not is_own(s)),
        Number(
            "first_test", "First test picture", 0, most=9_999, step=lambda s: s.values["pictures"], random=100,
            when=lambda s: s.values["source"] == TEST,
        ),
        Choice(
            "gan", "Drawn by", per_data=True, way="menu", when=lambda s: s.values["source"] == GAN,
            options=lambda zoo, s: {entry.title: entry.key for entry in nearest(zoo.files, generators(s))},
        ),
        Seed(step=lambda s: s.values["pictures"], when=lambda s: s.values["source"] == GAN),
        Number(
            "chance", "Random seed of the rule", 0, most=9_999,
            help="The rule chooses something at random for each picture: the place of a hole, or two colours. A "
            "hole that you paint yourself replaces the hole of the rule.",
            when=lambda s: bool((task := tasks(s).get(s.values["task"])) and task.draws),
        ),
    ),
    Choice(
        "is_", "Your picture is", usual_way, options=ways_to_give, titles=names_of_ways, way="buttons", when=is_own
    ),
    Columns(
        Stack(
            Sheet("drawing", "Your picture", size=size_of_own, when=is_own, help=OWN_HELP),
            taken.centre(lambda s: is_own(s) and taken.is_centred(s)),
            Sheet("hole", "Paint a hole", size=size_of_hole, mask=True, upload=False, under=below_the_hole,
                  when=lambda s: paints(s) and not (is_own(s) and s.values["drawing"] is None), help=HOLE_HELP),
        ),
        Html(shown, when=beside),
    ),
    Html(shown, when=lambda s: not beside(s)),
    Download(
        poster, label="Download as PNG", name="translated.png",
        when=lambda s: s.task is not None and not (s.source == OWN and s.drawing is None),
    ),
    "## Measured",
    Table(figures),
    Html(known),
    Html(about),
    python=python,
    answers=(translate_answers.translators, translate_answers.translate),
    icon="swap_horiz",
    group="Use",
    kind=TranslatorRecipe,
    style=common.STYLE + formula.STYLE + drawn.STYLE,
)  # fmt: skip
