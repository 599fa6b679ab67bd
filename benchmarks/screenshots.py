"""Pictures of every page of the app at two widths: `python -m benchmarks.screenshots --out DIR`.

`--readme` writes docs/home.png, docs/compare.png and docs/playground.png, those in the README, instead. Each says which
weights it shows, so that a test finds out when they are not the zoo's any more.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from PIL import Image, PngImagePlugin

from benchmarks.browser import ROOT, chromium, served
from demo import pages
from gan_models.metrics.record import generator_hash

WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}
PLACES = ".part img", ".scrub canvas", ".stage canvas", ".vega-embed svg"
PICTURES = ", ".join(f"{place}:visible" for place in PLACES)
README = (("home", 1280, 1000, ()), ("compare", 1280, 1130, ()), ("playground", 1000, 890, ("End", "ArrowLeft")))
"""Page, width and height of the window, and the keys that its slider gets: of the playground's first story the last
moment but one, when what the GAN makes covers one of eight modes, and what WGAN-GP makes all of them"""
PAGES = [page.title for page in pages.PAGES]


def shoot(page, path: Path, full: bool = True) -> None:
    """Save the page once its pictures stand, or the sentence that says why there are none."""
    page.locator(f"{PICTURES}, [data-testid=stAlert]:visible, .notice:visible").first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)  # until the last picture stands as well
    page.screenshot(path=path, full_page=full)
    print(path)


def state(zoo: Path) -> str:
    """A hash of the generators of MNIST, which the README shows."""
    hashes = [f"{path.parent.name} {generator_hash(path.parent)}" for path in zoo.glob("mnist/*/generator.safetensors")]
    return hashlib.blake2b("\n".join(sorted(hashes)).encode(), digest_size=8).hexdigest()


def stamp(path: Path, said: str) -> None:
    """Write the state of the zoo into a picture."""
    about = PngImagePlugin.PngInfo()
    about.add_text("zoo", said)
    with Image.open(path) as image:
        image.save(path, pnginfo=about)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "out", metavar="DIR")
    parser.add_argument("--readme", action="store_true")
    args = parser.parse_args()
    zoo = args.checkpoints.resolve()
    if args.readme:
        with served(zoo) as url, chromium() as browser:
            for view, width, height, keys in README:
                page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
                page.goto(f"{url}/?view={view}")
                page.locator(PICTURES).first.wait_for(timeout=60_000)
                for key in keys:
                    page.locator(".stage").get_by_role("slider").press(key)
                if keys:
                    page.locator(".stage").get_by_role("slider").blur()
                shoot(page, ROOT / "docs" / f"{view}.png", full=False)
                stamp(ROOT / "docs" / f"{view}.png", state(zoo))
        return
    args.out.mkdir(parents=True, exist_ok=True)
    for gradio in (False, True):
        with served(zoo, gradio) as url, chromium() as browser:
            for width, (w, h) in WIDTHS.items():
                page = browser.new_page(viewport={"width": w, "height": h})
                for name in PAGES:
                    if not gradio:  # Streamlit scrolls inside the page: a tall window shows all of it.
                        tall = name in ("Leaderboard", "Ablation", "Learn")
                        page.set_viewport_size({"width": w, "height": 3600 if tall else 2400})
                    page.goto(f"{url}/?view={name.lower()}")
                    shoot(page, args.out / f"{'gradio' if gradio else 'streamlit'}-{name.lower()}-{width}.png")


if __name__ == "__main__":
    main()
