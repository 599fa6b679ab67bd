"""The tabs Interpolate and Classes of the Gradio front end: walks through the latent space."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr

from demo.draw import compose, scrubber
from demo.draw import walk as drawn
from demo.draw.walk import class_sheets, sheets, strips
from demo.gradio_links import Links
from demo.page import snippets
from demo.zoo import walks
from demo.zoo.entries import CONDITIONAL, common_classes
from demo.zoo.walks import KeyFrame, Walk

SEEDS, CLASSES = "Interpolate", "Classes"
"""The tabs"""
ON_LOAD = f"""{scrubber.JS}
const draw = () => {{
  const walk = props.value && props.value.figures ? props.value : null;
  element.style.display = walk ? "" : "none";
  if (walk) scrubber(element.querySelector(".scrub"), walk, (at) => {{
    const said = document.querySelector(`#${{element.querySelector(".scrub").dataset.said}} :is(input, textarea)`);
    said.value = at.join(" ");
    said.dispatchEvent(new Event("input", {{bubbles: true}}));
  }});
}};
watch("value", draw);
draw();
"""


def slider(tab: str, links: Links) -> tuple[gr.HTML, gr.Textbox]:
    """The place of a walk, as `scrubber.data` describes it; None shows nothing. Where it stands, once the hand rests,
    as it is in the tab's links: none of its pictures depends on it."""
    said = gr.Textbox(visible="hidden", elem_id=f"{tab.lower()}-at", label="Position")
    links.bind(tab.lower(), "at", said)
    template = f'<div class="scrub" data-said="{said.elem_id}"></div>'
    return gr.HTML(html_template=template, css_template=scrubber.CSS, js_on_load=ON_LOAD), said


def key_frames(
    views, act: Callable, react: Callable, tab: str, label: str, first: str, help: str, fixed=False, told=True
):
    """Key frames to type, and buttons that change one of them: the text box.

    fixed: none is added or removed. told: each may have a class.
    """
    text = gr.Textbox(first, label=label, info=help.format(name="3"), max_lines=1)

    def read(keys, text) -> tuple[list[str], list[KeyFrame]]:
        """Names of classes, key frames; none where the text is wrong, which stands in place of the pictures."""
        try:
            names = common_classes(views.chosen(keys)) if told else []
            return names, walks.parse(text, names)
        except ValueError:
            return [], []

    def seen(keys, text, one):
        names, frames = read(keys, text)
        one = min(one or 0, max(len(frames) - 1, 0))
        label, before = frames[one].label if frames else "", walks.BEFORE if one else walks.BY_SEED
        return (
            gr.Radio(
                [(frame.text, i) for i, frame in enumerate(frames)],
                value=one if frames else None,  # Gradio refuses every event that reads a value which is no choice
                visible=bool(frames),
            ),
            gr.Dropdown([before, *names], value=label or before, visible=bool(names)),
        )

    def changed(change: Callable[..., list[KeyFrame]], least=0, most=walks.MOST_KEYS, at=True):
        """What a button does to the text, where there are enough key frames, and not too many, for it."""

        def make(keys, text, one):
            names, frames = read(keys, text)
            if not (frames and least < len(frames) <= most):
                return text
            return walks.write(change(frames, min(one or 0, len(frames) - 1)) if at else change(frames), names)

        return make

    def told_class(keys, text, one, name):
        label = "" if name in (walks.BEFORE, walks.BY_SEED) else name
        return changed(lambda frames, i: walks.labelled(frames, i, label))(keys, text, one)

    with gr.Row(equal_height=False):
        one = gr.Radio([], label="Change one", min_width=200)
        its_class = gr.Dropdown([walks.BY_SEED], label="Its class", min_width=140, visible=told)
        with gr.Column(min_width=200):
            buttons = [("Random seed", changed(walks.reseeded))]
            if not fixed:
                buttons += [
                    ("Remove", changed(walks.removed, least=2)),
                    ("Add", changed(walks.added, most=walks.MOST_KEYS - 1, at=False)),
                ]
            with gr.Row():
                for name, make in buttons:
                    act(gr.Button(name, size="sm", min_width=40).click, make, [text, one], text)
    act(its_class.input, told_class, [text, one, its_class], text)
    react(seen, [text, one], [one, its_class], tab)
    return text


def film(save: Callable, name: str, ask: Callable[..., Walk], inputs: list, links: Links) -> None:
    """A film to save. ask(keys, *values, per=n): the walk, with n pictures from one key frame to the next."""
    with gr.Row(equal_height=False):
        kind = gr.Radio([("GIF", "gif"), ("WebP", "webp"), ("MP4", "mp4")], value="gif", label="Format", min_width=180)
        seconds = gr.Radio(walks.SECONDS, value=1.0, label="Seconds per step", min_width=220)
        size = gr.Radio(list(walks.SIZES), value="medium", label="Size", min_width=220)

    for called, control in (("film", kind), ("seconds", seconds), ("size", size)):
        links.bind(name, called, control)

    def make(*values) -> bytes:
        *values, kind, seconds, size = values
        return drawn.film(ask(*values, per=round(walks.FPS * seconds)), kind, seconds, walks.SIZES[size])

    save("Download the film", lambda *values: f"{name}.{values[-3]}", make, [*inputs, kind, seconds, size])


def interpolate(
    views, act: Callable, react: Callable, walk: Callable, save: Callable, share: Callable, links: Links
) -> None:
    """The contents of the tab. views, act, react, walk, save, share: as demo/gradio.py has them. links: binds its
    controls."""
    zoo = views.zoo
    gr.Markdown(
        "Each seed is a point in the latent space. Every variant goes the same way from one to the next: a good "
        "generator changes smoothly and passes through believable pictures."
    )
    view = gr.Radio([walks.PATH, walks.MAP], value=walks.PATH, label="View", info=walks.SEEDS_HELP)
    with gr.Column() as of_path:
        keys = key_frames(views, act, react, SEEDS, "Key frames", "0, 7, 23", walks.KEYS_HELP)
    with gr.Column(visible=False) as of_map:
        corners = key_frames(views, act, react, SEEDS, "Corners", "0, 7, 23, 42", walks.CORNERS_HELP, fixed=True)
    with gr.Row():
        how = gr.Radio(["slerp", "lerp"], value="slerp", label="Path", info=walks.HOW_HELP, min_width=200)
        loop = gr.Checkbox(True, label="Loop", info="From the last key frame back to the first.", min_width=160)
        side = gr.Radio(walks.SIDES, value=8, label="Pictures along a side", visible=False, min_width=200)

    def path(chosen, view, keys, corners, how, loop, side, per=None) -> Walk:
        entries = views.chosen(chosen)
        names = common_classes(entries)
        if view == walks.MAP:
            return walks.over_a_map(zoo, entries, walks.parse(corners, names), side, how)
        return walks.through_seeds(zoo, entries, walks.parse(keys, names), how, loop, per)

    def below(walk: Walk, *_):
        """The film strips; a map has none."""
        return (walk.entries, walk.captions, strips(walk)) if len(walk.axes) == 1 else ((), (), ())

    asked = [view, keys, corners, how, loop, side]
    moving, said = slider(SEEDS, links)
    with gr.Column() as saved:
        film(save, "interpolate", path, asked, links)
        gr.Markdown("## The whole way")
    with gr.Column(visible=False) as mapped:
        save("Download the maps as PNG", "maps.png", lambda *v: poster(made := path(*v), sheets(made)), asked)
    walk(SEEDS, path, asked, moving, said, below)

    def python(chosen, view, keys, corners, how, loop, side):
        made = path(chosen, view, keys, corners, how, loop, side)
        frames = walks.parse(corners if view == walks.MAP else keys, common_classes(made.entries))
        return snippets.walk(zoo, made, frames, how)

    share(SEEDS, python, asked)
    for name, control in zip(("walk", "keys", "corners", "path", "loop", "side"), asked, strict=True):
        links.bind("interpolate", name, control)

    def turned(_, view):
        """What belongs to the other view is hidden."""
        return [gr.update(visible=view == walks.PATH)] * 3 + [gr.update(visible=view == walks.MAP)] * 3

    act(view.change, turned, [view], [of_path, loop, saved, of_map, side, mapped])  # a link sets it as well


def classes(
    views, act: Callable, react: Callable, walk: Callable, save: Callable, share: Callable, links: Links, seed
) -> None:
    """The contents of the tab."""
    zoo = views.zoo
    gr.Markdown(
        "A conditional variant is told what to draw, and how is up to the latent. Hold one and walk the other: of one "
        "latent, digits of all classes often share their stroke and slant."
    )
    view = gr.Radio([walks.CLASSES, walks.LATENTS], value=walks.CLASSES, label="View", info=walks.CLASSES_HELP)
    chosen = gr.Dropdown([], value=[], multiselect=True, max_choices=walks.MOST_KEYS, label="Classes")
    with gr.Row() as of_classes:
        number = gr.Slider(1, walks.MOST_KEYS, 6, step=1, label="Seeds", min_width=160)
        first = seed("First seed", 0, number)
    with gr.Column(visible=False) as of_latents:
        help = "Two to twelve seeds with commas between them."
        keys = key_frames(views, act, react, CLASSES, "Key frames", "0, 7, 23", help, told=False)
        how = gr.Radio(["slerp", "lerp"], value="slerp", label="Path", info=walks.HOW_HELP, min_width=200)
    loop = gr.Checkbox(True, label="Loop", info="From the last back to the first.", min_width=160)

    def of(entries, picked) -> list[str]:
        """The classes to draw: those of another data set are none of this one."""
        names = common_classes(entries)
        return [name for name in picked or () if name in names] or names[: walks.MOST_KEYS]

    def path(chosen, view, picked, number, first, keys, how, loop, per=None) -> Walk:
        entries = views.chosen(chosen, CONDITIONAL)
        names = of(entries, picked)
        if view == walks.LATENTS:
            return walks.with_classes_held(zoo, entries, walks.parse(keys), names, how, loop, per)
        return walks.through_classes(zoo, entries, views.following(first, number), names, loop, per)

    def offered(keys, picked):
        try:
            entries = views.chosen(keys, CONDITIONAL)
        except ValueError:
            return gr.skip()
        names, kept = common_classes(entries), of(entries, picked)
        said = {} if kept == of(entries, ()) else {f"classes_{entries[0].dataset}": kept}
        return gr.Dropdown(names, value=kept), said

    def linked(keys, query):
        """The classes that a link names."""
        for entry in zoo.catalog(keys).entries:
            if entry.key in keys and entry.classes and f"classes_{entry.dataset}" in query:
                kept = [name for name in query[f"classes_{entry.dataset}"] if name in entry.classes]
                return gr.Dropdown(list(entry.classes), value=kept[: walks.MOST_KEYS])
        return None

    asked = [view, chosen, number, first, keys, how, loop]
    picks = gr.JSON({}, visible=False)  # the classes as Streamlit's links have them: none where all are chosen
    react(offered, [chosen], [chosen, picks], CLASSES)
    moving, said = slider(CLASSES, links)
    film(save, "classes", path, asked, links)
    gr.Markdown("## Every class")
    walk(CLASSES, path, asked, moving, said, lambda walk, *_: (walk.entries, walk.captions, class_sheets(walk)))
    grid = "Download the grid as PNG", "classes.png"
    save(*grid, lambda *values: poster(made := path(*values), class_sheets(made, 84), 2), asked)

    def python(chosen, view, picked, number, first, *_):
        entries = views.chosen(chosen, CONDITIONAL)
        if view == walks.LATENTS:
            return ""
        keys = [entry.key for entry in entries]
        return snippets.class_grid(zoo, keys, views.following(first, number), of(entries, picked))

    share(CLASSES, python, asked)
    for name, control in zip(
        ("hold", "", "columns", "seed", "keys", "path", "loop"), (view, picks, *asked[2:]), strict=True
    ):
        links.bind("classes", name, control)
    links.reader("classes", chosen, linked)

    def turned(_, view):
        """What belongs to the other view is hidden."""
        return gr.update(visible=view == walks.CLASSES), gr.update(visible=view == walks.LATENTS)

    act(view.change, turned, [view], [of_classes, of_latents])


def poster(walk: Walk, sheets, across: int = 4) -> bytes:
    return compose.png(compose.panel(walk.captions, sheets, across=across))
