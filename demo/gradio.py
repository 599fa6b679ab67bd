"""The Gradio front end: tabs over the core. Some tabs have files of their own, the endpoints are in api.py."""

from __future__ import annotations

import html
import math
import secrets
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import gradio as gr
import numpy as np

from demo import (
    compose,
    core,
    gradio_ablation,
    gradio_board,
    gradio_evolution,
    gradio_public,
    shelf,
    styles,
    zerogpu,
)
from demo.api import FETCH, MOST, WORK, animation, at_most, endpoints, one_sentence
from demo.core import Entry, Kind, Zoo

AT_ONCE = 8
"""Variants that are chosen at the start"""
FRAMES, STRIP = 24, 11
"""Pictures of an animation, one way, and of a film strip"""
NUMBERS = (1, 4, 9, 16, 36, 64)
"""Of images in Compare"""
IN_TURN, BY_SEED, SAME = "all in turn", "of the first seed", "stays the same"
EMPTY = (
    "There is no checkpoint here yet. Train one with python -m train.dcgan --out runs/dcgan, "
    "then open python app.py --checkpoints runs, or add one from the Hub."
)
STYLE = """
#problems:not(:has(.notice)) { display: none; }
.html-container { padding: 0 !important; }
.cards { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; margin-bottom: 1rem; }
.cards figure { margin: 0; max-width: 100%; overflow-wrap: anywhere; }
.cards img { display: block; height: auto; max-width: 100%; margin: .25rem 0; image-rendering: pixelated; }
.cards figcaption, .cards small { opacity: .75; font-size: .8rem; line-height: 1.35; }
.notice { border: 1px solid var(--border-color-primary); border-radius: .5rem; padding: .6rem .9rem;
          margin-bottom: 1rem; background: var(--background-fill-secondary); overflow-wrap: anywhere; }
.save { width: fit-content; }
details { margin-bottom: .75rem; }
@media (max-width: 640px) {  /* a phone: two pictures beside each other, wide ones as wide as the screen */
  .cards { gap: .9rem; }
  .cards figure { width: calc(50% - .45rem) !important; }
  .cards figure.wide, .cards figure:only-child { width: 100% !important; }
  .cards small { display: none; }
  /* Tabs in as many lines as they need: Gradio measures a hidden copy, and puts what does not fit into a menu. */
  .tab-wrapper { height: auto !important; }
  .tab-container { flex-wrap: wrap; height: auto !important; }
  .tab-container button { padding: .4rem .35rem !important; font-size: .82rem; height: auto !important; }
  .tab-container.visually-hidden button { max-width: 1px; padding: 0 !important; overflow: hidden; }
}
"""
STEP = f"(seed, by = 1) => Math.min({core.MOST_SEED}, Math.max(0, (seed || 0) %s by))"
RANDOM = "() => Math.floor(Math.random() * 100000)"
LINK = """(names) => {
  const here = new URL(location);
  here.searchParams.delete("hub");
  names.forEach((name) => here.searchParams.append("hub", name));
  history.replaceState(history.state, "", here);
}"""
"""Keeps what a visitor has added in the address"""
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

    def compare(self, keys, number, first, label, truncation):
        """A sheet per variant, the real data first."""
        entries, seeds, label = self.chosen(keys), seeds_from(first, number), None if label == IN_TURN else label
        at_most(len(entries) * number)
        made = self.zoo.samples([e.key for e in entries], seeds, label, truncation)
        shown: list[Entry | str] = [e for e in entries if e.key in made]
        pictures = list(made.values())
        captions = [self.zoo.caption(key, seeds, label, truncation=truncation) for key in made]
        data, classes = entries[0].dataset, core.common_classes(entries)
        turn = [classes[s % len(classes)] for s in seeds] if classes and label is None else label
        real = self.zoo.real_samples(data, number, turn)
        real = self.zoo.real_samples(data, number) if real is None else real  # these classes have no real pictures
        if real is not None:
            shown, pictures = ["Real data", *shown], [real, *pictures]
            captions.insert(0, self.zoo.real_caption(data))
        columns = math.isqrt(number)
        tile = compose.tile_pixels(len(pictures), columns)
        return shown, captions, [compose.sheet(p, columns, compose.scale_of(p.shape[1], tile)) for p in pictures]

    def grid(self, keys, number, first):
        """A sheet per conditional variant, a row per class."""
        entries, seeds = self.chosen(keys, core.CONDITIONAL), seeds_from(first, number)
        at_most(sum(len(e.classes) for e in entries) * number)
        sound = self.zoo.samples([e.key for e in entries], seeds[:1])  # a damaged one does not hide the others
        entries, sheets = [e for e in entries if e.key in sound], []
        for e in entries:
            scale = compose.scale_of(e.recipe.size, 56 if len(entries) < 3 else 42)
            sheets.append(compose.sheet(self.zoo.class_grid(e.key, seeds), number, scale, row_names=e.classes))
        return entries, [self.zoo.caption(e.key, seeds, unlabelled="a row per class") for e in entries], sheets

    def mix(self, keys, number, first, other, label, levels, truncation):
        """A grid per style-based variant: rows and columns of seeds, and their mixtures."""
        entries = self.chosen(keys, core.STYLE_BASED)
        rows, columns = (seeds_from(seed, number) for seed in (first, other))
        at_most(len(entries) * (number + 1) ** 2)
        made = self.zoo.mix([e.key for e in entries], rows, columns, levels, label, truncation)
        captions = [self.zoo.mix_caption(key, mixed, label, truncation) for key, mixed in made.items()]
        return self._of(made, captions, styles.grid)

    def truncations(self, keys, number, first, label):
        """A sheet per style-based variant, a row per truncation."""
        entries, seeds = self.chosen(keys, core.STYLE_BASED), seeds_from(first, number)
        at_most(len(entries) * number * len(styles.STEPS))
        made = self.zoo.truncations([e.key for e in entries], seeds, label)
        return self._of(made, [self.zoo.caption(key, seeds, label) for key in made], styles.strip)

    def _of(self, made, captions, draw):
        """Entries, captions and pictures; a lone one is large."""
        pixels = 84 if len(made) == 1 else 56
        return [self.zoo.entry(key) for key in made], captions, [draw(one, pixels) for one in made.values()]

    def seed_path(self, keys, first, last, how, start, end, **where):
        """Paths [T, H, W, C] from seed to seed; where: steps=T, or at=position."""
        entries, seeds = self.chosen(keys), [*seeds_from(first), *seeds_from(last)]
        if classes := core.common_classes(entries):
            start = classes[seeds[0] % len(classes)] if start == BY_SEED else start
        return self._path(entries, seeds, [start, start if end == SAME else end] if classes else [], how, **where)

    def class_path(self, keys, first, start, end, **where):
        """Paths [T, H, W, C] from class to class at one seed."""
        return self._path(self.chosen(keys, core.CONDITIONAL), seeds_from(first) * 2, [start, end], **where)

    def _path(self, entries, seeds, labels, how="slerp", at=None, steps=None):
        steps = steps and max(2, min(steps, MOST // len(entries)))
        made = self.zoo.interpolate([e.key for e in entries], seeds, at, steps, how, labels or None)
        captions = [self.zoo.path_caption(key, seeds, labels or None) for key in made]
        return [e for e in entries if e.key in made], captions, list(made.values())

    def about(self, keys) -> str:
        """Markdown: what each variant is, and what its checkpoint was trained on."""
        parts = ["### About these variants"] if keys else []
        for f in (self.zoo.facts(entry.key) for entry in self.zoo.catalog(keys) if entry.key in keys):
            trained = [f"{f['dataset_title']} at {f['size']} × {f['size']} pixels"]
            trained += [f"{f['images']:,} images"] if f["images"] is not None else []
            trained += [core.duration(f["seconds"])] if f["seconds"] is not None else []
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
    return core.check_seeds(range(first, first + number))


def cards(entries: Sequence[Entry | str], captions: Sequence[str], sheets: Sequence[np.ndarray]) -> str:
    """Sheets uint8 [H, W] or [H, W, C] side by side, each under its title and with its caption, as HTML.

    entries: a str is the title of what is no checkpoint (the real data).
    """
    figures = []
    for entry, caption, sheet in zip(entries, captions, sheets, strict=True):
        title, year = (entry, 0) if isinstance(entry, str) else (entry.title, entry.recipe.year)
        width = sheet.shape[1]
        figures.append(
            f'<figure style="width:{max(width, 168)}px" class="{"wide" if width > 340 or len(sheet) > width else ""}">'
            f"<b>{html.escape(title)}</b> <small>{year or ''}</small>"
            f'<img src="{compose.data_url(compose.png(sheet), "png")}" alt="{html.escape(caption)}">'
            f"<figcaption>{html.escape(caption.removeprefix(f'{title} · '))}</figcaption></figure>"
        )
    return f'<div class="cards">{"".join(figures)}</div>'


def film(entries, captions, paths):
    """The pictures of a path beside each other; a lone one is large."""
    sheets = [compose.sheet(p, len(p), compose.scale_of(p.shape[1], 84 if len(p) > 1 else 168)) for p in paths]
    return entries, captions, sheets


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


def build(zoo: Zoo) -> gr.Blocks:
    """The page and the endpoints over a zoo."""
    views, hidden = Views(zoo), {"show_progress": "hidden", "api_visibility": "private"}

    def options(data, added, chosen=None):
        """What can be chosen, as the zoo is now: asked when the page opens, for another data set, for a new checkpoint.

        added: names of what this visitor has from the Hub. chosen: keys that stay chosen; None takes the first ones.
        """
        found = zoo.catalog([entry.key for entry in zoo.add(added).entries] if added else ())
        data = data if data in found.datasets else next(iter(found.datasets), None)
        titles = [(core.dataset_title(name), name) for name in found.datasets]
        choices, names = [(e.title, e.key) for e in found.of(data)], core.common_classes(found.of(data))
        chosen = [key for _, key in choices if key in chosen] if chosen else [key for _, key in choices[:AT_ONCE]]
        ends = (names[min(3, len(names) - 2)], names[min(8, len(names) - 1)]) if len(names) > 1 else (None, None)
        return {
            dataset: gr.Dropdown(titles, value=data, visible=len(titles) > 1),
            variants: gr.CheckboxGroup(choices, value=chosen, visible=bool(choices)),
            label: gr.Dropdown([IN_TURN, *names], value=IN_TURN, visible=bool(names)),
            start: gr.Dropdown([BY_SEED, *names], value=BY_SEED, visible=bool(names)),
            end: gr.Dropdown([SAME, *names], value=SAME, visible=bool(names)),
            from_class: gr.Dropdown(names, value=ends[0]),
            to_class: gr.Dropdown(names, value=ends[1]),
            one_class: gr.Dropdown(names, value=next(iter(names), None), visible=bool(names)),
            now: data,
        }

    def arrived(data, request: gr.Request):
        """The page opens; the link may name checkpoints on the Hub."""
        found = zoo.add(request.query_params.getlist("hub"))
        names = [entry.hub for entry in found.entries]
        return {**options(data, names), added: names, said: sentences(found.problems)}

    def add(wish, names, data, keys):
        """A checkpoint from the Hub, chosen beside what was chosen before."""
        if not wish.strip():
            return {said: ""}
        found = zoo.add(wish)
        if not found.entries:
            return {said: sentences(found.problems)}
        names = list(dict.fromkeys([*names, *(entry.hub for entry in found.entries)]))[-shelf.MOST_NAMES :]
        last, keys = found.entries[-1].dataset, [*keys, *(entry.key for entry in found.entries)]
        keys = keys if last == data else [*[e.key for e in zoo.catalog().of(last)][:AT_ONCE], *keys]
        return {**options(last, names, keys), added: names, said: sentences(found.problems), wished: ""}

    def opened(tab):
        """Another tab: nobody chooses variants on the leaderboard, which is of all, nor where a family is shown."""
        seen = True if tab not in (gradio_board.TAB, gradio_ablation.TAB) else "hidden"  # which keeps what was chosen
        return tab, gr.Column(visible=seen), gr.Markdown(visible=seen)

    def react(make, inputs, outputs, tab=None):
        """make(keys, *values) at once: when its tab opens, and when one of its widgets changes."""

        def draw(shown, keys, *values):
            return gr.skip() if tab and tab != shown else make(keys, *values)

        widgets = [w.change if isinstance(w, gr.Number) else w.input for w in inputs]
        gr.on(
            [due.setdefault(tab, gr.State()).change, *widgets],
            draw,
            [open_tab, variants, *inputs],
            outputs,
            trigger_mode="always_last",
            **hidden,
            **WORK,
        )

    def call(shown):
        """Only the views of the open tab are asked to draw: a question waits in the queue even if nobody sees it."""
        return {due[tab]: secrets.token_hex(8) for tab in (shown, None) if tab in due}

    def show(tab, ask, inputs, quiet=False):
        """The place of a view's pictures; quiet: another place says what is wrong."""

        def make(*values):
            try:
                made = cards(*ask(*values))
            except ValueError as error:
                made = "" if quiet else f'<div class="notice">{html.escape(str(error))}</div>'
            return made, notice(zoo.problems(values[0] or ()))

        react(make, inputs, [gr.HTML(), problems], tab)

    def save(text, name, ask, inputs):
        """A button whose file is made when it is pressed, and saved by the browser."""
        file = gr.JSON(visible=False)

        def make(*values):
            return {"name": name, "url": compose.data_url(ask(*values), name[-3:])}

        button = gr.Button(text, size="sm", elem_classes="save")
        pressed = button.click(one_sentence(make), [variants, *inputs], file, **hidden, **WORK)
        pressed.success(None, file, None, js=SAVE)

    def walk(tab, path, inputs, at):
        """A path: its picture at the position `at`, an animation to save, the film strips."""
        show(tab, lambda *v: film(*path(*v[:-1], at=v[-1])), [*inputs, at], quiet=True)
        gif = "Download the animation as GIF", f"{tab.lower()}.gif"
        save(*gif, lambda *v: animation(*path(*v, steps=FRAMES)), inputs)
        show(tab, lambda *v: film(*path(*v, steps=STRIP)), inputs, quiet=tab == "Classes")

    def seed(text, value=0, step=None):
        """A seed to type, with buttons for the ones before and after (by `step`) and a random one."""
        with gr.Column(min_width=200), gr.Group():
            number = gr.Number(value, label=text, precision=0)
            with gr.Row():
                for name, js in (("Previous", STEP % "-"), ("Next", STEP % "+"), ("Random", RANDOM)):
                    inputs = [number, step] if step else [number]
                    gr.Button(name, size="sm", min_width=40).click(None, inputs, number, js=js)
        return number

    def truncated():
        return gr.Slider(0, 1.5, 1, step=0.05, label="Truncation", info=styles.TRUNCATION, min_width=260)

    with gr.Blocks(title="GANscope", delete_cache=(3600, 3600)) as app:
        gr.Markdown("# GANscope\nSee how GAN architectures differ: the same random numbers go into every network.")
        problems = gr.HTML(elem_id="problems")
        # Two states, since a tab may be opened before the data set is known: neither event overwrites the other's.
        now, open_tab = gr.State(""), gr.State("Compare")  # data set; tab: only what is seen is drawn
        news = gr.State(0)  # how often something was added from the Hub
        due = {}  # tab, or None for what is below all tabs -> the state whose change makes its views draw
        with gr.Row():
            dataset = gr.Dropdown(label="Data set", visible=False, scale=0, min_width=180)
            with gr.Column(min_width=200) as picker:
                variants = gr.CheckboxGroup(label="Variants")
                added = gr.JSON([], visible=False)
                with gr.Accordion("Add from the Hub", open=False):
                    gr.Markdown(shelf.HELP)
                    wished = gr.Textbox(
                        label="Repository or collection", placeholder="user/dcgan-mnist@v1", max_lines=1
                    )
                    press = gr.Button("Add", size="sm", elem_classes="save")
                    said = gr.HTML()

        with gr.Tab("Compare") as compare, gr.Row():
            number = gr.Radio(NUMBERS, value=16, label="Images", min_width=200)
            first = seed("First seed", 0, number)
            label = gr.Dropdown([IN_TURN], label="Class", info="Of the conditional variants", min_width=160)
            truncation = truncated()
        with compare:
            asked = [number, first, label, truncation]
            show("Compare", views.compare, asked)
            save("Download as PNG", "compare.png", lambda *v: poster(*views.compare(*v)), asked)

        with gr.Tab("Interpolate") as interpolate:
            gr.Markdown("Two seeds are two points in the latent space. Every variant walks from one to the other.")
            with gr.Row():
                a, b = seed("From seed", 0), seed("To seed", 7)
                how = gr.Radio(["slerp", "lerp"], value="slerp", label="Path", info="Arc or straight", min_width=160)
                start = gr.Dropdown([BY_SEED], label="Class at the start", min_width=200)
                end = gr.Dropdown([SAME], label="Class at the end", min_width=200)
            at = gr.Slider(0, 1, 0.5, step=0.02, label="Position between the two seeds")
            walk("Interpolate", views.seed_path, [a, b, how, start, end], at)

        with gr.Tab("Classes") as classes:
            gr.Markdown("A conditional variant is told what to draw. Down a column the seed stays, the class changes.")
            with gr.Row():
                columns = gr.Slider(1, 12, 6, step=1, label="Seeds", min_width=160)
                row = seed("First seed", 0, columns)
            show("Classes", views.grid, [columns, row])
            save("Download the grid as PNG", "classes.png", lambda *v: poster(*views.grid(*v)), [columns, row])
            gr.Markdown("### From class to class")
            with gr.Row():
                from_class = gr.Dropdown(label="From class", min_width=160)
                to_class = gr.Dropdown(label="To class", min_width=160)
                to = gr.Slider(0, 1, 0.5, step=0.02, label="Position between the two classes", min_width=200)
            walk("Classes", views.class_path, [row, from_class, to_class], to)

        with gr.Tab("Styles") as styled:
            gr.Markdown(styles.MIXING)
            with gr.Row():
                grid = gr.Slider(2, 8, 5, step=1, label="Seeds", min_width=160)
                rows = seed("Rows from seed", 0, grid)
                others = seed("Columns from seed", 100, grid)
                one_class = gr.Dropdown(label="Class", min_width=160)
                levels = gr.Radio(styles.LEVELS, value=styles.LEVELS[0], label="Levels from the columns", min_width=200)
                psi = truncated()
            mixture = [grid, rows, others, one_class, levels, psi]
            show("Styles", views.mix, mixture)
            save("Download the grid as PNG", "styles.png", lambda *v: poster(*views.mix(*v)), mixture)
            gr.Markdown(f"### Truncation\n{styles.OUTWARDS}")
            show("Styles", views.truncations, [*mixture[:2], one_class], quiet=True)

        with gr.Tab(gradio_evolution.TAB) as evolution:
            gradio_evolution.build(views, react, show, save)

        with gr.Tab(gradio_board.TAB) as leaderboard:
            due[gradio_board.TAB] = gr.State()
            gradio_board.build(zoo, now, open_tab, due[gradio_board.TAB], **hidden, **WORK)

        with gr.Tab(gradio_ablation.TAB) as ablation:
            due[gradio_ablation.TAB] = gr.State()
            gradio_ablation.build(zoo, now, open_tab, due[gradio_ablation.TAB], seed, **hidden, **WORK)

        about = gr.Markdown(latex_delimiters=[{"left": "$$", "right": "$$", "display": True}])
        react(views.about, [], about)
        calls = [now.change, open_tab.change, news.change, variants.input]
        gr.on(calls, call, open_tab, list(due.values()), trigger_mode="always_last", concurrency_limit=None, **hidden)
        chosen = [dataset, variants, label, start, end, from_class, to_class, one_class, now]
        app.load(arrived, dataset, [*chosen, added, said], concurrency_limit=None, **hidden)
        dataset.input(options, [dataset, added], chosen, **hidden)
        wish = gr.on(
            [press.click, wished.submit], add, [wished, added, dataset, variants], [*chosen, added, said, wished],
            show_progress="minimal", show_progress_on=said, api_visibility="private", **FETCH,
        )  # fmt: skip
        # Drawn only now: the page has to know first what is chosen.
        wish.then(lambda n: n + 1, news, news, **hidden).then(None, added, None, js=LINK)
        for tab in (compare, interpolate, classes, styled, evolution, leaderboard, ablation):
            tab.select(partial(opened, tab.label), None, [open_tab, picker, about], **hidden)
        endpoints(zoo)
    return app.queue(max_size=gradio_public.QUEUE)


def launch(checkpoints: Path, port: int | None) -> None:
    """Serve the page until it is interrupted. No font and no script comes from another server."""
    zerogpu.register()
    theme = gr.themes.Default(primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["monospace"])
    app, css = build(Zoo(checkpoints)), STYLE + gradio_evolution.STYLE + gradio_board.STYLE + gradio_ablation.STYLE
    try:
        gradio_public.serve(app, server_port=port, theme=theme, css=css, ssr_mode=False, footer_links=["api"])
    except OSError as error:  # a taken port
        print(f"GANscope cannot start: {str(error).partition('. ')[0]}.", file=sys.stderr)
        sys.exit(2)
