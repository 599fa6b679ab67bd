"""Learn: a page on each variant, and the way from the first GAN to the newest."""

from __future__ import annotations

import html
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose, diagram, formula
from demo.draw import lesson as drawn_lesson
from demo.page import Button, Choice, Data, Html, Page, Row, Seed, State, changing, links, refusals, shared, snippets
from demo.page.answers import answer
from demo.page.state import EMPTY
from demo.pages import common
from demo.zoo import teaching
from demo.zoo.lesson_text import Part
from demo.zoo.objective import lines
from demo.zoo.seeds import check_seeds
from demo.zoo.teaching import Lesson

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

VIEWS = ("A variant", teaching.WALK)
UNWRITTEN = "Nobody has written down what this variant is about."
STYLE = (
    diagram.STYLE
    + formula.STYLE
    + """
.lesson { line-height: 1.5; }
.lesson p, .lesson ul { margin: .5rem 0; max-width: 62rem; }
.lesson h2, .lesson h3 { margin: 1.1rem 0 .4rem; }
.lesson .caption { opacity: .75; font-size: .8rem; line-height: 1.35; }
.lesson figure { margin: 0 0 .5rem; max-width: 100%; }
.lesson figure > img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
.lesson .row, .walk { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.lesson .row figure { width: 168px; }
.lesson .idea > div { flex: 3 1 300px; }
.lesson .idea > figure { flex: 2 1 300px; width: auto; }
.lesson pre { overflow-x: auto; font-size: .8rem; padding: .7rem .9rem; border-radius: .4rem; margin: .3rem 0 1rem;
  border: 1px solid #8884; background: rgba(128, 134, 160, .08); }
.walk article { width: 264px; max-width: 100%; line-height: 1.4; }
.walk img { display: block; margin: .25rem 0; image-rendering: pixelated; }
@media (max-width: 640px) { .walk article { width: 100%; } }
"""
)


def names(s: State) -> dict[str, Entry]:
    """What a link calls the variants of the data set."""
    return teaching.names(s.catalog.of(s.data))


def entry_of(s: State) -> Entry:
    if not s.variant:
        raise ValueError(EMPTY)
    return names(s)[s.variant]


@shared
def lesson_of(zoo: Zoo, s: State) -> Lesson:
    """Kept: drawing may find the weights damaged, after which the zoo has no such entry, and the words stay."""
    return teaching.lesson(zoo, entry_of(s).key)


def sixteen(zoo: Zoo, key: str) -> np.ndarray | str:
    """Pictures of a checkpoint; where its weights cannot be read a sentence, and all that needs none stays."""
    try:
        return zoo.samples([key], range(16))[key]
    except ValueError as error:
        return refusals.plain(str(error))


def figure(picture: np.ndarray, alt: str, caption: str) -> str:
    """caption: HTML."""
    url = compose.data_url(compose.png(picture), "png")
    return f'<figure><img src="{url}" alt="{html.escape(alt)}"><div class="caption">{caption}</div></figure>'


# A variant --------------------------------------------------------------------------------------------------


def head(zoo: Zoo, s: State) -> str:
    """Title, idea and sixteen pictures."""
    lesson = lesson_of(zoo, s)
    made = sixteen(zoo, lesson.key)
    if isinstance(made, str):
        shown = f'<p class="caption">{html.escape(made)}</p>'
    else:
        caption = zoo.caption(lesson.key, range(16))
        sheet = compose.sheet(made, 8, compose.scale_of(made.shape[1], 56))
        shown = figure(sheet, caption, html.escape(caption.partition(" · ")[2]))
    idea = diagram.prose(lesson.idea) if lesson.idea else html.escape(lesson.summary) or UNWRITTEN
    view, query = links.comparison(entry_of(s), s.hub)
    year = f" <small>{lesson.year}</small>" if lesson.year else ""
    beside = changing("Compare it with the real data", query, view)
    watch = common.stories(entry_of(s).variant)
    return (
        f'<div class="lesson"><h2>{html.escape(lesson.title)}{year}</h2>'
        f'<div class="row idea"><div><h3>The idea</h3><p>{idea}</p><p>{beside}</p>{watch}</div>{shown}</div></div>'
    )


def objective(zoo: Zoo, s: State) -> str:
    """The formulas, and what each of their terms is."""
    lesson, made = lesson_of(zoo, s), ["<h3>The objective</h3>"]
    if lesson.objective:
        made += ['<p class="caption">As the recipe states it:</p>', *map(formula.block, lines(lesson.objective))]
    if lesson.equations:
        made += ['<p class="caption">What each side minimises, as it runs:</p>', *map(formula.block, lesson.equations)]
    terms = "".join(f"<li>{diagram.prose(term)}</li>" for term in lesson.terms)
    return f'<div class="lesson">{"".join(made)}<ul>{terms}</ul></div>'


def rest(zoo: Zoo, s: State) -> str:
    """Networks, changes, what goes wrong, code and paper."""
    lesson = lesson_of(zoo, s)
    parts = [*networks(zoo, lesson, entry_of(s).recipe.size), *changes(lesson)]
    if lesson.wrong:
        parts += ["<h3>What goes wrong</h3>", *(wrong(zoo, lesson, one) for one in lesson.wrong)]
    for i, source in enumerate(lesson.sources):
        parts += ["<h3>The code</h3>"] * (i == 0)
        parts += [f'<div class="caption"><code>{html.escape(source.name)}</code>, {html.escape(source.kind)}</div>']
        parts += [f'<pre tabindex="0"><code>{html.escape(source.code)}</code></pre>']  # the keyboard scrolls it
    if lesson.paper or lesson.papers:
        linked = [
            f'<a href="{html.escape(url)}">{html.escape(text)}</a>' if url else html.escape(text)
            for text, url in lesson.papers
        ]
        parts += [
            "<h3>The paper</h3>",
            f"<p>{diagram.prose(lesson.paper) if lesson.paper else '<br>'.join(linked)}</p>",
        ]
    return f'<div class="lesson">{"".join(parts)}</div>'


def networks(zoo: Zoo, lesson: Lesson, size: int) -> list[str]:
    made = sixteen(zoo, lesson.key)
    picture = "" if isinstance(made, str) else compose.data_url(compose.png(made[0]), "png")
    return [
        "<h3>The networks</h3>",
        f'<p class="caption">{teaching.DRAWN} {diagram.HOW}</p>',
        *(diagram.network(net, size, picture) for net in lesson.networks),
        *(f"<p>{html.escape(note)}</p>" for note in lesson.notes),
    ]


def changes(lesson: Lesson) -> list[str]:
    """What a variant changed of its parent."""
    if not lesson.parent:
        return []
    told = [f"<p>{html.escape(said)}</p>" for said in teaching.against_parent(lesson)]
    return [
        "<h3>What it changed</h3>",
        *told,
        *([diagram.table(*teaching.changes_table(lesson))] if lesson.changes else []),
    ]


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
    drawn = zoo.samples([step.key for step in steps], seeds) if steps else {}
    for i, step in enumerate(steps, 1):
        shown = ""
        if step.key in drawn:
            caption = zoo.caption(step.key, seeds)
            sheet = compose.sheet(drawn[step.key], 4, compose.scale_of(drawn[step.key].shape[1], 66))
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
    keys = [lesson_of(zoo, s).key] if one(s) else [step.key for step in teaching.walk(zoo, s.data)]
    return snippets.samples(zoo, keys, seeds_of(s)) if keys else ""


@answer("read")
def learn(zoo: Zoo, variant: str) -> dict:
    """What there is to learn about a checkpoint's variant, as facts; pictures come from the other calls.

    Parameters:
        variant: its key from the catalog.
    Returns:
        "idea", "wrong", "paper": Markdown, empty where nobody wrote it; "summary" is the recipe's own.
        In each of "wrong": "text", and of a picture its "kind" with its "values": "samples" of these seeds, "film"
        at these shares of the training, "shares" of the classes (see /class_shares).
        "objective": TeX of the recipe. "equations": TeX of what D and G minimise; "terms": a line on each part.
        "networks": G and D as they are built. "boxes": "name", "parts", "shape" of the output, "parameters",
        "takes" (index of a box), "also", "source", "beside" (a branch) of each, in the order of calls.
        "parent", "changes": "setting", "before", "after" of each. "unlike": in what else the trainings differ.
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
    Html(head, when=one),
    Html(objective, when=one),
    Html(rest, when=one),
    Html(walk, when=lambda s: not one(s)),
    python=python,
    answers=(learn,),
    group="Understand",
    icon="school",
    style=STYLE,
)
