"""How long a visitor waits: the first picture, the wall, a re-render of Compare, 64 images, a control of a page.

    python -m benchmarks.app_latency [--checkpoints DIR] [--repeats 3] [--controls]

Prints Markdown tables. The first one and the last need Chromium and playwright. Run it on an idle machine. A control
is counted from the event in the page until the last picture in sight that it changes is decoded.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import time
from pathlib import Path

from benchmarks.browser import ROOT, chromium, served

DRAWN = """n => [...document.querySelectorAll("[data-testid=stImage] img")]
    .filter(i => i.alt.includes("seed") && i.complete && i.naturalWidth).length >= n"""
"""Whether the browser shows so many generated pictures"""


def first_picture(folder: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds from starting a fresh `streamlit run` to the first generated picture on the front page in a running
    browser, and to the last one."""
    from demo.core import Zoo

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

    from demo.core import Zoo

    os.environ["GANSCOPE_CHECKPOINTS"] = str(folder)
    catalog = Zoo(folder).catalog()
    titles = [entry.title for entry in catalog.of(catalog.datasets[0])][:6]
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.switch_page("demo/streamlit/compare.py")
    app.query_params[f"variants_{catalog.datasets[0]}"] = titles
    app.run()
    took = []
    for _ in range(repeats):
        app.button(key="next_seed").click()
        begin = time.perf_counter()
        app.run()
        took.append(1000 * (time.perf_counter() - begin))
        assert not app.exception and len(app.get("image")) >= len(titles)
    return len(titles), took


PRESSED = """canvas => new Promise(answer => {
    const before = canvas.toDataURL()
    addEventListener("keydown", press => {
        const look = () => canvas.toDataURL() === before ? requestAnimationFrame(look)
            : requestAnimationFrame(() => answer(performance.now() - press.timeStamp))  // it has been painted
        requestAnimationFrame(look)
    }, {once: true, capture: true})
})"""


def slider(folder: Path, repeats: int) -> tuple[int, list[float]]:
    """(variants, milliseconds from a key on Interpolate's slider to the next frame after its pictures changed)."""
    took = []
    with served(folder) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(f"{url}/interpolate")
        canvas = page.locator(".scrub canvas")
        canvas.first.wait_for(timeout=60_000)
        page.get_by_role("slider", name="Position on the path").focus()
        for _ in range(repeats):
            canvas.first.evaluate(f"canvas => {{ window.took = ({PRESSED})(canvas) }}")
            page.keyboard.press("ArrowRight")
            took.append(page.evaluate("window.took"))
        return canvas.count(), took


def sampling(folder: Path, repeats: int) -> list[tuple[str, int, list[float]]]:
    """(key, pixels per side, milliseconds for 64 images), models warm."""
    from demo.core import Zoo

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


ARM = """(pictures) => {
  const shown = () => [...document.querySelectorAll(pictures)].filter((one) => one.checkVisibility());
  const before = new Set(shown().map((one) => one.src));
  window.answered = new Promise((done) => {
    const begun = async () => {
      const begin = performance.now();
      let seen = 0, last = 0;
      while (performance.now() - begin < (seen ? last + 400 : 10000)) {
        await new Promise(requestAnimationFrame);
        const changed = shown().filter((one) => !before.has(one.src));
        if (changed.length > seen) {
          await Promise.all(changed.map((one) => one.decode().catch(() => 0)));
          [seen, last] = [changed.length, performance.now() - begin];
        }
      }
      done(seen ? last : NaN);
    };
    for (const name of ["keydown", "click"]) addEventListener(name, begun, { capture: true, once: true });
  });
}"""
"""From the next key or click on: milliseconds until the last of the pictures that it changes is there and decoded, NaN
where none has changed in ten seconds"""
CONTROLS = (
    ("Compare", "button", "Next"),
    ("Compare", "slider", "Truncation"),
    ("Interpolate", "slider", "Position"),
    ("Classes", "slider", "Position"),
    ("Styles", "slider", "Truncation"),
    ("Evolution", "slider", "images shown|From the beginning"),
)
"""Page, role, and a part of the label"""


def controls(folder: Path, gradio: bool, repeats: int) -> list[tuple[str, list[float]]]:
    """(control, milliseconds of each step) of the controls that the pages have, at the zoo's first data set."""
    from playwright.sync_api import TimeoutError

    pictures = ".cards img" if gradio else "[data-testid=stImage] img"
    rows = []
    with served(folder, gradio) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(url)
        for title, role, name in CONTROLS:
            if gradio:
                page.get_by_role("tab", name=title, exact=True).click()
            else:
                page.get_by_role("link", name=title, exact=True).first.click()
            try:
                page.locator(pictures).locator("visible=true").first.wait_for(timeout=20_000)
            except TimeoutError:  # Gradio's Styles, while no style-based variant is chosen
                continue
            page.wait_for_timeout(3000)  # until the last picture stands as well
            box = page.get_by_role(role, name=re.compile(name)).locator("visible=true").first
            if not box.count():
                continue
            took = []
            for _ in range(repeats + 2):
                page.evaluate(ARM, pictures)
                box.click() if role == "button" else box.press("ArrowLeft")
                took.append(page.evaluate("window.answered"))
            rows.append((f"{title}, {role} {name.partition('|')[0]}", took[2:]))  # the first ones warm up
    return rows


def waits(folder: Path, repeats: int) -> list[tuple[str, str, list[float], str]]:
    """What is no control: (what, target, figures, unit)."""
    starts, walls = first_picture(folder, repeats)
    variants, renders = compare(folder, 5 * repeats)
    moved, ticks = slider(folder, 5 * repeats)
    return [
        ("`streamlit run` to the first picture", "6 s", starts, "s"),
        ("`streamlit run` to the whole wall", "7 s", walls, "s"),
        (f"slider of Interpolate, {moved} variants, key to changed pictures", "150 ms", ticks, "ms"),
        (f"script run of Compare, {variants} variants × 16 images", "300 ms", renders, "ms"),
        *((f"64 images, {key}, {size} px", "40 ms", took, "ms") for key, size, took in sampling(folder, 10)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="of the first picture; others take more")
    parser.add_argument("--controls", action="store_true", help="of sliders and buttons instead: some minutes")
    args = parser.parse_args()
    folder, load = args.checkpoints.resolve(), os.getloadavg()[0]
    rows = [] if args.controls else waits(folder, args.repeats)
    for front_end, gradio in (("Streamlit", False), ("Gradio", True)) if args.controls else ():
        for control, took in controls(folder, gradio, 3 * args.repeats):
            rows.append((f"{front_end}, {control}", "150 ms", took, "ms"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start\n")
    print("| what | target | median | best | worst |")
    print("|---|---|---|---|---|")
    for what, target, took, unit in rows:
        figures = (statistics.median(took), min(took), max(took))
        print(f"| {what} | {target} | " + " | ".join(f"{f:.3g} {unit}" for f in figures) + " |")


if __name__ == "__main__":
    main()
