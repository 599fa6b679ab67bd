"""How long a visitor waits: the first picture, the wall, a re-render of Compare, 64 images, a control of a page.

    python -m benchmarks.app_latency [--checkpoints DIR] [--repeats 3] [--controls]

Prints Markdown tables. The first one and the last need Chromium and playwright. Run it on an idle machine. A control
is counted from the event in the page until the last picture in sight that it changes is decoded.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
from pathlib import Path

from benchmarks.browser import ROOT, chromium, served
from benchmarks.results import Results, add_json

ROOTS = """[document, ...[...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter((one) => one)]"""
"""Streamlit keeps a component of ours in a root of its own"""
DRAWN = f"""n => {ROOTS}.flatMap(root => [...root.querySelectorAll(".part img")])
    .filter(i => i.alt.includes("seed") && i.complete && i.naturalWidth).length >= n"""
"""Whether the browser shows so many generated pictures"""


def first_picture(folder: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds from starting a fresh `streamlit run` to the first generated picture on the front page in a running
    browser, and to the last one."""
    from demo.zoo.zoo import Zoo

    catalog, first, all_of_them = Zoo(folder).catalog(), [], []
    tiles = len(catalog.of(catalog.datasets[0]))
    with chromium() as browser:
        for _ in range(repeats):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            begin = time.perf_counter()
            with served(folder) as url:
                page.goto(url, wait_until="commit")
                for seconds, n in ((first, 1), (all_of_them, tiles)):
                    page.wait_for_function(DRAWN, arg=n, timeout=60_000)
                    seconds.append(time.perf_counter() - begin)
            page.close()
    return first, all_of_them


def compare(folder: Path, repeats: int) -> tuple[int, list[float]]:
    """(variants, milliseconds of a whole script run of Compare), each run with other seeds, models warm."""
    from streamlit.testing.v1 import AppTest

    from demo.zoo.zoo import Zoo

    os.environ["GANSCOPE_CHECKPOINTS"] = str(folder)
    catalog = Zoo(folder).catalog()
    titles = [entry.title for entry in catalog.of(catalog.datasets[0])][:6]
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.query_params["view"] = "compare"
    app.query_params[f"variants_{catalog.datasets[0]}"] = titles
    app.run()
    took = []
    for i in range(repeats):
        app.session_state["_visit"].query |= {"seed": [str(16 * (i + 1))]}  # AppTest presses no button of a component
        begin = time.perf_counter()
        app.run()
        took.append(1000 * (time.perf_counter() - begin))
        shown = "".join(one.proto.json for one in app.get("bidi_component"))
        assert not app.exception and all(title in shown for title in titles)
    return len(titles), took


def sampling(folder: Path, repeats: int) -> list[tuple[str, int, list[float]]]:
    """(key, pixels per side, milliseconds for 64 images), models warm."""
    from demo.zoo.zoo import Zoo

    zoo, rows = Zoo(folder), []
    for entry in zoo.catalog():
        zoo.samples([entry.key], range(64))
        took = []
        for i in range(repeats):
            begin = time.perf_counter()
            zoo.samples([entry.key], range(64 * i, 64 * i + 64))
            took.append(1000 * (time.perf_counter() - begin))
        rows.append((entry.key, entry.recipe.size, took))
    return rows


ARM = f"""(pictures) => {{
  const roots = {ROOTS};
  const all = () => roots.flatMap((one) => [...one.querySelectorAll(pictures)]);
  const shown = () => all().filter((one) => one.checkVisibility());
  const drawn = (one) => one.src || one.toDataURL();
  const before = new Set(shown().map(drawn));
  window.answered = new Promise((done) => {{
    const begun = async ({{ timeStamp }}) => {{
      let last = NaN, seen = 0;
      while (performance.now() < (seen ? last + 400 : timeStamp + 5000)) {{
        await new Promise(requestAnimationFrame);
        const changed = shown().filter((one) => !before.has(drawn(one)));
        if (changed.length > seen) {{
          await Promise.all(changed.map((one) => one.decode?.().catch(() => 0)));
          await new Promise(requestAnimationFrame);
          [seen, last] = [changed.length, performance.now()];
        }}
      }}
      done(last - timeStamp);
    }};
    for (const name of ["keydown", "click"]) addEventListener(name, begun, {{ capture: true, once: true }});
  }});
}}"""
"""From the next key or click on: milliseconds until the frame after the last of the pictures that it changes is there
and decoded, NaN where none has changed in five seconds"""
PLACES = ".part img, .scrub canvas"
STILL = f"""([pictures, ms]) => {{
  const roots = {ROOTS};
  const all = roots.flatMap((one) => [...one.querySelectorAll(pictures)]).filter((one) => one.checkVisibility());
  const now = all.map((one) => one.src || one.toDataURL()).join();
  if (!all.length || window.drawn !== now) [window.drawn, window.since] = [now, performance.now()];
  return all.length && performance.now() - window.since > ms;
}}"""
"""Whether there are pictures, and none has changed for so many milliseconds"""
ARROWS, PAGES = ("ArrowLeft", "ArrowRight"), ("PageUp", "PageDown")
CONTROLS = (
    ("Compare, truncation", "slider", "Truncation", ARROWS[:1], "Seeds of your own, class, truncation"),
    ("Compare, the next seeds", "button", "Next", ()),
    ("Interpolate, position", "slider", "Position", ARROWS[1:]),
    ("Classes, position", "slider", "Position", ARROWS[1:]),
    ("Classes, number of seeds", "slider", "Seeds", ARROWS),
    ("Styles, truncation", "slider", "Truncation", ARROWS[:1]),
    ("Styles, number of seeds", "slider", "Seeds", ARROWS),
    ("Evolution, position", "slider", "Images shown", PAGES),
    ("Directions, number of seeds", "slider", "Seeds", ARROWS),
)
"""Page and what is moved, role, a part of the label, and the keys that move it by turns, none are a click; where it is
folded away, under which title"""


def controls(folder: Path, gradio: bool, repeats: int) -> list[tuple[str, list[float]]]:
    """(control, milliseconds of each step) of what moves the pictures of a page, at the zoo's first data set and the
    variants that a page begins with."""
    rows = []
    with served(folder, gradio) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        for what, role, name, keys, *folded in CONTROLS:
            page.goto(f"{url}/?view={what.partition(',')[0].lower()}")
            page.wait_for_function(STILL, arg=[PLACES, 700])
            for fold in folded:
                page.get_by_text(fold).locator("visible=true").first.click()
            took = []
            for i in range(repeats + 1):
                box = page.get_by_role(role, name=re.compile(name)).locator("visible=true").first
                page.evaluate(ARM, PLACES)
                box.press(keys[i % len(keys)]) if keys else box.click()
                took.append(page.evaluate("window.answered"))
            rows.append((what, took[1:]))  # the first one warms up
            print(f"{rows[-1][0]}: {', '.join(f'{one:.0f}' for one in took)} ms", file=sys.stderr)
    return rows


def waits(folder: Path, repeats: int) -> list[list]:
    """What is no control, as rows of WAITS."""
    starts, walls = first_picture(folder, repeats)
    variants, renders = compare(folder, 5 * repeats)
    return [
        waited("`streamlit run` to the first picture", [6, "s"], starts),
        waited("`streamlit run` to the whole wall", [7, "s"], walls),
        waited(f"script run of Compare, {variants} variants × 16 images", [300, "ms"], renders),
        *drawing(sampling(folder, 10)),
    ]


WAITS = {"what": "{}", "target": "{:g} {}", **dict.fromkeys(("median", "best", "worst"), "{:.3g} {}{}")}


def waited(what: str, target: list, took: list[float]) -> list:
    return [what, target, *([figure, target[1], ""] for figure in (statistics.median(took), min(took), max(took)))]


def drawing(found: list[tuple[str, int, list[float]]]) -> list[list]:
    """A row for each size: median of the variants' medians, and which variants are the fastest and the slowest."""
    rows = []
    for size in sorted({size for _, size, _ in found}):
        medians = {key: statistics.median(took) for key, pixels, took in found if pixels == size}
        ends = [end(medians, key=medians.get) for end in (min, max)]
        cells = [[medians[key], "ms", f" (`{key}`)"] for key in ends]
        what = f"64 images at {size} px, median of the variants' medians"
        rows.append([what, [40, "ms"], [statistics.median(medians.values()), "ms", ""], *cells])
    return rows


CONTROL = {"control": "{}", **dict.fromkeys(("Streamlit", "Gradio"), "{:.0f} ms ({:.0f})")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="of the first picture; others take more")
    parser.add_argument("--controls", action="store_true", help="of sliders and buttons instead: some minutes")
    add_json(parser)
    args = parser.parse_args()
    folder, results = args.checkpoints.resolve(), Results()
    if args.controls:
        both = [dict(controls(folder, gradio, 3 * args.repeats)) for gradio in (False, True)]
        rows = [[what, *([statistics.median(found[what]), max(found[what])] for found in both)] for what in both[0]]
        results.table("controls", CONTROL, rows)
    else:
        results.table("waits", WAITS, waits(folder, args.repeats))
    results.save(args.json)


if __name__ == "__main__":
    main()
