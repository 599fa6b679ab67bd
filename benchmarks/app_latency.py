"""How long a visitor waits: the wall after `streamlit run`, a re-render of Compare, a slider, 64 images of a variant.

    python -m benchmarks.app_latency [--checkpoints DIR] [--repeats 3]

Prints Markdown tables. The first one needs Chromium and playwright. Run it on an idle machine.
"""

import argparse
import os
import platform
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="of the first picture; others take more")
    args = parser.parse_args()
    folder, load = args.checkpoints.resolve(), os.getloadavg()[0]
    starts, walls = first_picture(folder, args.repeats)
    variants, renders = compare(folder, 5 * args.repeats)
    moved, ticks = slider(folder, 5 * args.repeats)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start\n")
    print("| what | target | median | best | worst |")
    print("|---|---|---|---|---|")
    for what, target, took, unit in (
        ("`streamlit run` to the first picture", "6 s", starts, "s"),
        ("`streamlit run` to the whole wall", "7 s", walls, "s"),
        (f"script run of Compare, {variants} variants × 16 images", "300 ms", renders, "ms"),
        (f"slider of Interpolate, {moved} variants, key to changed pictures", "150 ms", ticks, "ms"),
        *((f"64 images, {key}, {size} px", "40 ms", took, "ms") for key, size, took in sampling(folder, 10)),
    ):
        figures = (statistics.median(took), min(took), max(took))
        print(f"| {what} | {target} | " + " | ".join(f"{f:.3g} {unit}" for f in figures) + " |")


if __name__ == "__main__":
    main()
