"""The Learn tab of the Gradio front end: a page on each variant, and the way from the first GAN to the newest."""

from __future__ import annotations

import html
from collections.abc import Callable

import gradio as gr
import numpy as np

from demo.cards import refusal
from demo.draw import compose, diagram
from demo.draw import lesson as drawn_lesson
from demo.page import links
from demo.page.links import VIEW, address
from demo.zoo import teaching
from demo.zoo.lesson_text import Part
from demo.zoo.objective import lines
from demo.zoo.seeds import check_seeds
from demo.zoo.teaching import Lesson
from demo.zoo.words import dataset_title
from demo.zoo.zoo import Zoo

TAB = "Learn"
VIEWS = ("A variant", teaching.WALK)
STYLE = (
    diagram.STYLE
    + """
.lesson { line-height: 1.5; }
.lesson p { margin: .5rem 0; max-width: 62rem; }
.lesson h2, .lesson h3 { margin: 1.1rem 0 .4rem; }
.lesson a { text-decoration: underline; }
.lesson .caption { opacity: .75; font-size: .8rem; line-height: 1.35; }
.lesson figure { margin: 0 0 .5rem; max-width: 100%; }
.lesson figure > img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; border-radius: 0; }
.lesson .row, .walk { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.lesson .row figure { width: 168px; }
.lesson .idea > div { flex: 3 1 300px; }
.lesson .idea > figure { flex: 2 1 300px; width: auto; }
.lesson pre { overflow-x: auto; font-size: .8rem; padding: .7rem .9rem; border-radius: .4rem; margin: .3rem 0 1rem;
  background: var(--background-fill-secondary); border: 1px solid var(--border-color-primary); }
.walk article { width: 264px; max-width: 100%; line-height: 1.4; }
.walk img { display: block; margin: .25rem 0; image-rendering: pixelated; }
@media (max-width: 640px) { .walk article { width: 100%; } }
"""
)


def figure(picture: np.ndarray, alt: str, caption: str) -> str:
    url = compose.data_url(compose.png(picture), "png")
    return f'<figure><img src="{url}" alt="{html.escape(alt)}"><div class="caption">{caption}</div></figure>'


def head(zoo: Zoo, lesson: Lesson, made: np.ndarray | None) -> str:
    """Title, idea and sixteen pictures."""
    year = f" <small>{lesson.year}</small>" if lesson.year else ""
    idea = diagram.prose(lesson.idea) if lesson.idea else html.escape(lesson.summary)
    shown = ""
    if made is not None:
        caption = zoo.caption(lesson.key, range(16))
        sheet = compose.sheet(made, 8, compose.scale_of(made.shape[1], 56))
        shown = figure(sheet, caption, html.escape(caption.partition(" · ")[2]))
    view, query = links.comparison(zoo.entry(lesson.key))
    beside = f'<a href="{html.escape(address("", {VIEW: [view], **query}))}">Compare it with the real data</a>'
    return (
        f'<div class="lesson"><h2>{html.escape(lesson.title)}{year}</h2>'
        f'<div class="row idea"><div><h3>The idea</h3><p>{idea}</p><p>{beside}</p></div>{shown}</div></div>'
    )


def objective(lesson: Lesson, plain: Callable[[str], str]) -> str:
    """Markdown with TeX."""
    made = ["### The objective"]
    if lesson.objective:
        made += ["As the recipe states it:", *(f"$${line}$$" for line in lines(lesson.objective))]
    if lesson.equations:
        made += ["What each side minimises, as it runs:", *(f"$${equation}$$" for equation in lesson.equations)]
    made += ["\n".join(f"- {teaching.escaped(term, plain)}" for term in lesson.terms)]
    return "\n\n".join(made)


def rest(zoo: Zoo, lesson: Lesson, size: int, made: np.ndarray | None) -> str:
    """Networks, changes, what goes wrong, code and paper."""
    address = compose.data_url(compose.png(made[0]), "png") if made is not None else ""
    parts = ["<h3>The networks</h3>", f'<p class="caption">{teaching.DRAWN} {diagram.HOW}</p>']
    parts += [diagram.network(net, size, address) for net in lesson.networks]
    parts += [f"<p>{html.escape(note)}</p>" for note in lesson.notes]
    if lesson.parent:
        parts += [
            "<h3>What it changed</h3>",
            *(f"<p>{html.escape(said)}</p>" for said in teaching.against_parent(lesson)),
        ]
        parts += [diagram.table(*teaching.changes_table(lesson))] if lesson.changes else []
    if lesson.wrong:
        parts += ["<h3>What goes wrong</h3>", *(_part(zoo, lesson, one) for one in lesson.wrong)]
    if lesson.sources:
        parts += ["<h3>The code</h3>"]
        for source in lesson.sources:
            named = f"<code>{html.escape(source.name)}</code>, {html.escape(source.kind)}"
            parts += [f'<div class="caption">{named}</div>']
            parts += [f'<pre tabindex="0"><code>{html.escape(source.code)}</code></pre>']  # the keyboard scrolls it
    if lesson.paper or lesson.papers:
        linked = (
            f'<a href="{url}">{html.escape(text)}</a>' if url else html.escape(text) for text, url in lesson.papers
        )
        parts += [
            "<h3>The paper</h3>",
            f"<p>{diagram.prose(lesson.paper) if lesson.paper else '<br>'.join(linked)}</p>",
        ]
    return f'<div class="lesson">{"".join(parts)}</div>'


def _part(zoo: Zoo, lesson: Lesson, part: Part) -> str:
    told = diagram.prose(part.text)
    if not part.kind:
        return f"<p>{told}</p>"
    if part.kind == "shares":
        return f'{diagram.shares(*teaching.shares_of(zoo, lesson.key))}<p class="caption">{told}</p>'
    shown = teaching.illustrate(zoo, lesson.key, part)
    if not shown:
        return ""
    alone = len(shown) == 1
    figures = [
        figure(
            drawn_lesson.picture(pictures, len(shown)),
            caption,
            (f"{told}<br>" if alone else "") + html.escape(teaching.short(caption)),
        )
        for caption, pictures in shown
    ]
    return figures[0] if alone else f'<div class="row">{"".join(figures)}</div><p class="caption">{told}</p>'


def walk(zoo: Zoo, data: str, seeds: list[int]) -> str:
    """From the first GAN to the newest, at the same seeds."""
    steps, made = teaching.walk(zoo, data), []
    drawn = zoo.samples([step.key for step in steps], seeds) if steps else {}
    for i, step in enumerate(steps, 1):
        shown = ""
        if step.key in drawn:
            caption = zoo.caption(step.key, seeds)
            sheet = compose.sheet(drawn[step.key], 4, compose.scale_of(drawn[step.key].shape[1], 66))
            shown = figure(sheet, caption, html.escape(caption.partition(" · ")[2]))
        year = f" <small>{step.year}</small>" if step.year else ""
        made.append(
            f"<article>{i}. <b>{html.escape(step.title)}</b>{year}{shown}<p>{diagram.prose(step.text)}</p>"
            f'<a href="{html.escape(page_of(data, step.variant))}">Read its page</a></article>'
        )
    cards = "".join(made) or "<p>None of its steps is in this zoo.</p>"
    return f'<div class="lesson"><p>{teaching.ABOUT_WALK}</p><div class="walk">{cards}</div></div>'


def page_of(data: str, variant: str) -> str:
    """The address of a variant's page."""
    return address("", {VIEW: ["learn"], "data": [dataset_title(data)], "variant": [variant]})


def build(
    zoo: Zoo,
    now: gr.State,
    turn: gr.State,
    open_tab: gr.State,
    seed: Callable,
    plain: Callable[[str], str],
    links,
    **quiet,
) -> None:
    """The contents of the tab. now: the data set; turn: changes when the tab is to be drawn;
    seed: makes a control for a seed; plain: text as Markdown shows it;
    links: bind its controls; quiet: settings of its events."""
    gr.Markdown(teaching.ABOUT)
    view = gr.Radio(VIEWS, value=VIEWS[0], label="Show")
    with gr.Row(equal_height=True) as picker:
        variant = gr.Dropdown(label="Variant", min_width=220)
        with gr.Column(min_width=200):
            before, after = (gr.Button(word, size="sm") for word in ("Previous", "Next"))
    with gr.Row(visible=False) as seeds:
        first = seed("First seed", 0, gr.Number(16, visible=False))
    top, tex, below = gr.HTML(), gr.Markdown(latex_delimiters=LATEX), gr.HTML()
    wanted = gr.State("")
    places = [variant, before, after, picker, seeds, top, tex, below]

    def read(data, tab, what, name, start, link, move=0):
        if tab != TAB or not data:
            return gr.skip()
        names = teaching.names(zoo.catalog().of(data))
        name = next((one for one in (name, teaching.named(names, link), *names) if one in names), None)
        name = (teaching.neighbours(list(names), name)[move > 0] or name) if move and name else name
        made = {picker: gr.Row(visible=what == VIEWS[0]), seeds: gr.Row(visible=what != VIEWS[0]), tex: "", below: ""}
        try:
            if what != VIEWS[0] or not name:
                if start is None:
                    raise ValueError("A seed is a whole number from 0.")
                return {**made, top: walk(zoo, data, check_seeds(range(start, start + 16)))}
            beside = teaching.neighbours(list(names), name)
            made |= {
                variant: gr.Dropdown([(entry.title, one) for one, entry in names.items()], value=name),
            }
            made |= {
                button: gr.Button(f"{word}: {names[to].title}" if to else word, interactive=to is not None)
                for button, word, to in zip((before, after), ("Previous", "Next"), beside, strict=True)
            }
            entry = names[name]
            lesson, sheet = teaching.lesson(zoo, entry.key), _sixteen(zoo, entry.key)
            page = {
                top: head(zoo, lesson, sheet),
                tex: objective(lesson, plain),
                below: rest(zoo, lesson, entry.recipe.size, sheet),
            }
            return {**made, **page}
        except ValueError as error:
            return {**made, top: refusal(error)}

    asked, quiet = [now, open_tab, view, variant, first, wanted], {**quiet, "trigger_mode": "always_last"}
    seen = [turn.change, view.input, variant.input, first.change]
    gr.on(seen, read, asked, places, **quiet)
    for button, move in ((before, -1), (after, 1)):
        button.click(lambda *values, move=move: read(*values, move), asked, places, **quiet)
    links.bind("learn", "lessons", view)
    links.bind("learn", "seed", first)
    links.bind("learn", "variant", variant, reads=False)  # `read` knows which there are
    links.reader("learn", wanted, lambda _, query: (query.get("variant") or [""])[-1])


LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def _sixteen(zoo: Zoo, key: str) -> np.ndarray | None:
    """Pictures of a checkpoint; None where its weights cannot be read, which leaves all that needs none."""
    try:
        return zoo.samples([key], range(16))[key]
    except ValueError:
        return None
