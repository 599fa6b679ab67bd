"""A slider over a walk that answers at once: all pictures lie in the browser, one sheet per variant. No UI.

A script of its own for both front ends: a round trip for each tick of a slider takes a tenth of a second at best, and
each front end waits for the hand to rest before it asks.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo.draw import compose
from gan_models.pictures import tile

if TYPE_CHECKING:
    from demo.zoo.walks import Walk

LARGE, LARGER, SMALL = 168, 252, 72
"""Pixels of a picture on the screen: of a lone one, of one of few variants or above its map, of one of several rows"""

CSS = """
.scrub { display: block; font-size: 1rem; line-height: 1.4; container-type: inline-size; }
.scrub-bar { display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; align-items: center; margin-bottom: .6rem;
  position: sticky; top: var(--scrub-top, 0); z-index: 5; padding: .3rem 0; backdrop-filter: blur(12px);
  background: color-mix(in srgb, var(--st-background-color, var(--body-background-fill, #fff)) 92%, transparent); }
.scrub-bar label { flex: 1 1 12rem; min-width: 0; font-size: .875rem; }
.scrub-bar label > span { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.scrub-bar output { opacity: .8; font-variant-numeric: tabular-nums; }
.scrub-bar input { --accent: var(--st-primary-color, var(--color-accent, #4c51d6)); display: block; width: 100%;
  height: 1.75rem; margin: 0; padding: 0; cursor: pointer; appearance: none; background: transparent; border: 0; }
.scrub-bar input::-webkit-slider-runnable-track { height: .3rem; border-radius: .2rem;
  background: color-mix(in srgb, currentColor 28%, transparent); }
.scrub-bar input::-moz-range-track { height: .3rem; border-radius: .2rem;
  background: color-mix(in srgb, currentColor 28%, transparent); }
.scrub-bar input::-webkit-slider-thumb { appearance: none; width: 1.15rem; height: 1.15rem; margin-top: -.425rem;
  border: 0; border-radius: 50%; background: var(--accent); }
.scrub-bar input::-moz-range-thumb { width: 1.15rem; height: 1.15rem; border: 0; border-radius: 50%;
  background: var(--accent); }
.scrub-bar button { font: inherit; font-size: .875rem; color: inherit; background: transparent; cursor: pointer;
  border: 1px solid var(--st-border-color, var(--border-color-primary, #8888)); border-radius: .5rem;
  padding: .35rem .9rem; min-width: 5.5rem; }
.scrub-bar button:hover { border-color: var(--st-primary-color, var(--color-accent, #4c51d6)); }
.scrub-bar :focus-visible { outline: 2px solid var(--st-primary-color, var(--color-accent, #4c51d6));
  outline-offset: 2px; }
.scrub-cards { display: flex; flex-wrap: wrap; gap: 1.1rem 1rem; align-items: flex-start; }
.scrub figure { margin: 0; max-width: 100%; overflow-wrap: anywhere; }
.scrub canvas, .scrub-map { display: block; width: 100%; height: auto; image-rendering: pixelated; margin: .25rem 0; }
.scrub-map { position: relative; cursor: crosshair; touch-action: pan-y; }
.scrub-map img { display: block; width: 100%; height: auto; image-rendering: pixelated; margin: 0; border-radius: 0;
  user-select: none; -webkit-user-drag: none; }
.scrub-map i { position: absolute; box-sizing: border-box; pointer-events: none;
  border: 2px solid #ff9155; outline: 1px solid #000a; }
.scrub small, .scrub figcaption { opacity: .75; font-size: .8rem; line-height: 1.35; }
.scrub figcaption { overflow-wrap: anywhere; }
@container (max-width: 480px) {
  .scrub figure:not(.scrub-wide):not(:only-child) { width: calc(50% - .5rem) !important; }
}
"""
"""The page's own colours; the slider stays in sight, and on a phone two pictures stand side by side"""

JS = """
function scrubber(root, data, moved) {
  // Called again with other data; the knobs, their focus and their places stay.
  const make = (tag, props = {}, ...inside) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...inside);
    return one;
  };
  let s = root.scrub;
  if (!s || s.inputs.length !== data.axes.length) {
    if (s) clearInterval(s.timer);
    const bar = make("div", {className: "scrub-bar"}), cards = make("div", {className: "scrub-cards"});
    root.classList.add("scrub");
    root.replaceChildren(bar, cards);
    s = root.scrub = {bar, cards, at: [...data.at], inputs: [], names: [], outputs: [], figures: [], timer: 0, turn: 0};
    data.axes.forEach((_, i) => {
      const name = make("span"), output = make("output");
      const input = make("input", {type: "range", min: 0, step: 1});
      input.addEventListener("input", () => { stop(); s.at[i] = input.value / input.max; s.draw(); s.tell(); });
      bar.append(make("label", {}, make("span", {}, name, output), input));
      s.inputs.push(input); s.names.push(name); s.outputs.push(output);
    });
    const stop = () => {
      clearInterval(s.timer);
      s.timer = 0;
      if (s.play) s.play.textContent = "\\u25B6 Play";
    };
    if (data.axes.length === 1) {
      s.play = make("button", {type: "button"});
      s.play.addEventListener("click", () => {
        if (s.timer) { stop(); s.tell(); return; }
        s.play.textContent = "\\u275A\\u275A Pause";
        s.way = 1;
        s.timer = setInterval(() => {
          if (!root.isConnected) return stop();
          const last = s.count[0] - 1;
          let k = s.place(0) + s.way;
          if (s.data.loop) k = (k + last) % last;
          else if (k < 0 || k > last) { s.way = -s.way; k += 2 * s.way; }
          s.at[0] = Math.min(Math.max(k, 0), last) / last;
          s.draw();
        }, 50);
      });
      bar.append(s.play);
      stop();
    }
    s.place = (i) => Math.round(s.at[i] * (s.count[i] - 1));
    s.words = (i) => {
      const {stops, per} = s.data.axes[i], k = s.place(i), first = Math.floor(k / per), part = k % per;
      return part ? `${stops[first]} \\u2192 ${stops[first + 1]}, ${Math.round(100 * part / per)} %` : stops[first];
    };
    s.draw = () => {
      const at = s.data.axes.map((_, i) => s.place(i)), k = at[0] + (at.length > 1 ? at[1] * s.count[0] : 0);
      at.forEach((place, i) => {
        const words = s.words(i);
        s.inputs[i].value = place;
        s.inputs[i].setAttribute("aria-valuetext", words);
        s.outputs[i].textContent = words;
      });
      for (const {pen, image, columns, width, height, mark} of s.figures) {
        const x = k % columns, y = Math.floor(k / columns);
        pen.drawImage(image, x * width, y * height, width, height, 0, 0, width, height);
        if (mark) {
          const [across, down] = s.count;
          Object.assign(mark.style, {left: `${100 * x / across}%`, top: `${100 * y / down}%`,
            width: `${100 / across}%`, height: `${100 / down}%`});
        }
      }
      root.dataset.at = at.join(" ");
    };
    s.tell = () => {  // once the hand rests
      clearTimeout(s.later);
      s.later = setTimeout(() => moved(s.at.map((a) => Math.round(a * 1e4) / 1e4)), 300);
    };
  }
  const turn = ++s.turn;
  if (s.data && s.data.id === data.id) return;  // it is the address that has changed
  const figures = data.figures.map((f) => {
    const image = new Image();
    image.src = f.sprite;
    const canvas = make("canvas", {width: f.width, height: f.height});
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", f.alt);
    const title = [make("b", {textContent: f.title}), " ", make("small", {textContent: f.year})];
    const figure = make("figure", {}, ...title, canvas);
    figure.style.width = `${f.shown}px`;
    if (f.shown > 260) figure.className = "scrub-wide";
    const one = {...f, image, pen: canvas.getContext("2d")};
    if (data.axes.length > 1) {
      const sheet = make("img", {src: f.sprite, alt: `The whole map: ${f.alt}`, draggable: false}), mark = make("i");
      const map = make("div", {className: "scrub-map"}, sheet, mark);
      const pick = (event) => {
        if (event.type === "pointermove" && !event.buttons) return;
        const box = map.getBoundingClientRect();
        const cell = (part, n) => Math.min(Math.max(Math.floor(part * n), 0), n - 1) / (n - 1);
        s.at = [cell((event.clientX - box.left) / box.width, s.count[0]),
                cell((event.clientY - box.top) / box.height, s.count[1])];
        s.draw(); s.tell();
      };
      map.addEventListener("pointerdown", pick);
      map.addEventListener("pointermove", pick);
      figure.append(map);
      one.mark = mark;
    }
    figure.append(make("figcaption", {textContent: f.caption}));
    return {...one, figure};
  });
  // The old pictures stand until all new ones are there: nothing flickers.
  return Promise.all(figures.map((f) => f.image.decode())).then(() => {
    if (turn !== s.turn) return;
    s.count = data.axes.map((axis) => (axis.stops.length - 1) * axis.per + 1);
    s.data = data;
    s.figures = figures;
    data.axes.forEach((axis, i) => {
      s.names[i].textContent = axis.title;
      s.inputs[i].max = s.count[i] - 1;
      s.inputs[i].setAttribute("aria-label", axis.title);
    });
    s.cards.replaceChildren(...figures.map((f) => f.figure));
    s.draw();
  });
}
"""


def packed(walk: Walk) -> dict:
    """What the script needs to show a walk, as plain JSON but for where the knobs stand: a tenth of the walk's pixels
    or less, and the same for all visitors."""
    columns = len(walk.axes[0]) if len(walk.axes) > 1 else math.ceil(math.sqrt(len(walk.axes[0])))
    roomy, figures = len(walk.axes) > 1 or len(walk.entries) < 4, []
    shown = walk.frames(clear=walk.rows > 1)
    for entry, caption, pictures, frames in zip(walk.entries, walk.captions, walk.pictures, shown, strict=True):
        side = walk.side or (SMALL if walk.rows > 1 else LARGER if roomy else LARGE)
        scale = compose.scale_of(pictures.shape[2], side)
        figures.append(
            {
                "title": entry.title,
                "year": str(entry.recipe.year or ""),
                "alt": caption,
                "caption": caption.removeprefix(f"{entry.title} · "),
                "sprite": compose.data_url(compose.png(tile(frames, columns)), "png"),
                "columns": columns,
                "height": frames.shape[1],
                "width": frames.shape[2],
                "shown": frames.shape[2] * scale,
            }
        )
    axes = [{"title": axis.title, "stops": list(axis.stops), "per": axis.per} for axis in walk.axes]
    made = {"axes": axes, "figures": figures, "loop": walk.loop, "start": walk.start}
    return {**made, "id": hashlib.sha1(json.dumps(made).encode()).hexdigest()}


def data(made: dict, at: str = "") -> dict:
    """made: of `packed`. at: where the knobs stand at first, as a link says it."""
    return {**made, "at": places(at, [axis["stops"] for axis in made["axes"]]) or [made["start"]] * len(made["axes"])}


def places(text: str, axes: Sequence[Sequence[str]]) -> list[float]:
    """Where the knobs of a walk stand, 0 to 1 on each axis: "0.25", "0.25 0.75", or the words of a stop; of nonsense
    none. axes: the words at the stops of each."""
    if len(axes) == 1 and text in axes[0]:
        return [axes[0].index(text) / max(len(axes[0]) - 1, 1)]
    try:
        found = [float(part) for part in text.split()]
    except ValueError:
        return []
    return found if len(found) == len(axes) and all(0 <= one <= 1 for one in found) else []
