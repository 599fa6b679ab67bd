"""The Gradio front end: tabs over the core. Some tabs have files of their own, the endpoints are in api.py."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import gradio as gr

from demo import (
    gradio_ablation,
    gradio_board,
    gradio_evolution,
    gradio_home,
    gradio_interpolate,
    gradio_learn,
    gradio_links,
    gradio_quiz,
    gradio_zoom,
)
from demo.cards import cards, refusal
from demo.draw import compose, scrubber
from demo.draw import styles as drawn_styles
from demo.draw.cards import STYLE as CARDS
from demo.faces import public, zerogpu
from demo.faces.api import at_most, endpoints
from demo.faces.host import DRAW, FETCH, OPEN, READ, Host
from demo.page import snippets
from demo.zoo import families, hub, inspection, styles
from demo.zoo.entries import CONDITIONAL, STYLE_BASED, Entry, Kind, common_classes
from demo.zoo.seeds import MOST_SEED, check_seeds, read_seeds
from demo.zoo.words import IN_TURN, dataset_title, duration
from demo.zoo.zoo import Zoo

NUMBERS = (1, 4, 9, 16, 36, 64)
"""Of images in Compare"""
KINDS = (CONDITIONAL, STYLE_BASED)
TABS = tuple(view.capitalize() for view in gradio_links.VIEWS)
FAMILIES = 6
"""Buttons that choose variants, at most: all, none, families"""
WITHOUT = (gradio_home.TAB, gradio_board.TAB, gradio_ablation.TAB, gradio_learn.TAB)
"""Tabs on which nobody chooses variants: they show all of them, one, or a family"""
EMPTY = (
    "There is no checkpoint here yet. Train one with python -m train.dcgan --out runs/dcgan, "
    "then open python app.py --checkpoints runs, or add one from the Hub."
)
STYLE = """
button[role=tab].selected { color: #4046c4; }
.dark button[role=tab].selected { color: #9aa0ff; }
#problems:not(:has(.notice)) { display: none; }
.html-container { padding: 0 !important; }
.notice { border: 1px solid var(--border-color-primary); border-radius: .5rem; padding: .6rem .9rem;
          margin-bottom: 1rem; background: var(--background-fill-secondary); overflow-wrap: anywhere; }
.save { width: fit-content; }
.away { display: none !important; }
.groups { gap: .5rem; flex-wrap: wrap; }
.groups button { flex: none !important; width: auto; white-space: nowrap; }
details { margin-bottom: .75rem; }
@media (max-width: 640px) {
  /* The variants in one row to scroll: in many, they would push the tabs off the screen. */
  #variants .wrap { flex-wrap: nowrap; overflow-x: auto; padding-bottom: .4rem; }
  #variants .wrap label { flex: none; }
  /* Tabs in as many lines as they need: Gradio measures a hidden copy, and puts what does not fit into a menu. */
  .tab-wrapper { height: auto !important; }
  .tab-container { flex-wrap: wrap; height: auto !important; }
  .tab-container button { padding: .4rem .35rem !important; font-size: .82rem; height: auto !important; }
  .tab-container.visually-hidden button { max-width: 1px; padding: 0 !important; overflow: hidden; }
}
"""
STEP = f"(seed, by) => Math.min({MOST_SEED}, Math.max(0, (seed || 0) %s (by ?? %d)))"
RANDOM = "() => Math.floor(Math.random() * 100000)"
SAVE = """async (file) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await fetch(file.url)).blob());
  link.download = file.name;
  link.click();
}"""


class Views:
    """What the tabs show, as (entries, captions, pictures); the arguments are the values of the widgets."""

    def __init__(self, zoo: Zoo):
        self.zoo = zoo

    def chosen(self, keys: Sequence[str], kind: Kind | None = None) -> list[Entry]:
        """Entries of the keys, in the zoo's order, or those of a kind among them; a ValueError is a sentence for the
        screen."""
        catalog = self.zoo.catalog(keys)
        entries = [entry for entry in catalog if entry.key in keys]
        if not entries:
            raise ValueError("Choose one variant or more above." if catalog.entries else EMPTY)
        fit = [entry for entry in entries if kind is None or kind.fit(entry)]
        if not fit:
            others = ", ".join(e.title for e in catalog.of(entries[0].dataset) if kind.fit(e))
            raise ValueError(kind.none("chosen variants", f"Choose {others} above." if others else ""))
        return fit

    def following(self, first, number=1) -> list[int]:
        return seeds_from(first, number)

    def seeds(self, number, first, own) -> list[int]:
        """Those that Compare shows: the ones that somebody wrote, else `number` from the first on."""
        return read_seeds(own, NUMBERS[-1]) if (own or "").strip() else seeds_from(first, number)

    def compare(self, keys, number, first, own, label, truncation):
        """A sheet per variant, the real data first."""
        entries, seeds = self.chosen(keys), self.seeds(number, first, own)
        label = None if label == IN_TURN else label
        at_most(len(entries) * len(seeds))
        made = self.zoo.samples([e.key for e in entries], seeds, label, truncation)
        shown: list[Entry | str] = [e for e in entries if e.key in made]
        pictures = list(made.values())
        captions = [self.zoo.caption(key, seeds, label, truncation=truncation) for key in made]
        data, classes = entries[0].dataset, common_classes(entries)
        turn = [classes[s % len(classes)] for s in seeds] if classes and label is None else label
        real = self.zoo.real_samples(data, len(seeds), turn)
        real = self.zoo.real_samples(data, len(seeds)) if real is None else real  # these classes have no real pictures
        if real is not None:
            shown, pictures = ["Real data", *shown], [real, *pictures]
            captions.insert(0, self.zoo.real_caption(data))
        columns = inspection.columns_of(len(seeds))
        tile = compose.tile_pixels(len(pictures), columns)
        return shown, captions, [compose.sheet(p, columns, compose.scale_of(p.shape[1], tile)) for p in pictures]

    def mix(self, keys, number, first, other, label, levels, truncation):
        """A grid per style-based variant: rows and columns of seeds, and their mixtures."""
        entries = self.chosen(keys, STYLE_BASED)
        rows, columns = (seeds_from(seed, number) for seed in (first, other))
        at_most(len(entries) * (number + 1) ** 2)
        made = self.zoo.mix([e.key for e in entries], rows, columns, levels, label, truncation)
        captions = [self.zoo.mix_caption(key, mixed, label, truncation) for key, mixed in made.items()]
        return self._of(made, captions, drawn_styles.grid)

    def truncations(self, keys, number, first, label):
        """A sheet per style-based variant, a row per truncation."""
        entries, seeds = self.chosen(keys, STYLE_BASED), seeds_from(first, number)
        at_most(len(entries) * number * len(styles.STEPS))
        made = self.zoo.truncations([e.key for e in entries], seeds, label)
        return self._of(
            made, [self.zoo.caption(key, seeds, label) for key in made], lambda p: drawn_styles.strip(p, styles.STEPS)
        )

    def _of(self, made, captions, draw):
        """Entries, captions and pictures; a lone one is large."""
        pixels = 84 if len(made) == 1 else 56
        return [self.zoo.entry(key) for key in made], captions, [draw(one, pixels) for one in made.values()]

    def compare_python(self, keys, number, first, own, label, truncation):
        label = None if label == IN_TURN else label
        return snippets.samples(self.zoo, keys_of(self.chosen(keys)), self.seeds(number, first, own), label, truncation)

    def mix_python(self, keys, number, first, other, label, levels, truncation):
        rows, columns = (seeds_from(seed, number) for seed in (first, other))
        return snippets.mix(self.zoo, keys_of(self.chosen(keys, STYLE_BASED)), rows, columns, levels, label, truncation)

    def about(self, keys) -> str:
        """Markdown: what each variant is, and what its checkpoint was trained on."""
        parts = ["## About these variants"] if keys else []
        for f in (self.zoo.facts(entry.key) for entry in self.zoo.catalog(keys) if entry.key in keys):
            trained = [f"{f['dataset_title']} at {f['size']} × {f['size']} pixels"]
            trained += [f"{f['images']:,} images"] if f["images"] is not None else []
            trained += [duration(f["seconds"])] if f["seconds"] is not None else []
            trained += [f["device"]] if f["device"] else []
            parts += [
                f"<details><summary>{html.escape(f['title'])} <small>{f['year'] or ''}</small></summary>",
                plain(f["summary"] or ""),
                f"$${f['objective']}$$" if f["objective"] else "",
                plain(f["paper"] or ""),
                plain(f"Trained on: {', '.join(trained)}."),
                "</details>",
            ]
        return "\n\n".join(parts)


# Values and pictures ----------------------------------------------------------------------------------------


def seeds_from(first: int | None, number: int = 1) -> list[int]:
    if first is None:
        raise ValueError("A seed is a whole number from 0.")
    return check_seeds(range(first, first + number))


def keys_of(entries: Iterable[Entry]) -> list[str]:
    return [entry.key for entry in entries]


def poster(_, captions, sheets) -> bytes:
    return compose.png(compose.panel(captions, sheets))


def notice(problems: Sequence[str]) -> str:
    """Checkpoints that cannot be shown; nothing where all is well."""
    items = "".join(f"<li>{html.escape(problem)}</li>" for problem in problems)
    title = f"{len(problems)} checkpoint{'s' if len(problems) > 1 else ''} cannot be shown"
    return f'<details class="notice"><summary>⚠ {title}</summary><ul>{items}</ul></details>' if problems else ""


def sentences(problems: Sequence[str]) -> str:
    """What is wrong with a wish, in full."""
    items = "".join(f"<div>{html.escape(problem)}</div>" for problem in problems)
    return f'<div class="notice">{items}</div>' if problems else ""


def plain(text: str) -> str:
    """Text that Markdown shows as it is: a checkpoint may come from anyone."""
    return "".join("\\" + c if c in "\\`*_{}[]#|~" else c for c in html.escape(text, quote=False))


# The page ---------------------------------------------------------------------------------------------------


def build(zoo: Zoo) -> Host:
    """The page and the endpoints over a zoo."""
    views, links, pythonic = Views(zoo), gradio_links.Links(), set()

    def options(data, added, chosen=None, link=None):
        """What can be chosen, as the zoo is now: asked when the page opens, for another data set, for a new checkpoint.

        added: names of what this visitor has from the Hub. chosen: keys that stay chosen; None takes what shows the
        breadth. link: what a link says of classes.
        """
        found = zoo.catalog([entry.key for entry in zoo.add(added).entries] if added else ())
        data = data if data in found.datasets else next(iter(found.datasets), None)
        entries, link = found.of(data), link or {}
        titles = [(dataset_title(name), name) for name in found.datasets]
        choices = [(e.title, e.key) for e in entries]
        chosen = [key for _, key in choices if key in (chosen or ())] or [e.key for e in families.breadth(entries)]

        def class_of(name, of, *others):
            classes = common_classes(of)
            said, options = (link.get(f"{name}_{data}") or [""])[-1], [*others, *classes]
            return gr.Dropdown(
                options, value=said if said in options else next(iter(options), None), visible=bool(classes)
            )

        groups = families.groups(entries)[:FAMILIES] if len(entries) > 1 else []
        return {
            dataset: gr.Dropdown(titles, value=data, visible=len(titles) > 1),
            variants: gr.CheckboxGroup(choices, value=chosen, visible=bool(choices)),
            label: class_of("class", entries, IN_TURN),
            one_class: class_of("style_class", [e for e in entries if STYLE_BASED.fit(e)]),
            now: data,
            called: {
                "datasets": {name: title for title, name in titles},
                "titles": {e.variant: e.title for e in entries} | {key: title for title, key in choices},
                "kinds": {kind.name: [e.key for e in entries if kind.fit(e)] for kind in KINDS},
            },
            **{
                button: gr.Button(group[0] if group else "", visible=bool(group))
                for button, group in zip(buttons, [*groups, *[None] * FAMILIES], strict=False)
            },
        }

    def arrived(request: gr.Request):
        """The page opens; the link may say all that the controls can, and name checkpoints on the Hub."""
        query = gradio_links.query_of(request)
        view, found = gradio_links.view_of(query), zoo.add(query.get("hub", []))
        catalog = zoo.catalog([entry.key for entry in found.entries])
        said_data = (query.get("data") or [""])[-1]
        data = next((d for d in catalog.datasets if dataset_title(d) == said_data), next(iter(catalog.datasets), None))
        wanted = query.get(f"{gradio_links.KINDS.get(view, 'variants')}_{data}", ())
        keys = keys_of(e for e in catalog.of(data) if e.title in wanted) or keys_of(families.breadth(catalog.of(data)))
        hub = [entry.hub for entry in found.entries]
        # Home is open as it is: whoever was faster than this answer stays on the tab that he chose.
        shown = {} if view == "home" else {**opened(view.capitalize()), tabs: gr.Tabs(selected=view)}
        return {
            **options(data, hub, keys, query),
            **links.read(view, data, keys, query),
            **shown,
            added: hub,
            said: sentences(found.problems),
        }

    def add(wish, names, data, keys):
        """A checkpoint from the Hub, chosen beside what was chosen before."""
        if not wish.strip():
            return {said: ""}
        found = zoo.add(wish)
        if not found.entries:
            return {said: sentences(found.problems)}
        names = list(dict.fromkeys([*names, *(entry.hub for entry in found.entries)]))[-hub.MOST_NAMES :]
        last, keys = found.entries[-1].dataset, [*keys, *(entry.key for entry in found.entries)]
        keys = keys if last == data else [*[e.key for e in families.breadth(zoo.catalog().of(last))], *keys]
        return {**options(last, names, keys), added: names, said: sentences(found.problems), wished: ""}

    def pick(i, data, names):
        """What the button of a family chooses."""
        found = zoo.catalog([entry.key for entry in zoo.add(names).entries] if names else ())
        groups = families.groups(found.of(data))
        return [entry.key for entry in groups[i][1]] if i < len(groups) else gr.skip()

    def opened(tab):
        """Another tab."""
        seen = True if tab not in WITHOUT else "hidden"  # which keeps what was chosen
        return {
            open_tab: tab,
            visit: time.monotonic_ns(),
            shown_view: tab.lower(),
            picker_place: gr.Column(visible=seen),
            groups_place: gr.Row(elem_classes=["groups"] if seen is True else ["groups", "away"]),
            about: gr.Markdown(visible=seen),
            python: gr.Code(visible=tab in pythonic),
        }

    def react(make, inputs, outputs, tab=None, on=None, opens=True):
        """make(keys, *values) at once: when its tab opens (if it `opens`), and when one of its widgets changes, of
        them only those in `on` where that is given. The browser waits for one answer to a change before it asks for
        the next: what belongs together is one."""

        def draw(shown, keys, *values):
            return gr.skip() if tab and tab != shown else make(keys, *values)

        # What buttons fill too changes without an input.
        filled = gr.Number | gr.Textbox | gr.State
        widgets = [w.change if isinstance(w, filled) else w.input for w in (inputs if on is None else on)]
        begins = [turns[tab].change] if tab else [now.change, news.change, variants.input]
        events = [*(begins if opens else ()), *widgets]
        gr.on(events, draw, [open_tab, variants, *inputs], outputs, trigger_mode="always_last", **hidden, **DRAW)

    def act(event, make, inputs, outputs):
        """make(keys, *values) changes widgets, and draws nothing."""
        event(make, [variants, *inputs], outputs, **hidden)

    def show(tab, ask, inputs, place=None, **when):
        """A view's pictures, in a new place or in one that is there; when: as in `react`."""

        def make(*values):
            try:
                made = cards(zoo, *ask(*values))
            except ValueError as error:
                made = refusal(error)
            return made, notice(zoo.problems(values[0] or ()))

        react(make, inputs, [place or gr.HTML(), problems], tab, **when)

    def save(text, name, ask, inputs):
        """A button whose file is made when it is pressed, and saved by the browser. name: may depend on the values."""
        file = gr.JSON(visible=False)

        def make(*values):
            called = name if isinstance(name, str) else name(*values)
            return {"name": called, "url": compose.data_url(ask(*values), called.rpartition(".")[2])}

        button = gr.Button(text, size="sm", elem_classes="save")
        pressed = button.click(make, [variants, *inputs], file, **hidden, **DRAW)
        pressed.success(None, file, None, js=SAVE)

    def walk(tab, ask, inputs, slider, said, below):
        """The place of a walk under its slider, which begins where it is `said` to stand, and of what is made of it:
        below(walk, *values of the inputs)."""

        def make(keys, *values):
            *values, at = values
            try:
                made = ask(keys, *values)
                shown = scrubber.data(made, scrubber.places(at)), cards(zoo, *below(made, *values))
            except ValueError as error:
                shown = None, refusal(error)
            return *shown, notice(zoo.problems(keys or ()))

        react(make, [*inputs, said], [slider, gr.HTML(), problems], tab, on=inputs)

    def share(tab, ask, inputs):
        """ask(keys, *values) -> the Python that makes the pictures of a tab, which stands in the one place for it."""

        def make(*values):
            try:
                return ask(*values)
            except ValueError:  # what is wrong stands in place of the pictures
                return ""

        pythonic.add(tab)
        react(make, inputs, python, tab)

    def seed(text, value=0, step=None, after="Next"):
        """A seed to type, with buttons for the ones before and after (by `step`) and a random one."""
        with gr.Column(min_width=200), gr.Group():
            number = gr.Number(value, label=text, precision=0)
            with gr.Row():
                for name, way in (("Previous", "-"), (after, "+"), ("Random", "")):
                    js = STEP % (way, step if isinstance(step, int) else 1) if way else RANDOM
                    inputs = [number, step] if isinstance(step, gr.components.Component) else [number]
                    gr.Button(name, size="sm", min_width=40).click(None, inputs, number, js=js)
        return number

    def truncated():
        return gr.Slider(0, 1.5, 1, step=0.05, label="Truncation", info=styles.TRUNCATION, min_width=260, scale=2)

    with Host(title="GANscope", delete_cache=(3600, 3600)) as app:
        gr.Markdown("# GANscope\nSee how GAN architectures differ: the same random numbers go into every network.")
        problems = gr.HTML(elem_id="problems")
        # At each step of an event the browser goes through all components on which some event has ever shown its
        # progress, and copies what is in them: half of the time of an answer. Left out, these are all outputs.
        hidden = {"show_progress": "hidden", "show_progress_on": problems, "api_visibility": "private"}
        # Two states, since a tab may be opened before the data set is known: neither event overwrites the other's.
        now, open_tab = gr.State(""), gr.State(gradio_home.TAB)  # data set; tab: only what is seen is drawn
        news = gr.State(0)  # how often variants were chosen by other means than their boxes
        # What the tab that is open shows. Each has a state of its own: an event that has nothing to do still costs the
        # browser a search for each of its outputs, and all events of all tabs together took most of a minute.
        visit, turns = gr.State(0), {tab: gr.State(None) for tab in TABS}
        # What the browser needs to write a link: the open view, and what the link calls its values.
        shown_view, called = gr.Textbox("home", visible=False), gr.JSON({}, visible=False)
        with gr.Accordion("Link and Python", open=False, render=False) as shared:
            link = gr.Textbox(label="This view", interactive=False, buttons=["copy"], elem_id="link")
            python = gr.Code(
                label="These pictures in Python",
                language="python",
                interactive=False,
                lines=1,
                show_line_numbers=False,
                wrap_lines=True,
                elem_id="python",
            )
        with gr.Row():
            dataset = gr.Dropdown(label="Data set", visible=False, scale=0, min_width=180)
            with gr.Column(min_width=200, visible="hidden") as picker_place:
                variants = gr.CheckboxGroup(label="Variants", elem_id="variants")
                with gr.Row(elem_classes=["groups", "away"]) as groups_place:
                    buttons = [gr.Button(size="sm", visible=False, min_width=40, scale=0) for _ in range(FAMILIES)]
                added = gr.JSON([], visible=False)
                with gr.Accordion("Add from the Hub", open=False):
                    gr.Markdown(hub.HELP)
                    wished = gr.Textbox(
                        label="Repository or collection", placeholder="user/dcgan-mnist@v1", max_lines=1
                    )
                    press = gr.Button("Add", size="sm", elem_classes="save")
                    said = gr.HTML()

        with gr.Tabs() as tabs:
            with gr.Tab(gradio_home.TAB, id="home") as home:
                wall_seed = gradio_home.build(zoo, now, turns[gradio_home.TAB], open_tab, added, seed, share, **hidden)

            with gr.Tab("Compare", id="compare") as compare, gr.Row():
                number = gr.Radio(NUMBERS, value=16, label="Images", min_width=200)
                first = seed("First seed", 0, number)
                own = gr.Textbox(
                    label="Seeds of your own", info="For number and first seed", placeholder="3, 8, 100", min_width=200
                )
                label = gr.Dropdown([IN_TURN], label="Class", info="Of the conditional variants", min_width=160)
                truncation = truncated()
            with compare:
                asked, grids = [number, first, own, label, truncation], gradio_zoom.grids()
                show("Compare", views.compare, asked, place=grids)
                save("Download as PNG", "compare.png", lambda *v: poster(*views.compare(*v)), asked)
                look = gradio_zoom.build(views, react, "Compare", grids, asked[:3], asked[3:], **hidden, **DRAW)
                share("Compare", views.compare_python, asked)

            with gr.Tab(gradio_quiz.TAB, id="quiz") as quiz:
                links.bind(
                    "quiz",
                    "quiz",
                    gradio_quiz.build(views, variants, turns[gradio_quiz.TAB], open_tab, seed, **hidden, **DRAW),
                )

            with gr.Tab(gradio_interpolate.SEEDS, id="interpolate") as interpolate:
                gradio_interpolate.interpolate(views, act, react, walk, save, share, links)

            with gr.Tab(gradio_interpolate.CLASSES, id="classes") as classes:
                gradio_interpolate.classes(views, act, react, walk, save, share, links, seed)

            with gr.Tab("Styles", id="styles") as styled:
                gr.Markdown(styles.MIXING)
                with gr.Row():
                    grid = gr.Slider(2, 8, 4, step=1, label="Seeds", min_width=160)
                    rows = seed("Rows from seed", 0, grid)
                    others = seed("Columns from seed", 100, grid)
                    one_class = gr.Dropdown(label="Class", min_width=160)
                    levels = gr.Radio(
                        styles.LEVELS, value=styles.LEVELS[0], label="Levels from the columns", min_width=200
                    )
                    psi = truncated()
                mixture, mixed = [grid, rows, others, one_class, levels, psi], gr.HTML()
                save("Download the grid as PNG", "styles.png", lambda *v: poster(*views.mix(*v)), mixture)
                gr.Markdown(f"## Truncation\n{styles.OUTWARDS}")
                strips = gr.HTML()

                def both(keys, *values):
                    """The mixtures and the truncations."""
                    number, first, _, label, *_ = values
                    try:
                        made = [views.mix(keys, *values), views.truncations(keys, number, first, label)]
                        shown = [cards(zoo, *one) for one in made]
                    except ValueError as error:
                        shown = [refusal(error), ""]
                    return *shown, notice(zoo.problems(keys or ()))

                react(both, mixture, [mixed, strips, problems], "Styles", on=[grid, rows, one_class])
                show("Styles", views.mix, mixture, place=mixed, on=[others, levels, psi], opens=False)
                share("Styles", views.mix_python, mixture)

            with gr.Tab(gradio_evolution.TAB, id="evolution") as evolution:
                gradio_evolution.build(views, react, show, save, share, links)

            with gr.Tab(gradio_board.TAB, id="leaderboard") as leaderboard:
                gradio_board.build(zoo, now, turns[gradio_board.TAB], open_tab, links, **hidden, **READ)

            with gr.Tab(gradio_ablation.TAB, id="ablation") as ablation:
                gradio_ablation.build(
                    zoo, now, turns[gradio_ablation.TAB], open_tab, seed, share, links, **hidden, **DRAW
                )

            with gr.Tab(gradio_learn.TAB, id="learn") as lessons:
                gradio_learn.build(zoo, now, turns[gradio_learn.TAB], open_tab, seed, plain, links, **hidden, **DRAW)

        shared.render()
        about = gr.Markdown(visible=False, latex_delimiters=[{"left": "$$", "right": "$$", "display": True}])
        react(views.about, [], about)
        chosen = [dataset, variants, label, one_class, now, called, *buttons]
        place = [open_tab, visit, shown_view, picker_place, groups_place, about, python]

        for view, name, control in (
            ("home", "seed", wall_seed), ("compare", "seed", first), ("compare", "seeds", own),
            ("compare", "look", look), ("compare", "images", number), ("compare", "truncation", truncation),
            ("styles", "seed", rows), ("styles", "grid", grid), ("styles", "column_seed", others),
            ("styles", "levels", levels), ("styles", "truncation", psi),
        ):  # fmt: skip
            links.bind(view, name, control)
        for view, name, control in (("compare", "class", label), ("styles", "style_class", one_class)):
            links.bind(view, f"{name}_{{data}}", control, reads=False)  # `options` reads them

        def turned(tab, *state):
            return {turns[tab]: state}  # the same twice is no change

        events = [visit.change, now.change, news.change, variants.input]
        state = [open_tab, visit, now, news, variants]
        gr.on(events, turned, state, list(turns.values()), trigger_mode="always_last", **hidden)

        everything = list(dict.fromkeys([*chosen, *place, *links.filled, tabs, added, said]))
        app.load(arrived, None, everything, **hidden, **OPEN)
        dataset.input(options, [dataset, added], chosen, **hidden)
        for i, button in enumerate(buttons):
            picked = button.click(partial(pick, i), [dataset, added], variants, **hidden)
            picked.then(lambda n: n + 1, news, news, **hidden)
        wish = gr.on(
            [press.click, wished.submit], add, [wished, added, dataset, variants], [*chosen, added, said, wished],
            show_progress="minimal", show_progress_on=said, api_visibility="private", **FETCH,
        )  # fmt: skip
        # Drawn only now: the page has to know first what is chosen.
        wish.then(lambda n: n + 1, news, news, **hidden)
        for tab in (home, compare, quiz, interpolate, classes, styled, evolution, leaderboard, ablation, lessons):
            tab.select(partial(opened, tab.label), None, place, **hidden)
        said_in_link = [shown_view, dataset, variants, added, called, *links.controls]
        gr.on([one.change for one in said_in_link], None, said_in_link, link, js=links.js, **hidden)
        endpoints(zoo)
    return app.queue()


def launch(checkpoints: Path, port: int | None) -> None:
    """Serve the page until it is interrupted. No font and no script comes from another server."""
    zerogpu.register()
    theme = gr.themes.Default(primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["monospace"]).set(
        body_text_color_subdued="*neutral_600",  # its own greys and blues are below a contrast of 4.5
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color="*primary_700",
        link_text_color_hover="*primary_800",
        link_text_color_visited="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_hover_dark="*primary_200",
        link_text_color_visited_dark="*primary_300",
    )
    own = (gradio_home, gradio_zoom, gradio_quiz, gradio_evolution, gradio_board, gradio_ablation, gradio_learn)
    app, css = build(Zoo(checkpoints)), STYLE + CARDS + "".join(tab.STYLE for tab in own)
    served = {"theme": theme, "css": css, "ssr_mode": False, "footer_links": ["api"]}
    try:
        public.serve(app, server_port=port, app_kwargs={"routes": gradio_links.routes()}, **served)
    except (OSError, ValueError) as error:  # a taken port; a machine that cannot reach itself
        print(f"GANscope cannot start: {str(error).partition('. ')[0]}.", file=sys.stderr)
        sys.exit(2)
