"""Learn: a page on each variant, and the way from the first GAN to the newest."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose, diagram, formula
from demo.draw import lesson as drawn_lesson
from demo.page import Button, Choice, Data, Html, Page, Row, Seed, State, changing, links, refusals, shared, snippets
from demo.page import snippets_translate as lines_of
from demo.page.answers import answer
from demo.page.state import EMPTY
from demo.pages import common, taught, views
from demo.zoo import teaching
from demo.zoo.lesson_text import Part
from demo.zoo.objective import lines
from demo.zoo.seeds import check_seeds
from demo.zoo.teaching import Lesson

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

VIEWS = ("A variant", teaching.WALK)
PARENTS = 8
"""Pictures of the parent"""
UNWRITTEN = "This variant has no description yet."
STYLE = (
    diagram.STYLE
    + formula.STYLE
    + taught.STYLE
    + """
.lesson { line-height: 1.5; }
.lesson p, .lesson ul { margin: .5rem 0; max-width: 62rem; }
.lesson h2, .lesson h3 { margin: 1.1rem 0 .4rem; }
.lesson .caption { opacity: .75; font-size: .8rem; line-height: 1.35; }
.lesson figure { margin: 0 0 .5rem; max-width: 100%; }
.lesson figure > img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
.lesson .row, .walk { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.lesson .row figure { width: 168px; }
.lesson .formula { max-width: 46rem; }
.lesson .formula math { width: max-content; }
.lesson .each { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
.lesson .each dd { margin: 0; }
.lesson .try { border-left: 3px solid #6469ee; padding-left: .8rem; margin: .6rem 0; }
.lesson .try p { margin: .2rem 0; }
.lesson pre { overflow-x: auto; font-size: .8rem; padding: .7rem .9rem; border-radius: .4rem; margin: .3rem 0 1rem;
  border: 1px solid #8884; background: rgba(128, 134, 160, .08); }
.walk article { width: 264px; max-width: 100%; line-height: 1.4; }
.walk img { display: block; margin: .25rem 0; image-rendering: pixelated; }
@media (max-width: 640px) { .walk article { width: 100%; } }
"""
)


def names(s: State) -> dict[str, Entry]:
    """What a link calls the variants of the data set."""
    return teaching.names(teaching.variants(s.catalog, s.data))


def entry_of(s: State) -> Entry:
    if not s.variant:
        raise ValueError(EMPTY)
    return names(s)[s.variant]


@shared
def lesson_of(zoo: Zoo, s: State) -> Lesson:
    """Kept, because drawing may find the weights damaged: the zoo then has no such entry, but the text is still
    shown."""
    return teaching.lesson(zoo, entry_of(s).key)


def sixteen(zoo: Zoo, key: str) -> np.ndarray | str:
    """Sixteen pictures of a checkpoint, or a sentence if its weights cannot be read: parts without pictures are still
    shown."""
    try:
        return teaching.sixteen(zoo, key)
    except ValueError as error:
        return refusals.plain(str(error))


def figure(picture: np.ndarray, alt: str, caption: str) -> str:
    """caption: HTML."""
    url = compose.data_url(compose.png(picture), "png")
    return f'<figure><img src="{url}" alt="{html.escape(alt)}"><div class="caption">{caption}</div></figure>'


# A variant --------------------------------------------------------------------------------------------------


def variant(zoo: Zoo, s: State) -> Iterator[str]:
    """The page on a variant, always in one order: first what needs no more than a few pictures, then all of it."""
    lesson, made = lesson_of(zoo, s), []
    for section in SECTIONS:
        made.append("".join(section(zoo, s, lesson)))
        if section is idea:
            yield _page(made)
    yield _page(made)


def _page(sections: Sequence[str]) -> str:
    return f'<div class="lesson taught">{taught.linked("".join(sections))}</div>'


def head(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    """Title and sixteen pictures."""
    made = sixteen(zoo, lesson.key)
    if isinstance(made, str):
        shown = f'<p class="caption">{html.escape(made)}</p>'
    else:
        caption = zoo.caption(lesson.key, range(16))
        sheet = compose.sheet(made, 8, compose.scale_of(made.shape[1], 56), clear=True)
        shown = figure(sheet, caption, html.escape(caption.partition(" · ")[2]))
    view, query = links.comparison(entry_of(s), s.hub)
    year = f" <small>{lesson.year}</small>" if lesson.year else ""
    words = "Compare it with the real data" if view == "compare" else "Let it translate other pictures"
    beside = changing(words, query, view)
    yield f"<h2>{html.escape(lesson.title)}{year}</h2>{shown}<p>{beside}</p>{common.stories(entry_of(s).variant)}"


def problem(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    """What its parent leaves unsolved, and eight of the parent's pictures."""
    if not lesson.problem:
        return
    yield f"<h3>The problem</h3><p>{diagram.prose(lesson.problem)}</p>"
    if lesson.parent_key is None:
        return
    seeds = range(PARENTS)
    try:
        made = zoo.samples([lesson.parent_key], seeds)[lesson.parent_key]
    except ValueError:  # damaged: the words stand without it
        return
    caption = zoo.caption(lesson.parent_key, seeds)
    sheet = compose.sheet(made, PARENTS, compose.scale_of(made.shape[1], 56), clear=True)
    yield figure(
        sheet, caption, f"Pictures of its parent, {html.escape(lesson.parent_title)}, at the first eight seeds."
    )


def idea(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    """In words and in pictures."""
    told = diagram.prose(lesson.idea) if lesson.idea else html.escape(lesson.summary) or UNWRITTEN
    yield f"<h3>The idea</h3><p>{told}</p>"
    yield from (taught.drawing(name) for name in lesson.drawings)


def objective(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    """The formulas, each symbol in them, and each of their terms."""
    yield "<h3>The objective</h3>"
    yield from map(formula.block, lesson.equations or (lines(lesson.objective) if lesson.objective else ()))
    terms = "".join(f"<li>{diagram.prose(term)}</li>" for term in lesson.terms)
    yield f"<ul>{terms}</ul>" if terms else ""
    symbols = "".join(f"<dt>{formula.inline(tex)}</dt><dd>{html.escape(said)}</dd>" for tex, said in lesson.symbols)
    yield (
        f'<details open><summary>What each symbol means</summary><dl class="each">{symbols}</dl></details>'
        if symbols
        else ""
    )


def networks(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    made = sixteen(zoo, lesson.key)
    ends = (None, None) if isinstance(made, str) else teaching.ends(entry_of(s), made)
    given, picture = ("" if one is None else compose.data_url(compose.png(one), "png") for one in ends)
    size = entry_of(s).recipe.size
    yield f'<h3>The networks</h3><p class="caption">{teaching.DRAWN} {diagram.HOW}</p>'
    yield from (diagram.network(net, size, picture, given) for net in lesson.networks)
    yield from (f"<p>{html.escape(note)}</p>" for note in lesson.notes)


def changes(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    """What a variant changed of its parent."""
    if not lesson.parent:
        return
    yield "<h3>What it changed</h3>"
    yield from (f"<p>{html.escape(said)}</p>" for said in teaching.against_parent(lesson))
    yield diagram.table(*teaching.changes_table(lesson)) if lesson.changes else ""


def troubles(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    yield "<h3>What goes wrong</h3>" if lesson.wrong else ""
    yield from (wrong(zoo, lesson, one) for one in lesson.wrong)


def tries(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    """What to do, where, and what there is to see."""
    yield "<h3>What to try</h3>" if lesson.exercises else ""
    for one in lesson.exercises:
        to = views.link(zoo, one.view)
        yield (
            f'<div class="try"><p>{diagram.prose(one.task)}{f" {to}" if to else ""}</p>'
            f"<details><summary>What there is to see</summary><p>{diagram.prose(one.look)}</p></details></div>"
        )


def code(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    yield "<h3>The code</h3>" if lesson.sources else ""
    for source in lesson.sources:
        yield f'<div class="caption"><code>{html.escape(source.name)}</code>, {html.escape(source.kind)}</div>'
        yield f'<pre tabindex="0"><code>{html.escape(source.code)}</code></pre>'  # the keyboard scrolls it


def paper(zoo: Zoo, s: State, lesson: Lesson) -> Iterator[str]:
    if not lesson.paper and not lesson.papers:
        return
    linked = [
        f'<a href="{html.escape(url)}">{html.escape(text)}</a>' if url else html.escape(text)
        for text, url in lesson.papers
    ]
    yield f"<h3>The paper</h3><p>{diagram.prose(lesson.paper) if lesson.paper else '<br>'.join(linked)}</p>"


SECTIONS = (head, problem, idea, objective, networks, changes, troubles, tries, code, paper)
"""In the order of the page"""


def wrong(zoo: Zoo, lesson: Lesson, part: Part) -> str:
    """A paragraph or a picture of what goes wrong."""
    told = diagram.prose(part.text)
    if not part.kind:
        return f"<p>{told}</p>"
    if part.kind == "shares":
        try:
            drawn = diagram.shares(*teaching.shares_of(zoo, lesson.key))
        except ValueError:  # damaged: the words stand without it
            drawn = ""
        return f'{drawn}<p class="caption">{told}</p>'
    shown = teaching.illustrate(zoo, lesson.key, part)
    alone = len(shown) == 1
    figures = [
        figure(
            drawn_lesson.picture(pictures, len(shown)),
            caption,
            (f"{told}<br>" if alone else "") + html.escape(teaching.short(caption)),
        )
        for caption, pictures in shown
    ]
    if alone or not shown:
        return "".join(figures)
    return f'<div class="row">{"".join(figures)}</div><p class="caption">{told}</p>'


# The walk ---------------------------------------------------------------------------------------------------


def seeds_of(s: State) -> list[int]:
    return check_seeds(range(s.seed, s.seed + 16)) if not one(s) else list(range(16))


def walk(zoo: Zoo, s: State) -> str:
    """From the first GAN to the newest, at the same seeds."""
    if not s.data:
        raise ValueError(EMPTY)
    steps, made, seeds = teaching.walk(zoo, s.data), [], seeds_of(s)
    drawn = teaching.drawn(zoo, [step.key for step in steps], seeds)
    for i, step in enumerate(steps, 1):
        shown = ""
        if step.key in drawn:
            caption = zoo.caption(step.key, seeds)
            sheet = compose.sheet(drawn[step.key], 4, compose.scale_of(drawn[step.key].shape[1], 66), clear=True)
            shown = figure(sheet, caption, html.escape(caption.partition(" · ")[2]))
        to = changing("Read its page", {"variant": step.variant, "lessons": VIEWS[0]})
        year = f" <small>{step.year}</small>" if step.year else ""
        words = f"<p>{diagram.prose(step.text)}</p>{to}"
        made.append(f"<article>{i}. <b>{html.escape(step.title)}</b>{year}{shown}{words}</article>")
    cards = "".join(made) or "<p>None of its steps is in this zoo.</p>"
    return f'<div class="lesson"><p>{teaching.ABOUT_WALK}</p><div class="walk">{cards}</div></div>'


# The page ---------------------------------------------------------------------------------------------------


def one(s: State) -> bool:
    """Whether the page is about one variant."""
    return s.lessons == VIEWS[0]


def beside(way: int) -> Button:
    """To the variant before (0) or after (1)."""

    def to(s: State) -> str | None:
        return teaching.neighbours(list(names(s)), s.variant)[way] if one(s) and s.variant else None

    def words(s: State) -> str:
        return f"{('Previous', 'Next')[way]}: {names(s)[to(s)].title}"

    return Button(words, lambda zoo, s: {"variant": to(s)}, when=lambda s: to(s) is not None)


def options(zoo: Zoo, s: State) -> dict[str, str]:
    """The variants, also by the key of one that has another name here."""
    found = names(s) if s.data else {}
    return {name: name for name in found} | {entry.key: name for name, entry in found.items()}


def python(zoo: Zoo, s: State) -> str:
    """Of the pictures at the head of a page; of the walk, those that are drawn from noise."""
    if one(s) and entry_of(s) in s.catalog.translators:
        return lines_of.lesson(zoo, entry_of(s))
    keys = [lesson_of(zoo, s).key] if one(s) else [step.key for step in teaching.walk(zoo, s.data)]
    keys = [key for key in keys if key in s.catalog.keys]
    return snippets.samples(zoo, keys, seeds_of(s)) if keys else ""


@answer("read")
def learn(zoo: Zoo, variant: str) -> dict:
    """What there is to learn about a checkpoint's variant, as facts; pictures come from the other calls.

    Parameters:
        variant: its key from the catalog.
    Returns:
        "problem", "idea", "wrong", "paper": Markdown, empty if there is none; "summary" is the recipe's own.
        "drawings": names of drawings of the idea. "exercises": "task", "look" (what there is to see), "view" of each.
        In each of "wrong": "text", and of a picture its "kind" with its "values": "samples" of these seeds, "film"
        at these shares of the training, "shares" of the classes (see /class_shares).
        "objective": TeX of the recipe. "equations": TeX of what D and G minimise; "symbols": TeX and meaning of each;
        "terms": a line on each term.
        "networks": G and D as they are built. "boxes": "name", "parts", "shape" of the output, "parameters",
        "takes" (index of a box), "also", "source", "beside" (a branch) of each, in the order of calls.
        "parent" (its variant), "parent_key", "changes": "setting", "before", "after" of each. "unlike": in what else
        the trainings differ.
        "seen": what the changes did to the figures. "sources": "name", "kind", "code" of each function of the loss.
        "papers": each with its address. "notes": a sentence on what is missing.
        "path": the steps from the first GAN to the newest on this data set: "key", "variant", "title", "text".
    """
    found = teaching.lesson(zoo, variant)
    return {**asdict(found), "path": [asdict(step) for step in teaching.walk(zoo, found.dataset)]}


PAGE = Page(
    "learn",
    "Learn",
    teaching.ABOUT,
    Data(),
    Choice("lessons", "Show", VIEWS[0], options=VIEWS, way="buttons"),
    Row(
        Choice(
            "variant",
            "Variant",
            options=options,
            titles=lambda s: {name: entry.title for name, entry in names(s).items()},
            when=one,
            way="menu",
        ),
        beside(0),
        beside(1),
    ),
    Row(Seed(step=16, when=lambda s: not one(s))),
    Html(variant, when=one),
    Html(walk, when=lambda s: not one(s)),
    python=python,
    answers=(learn,),
    group="Understand",
    icon="school",
    style=STYLE,
)
