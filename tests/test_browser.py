"""The Streamlit app in a real browser: what AppTest cannot see (dragging, downloads, the address bar, a phone)."""

import base64
import io
import time

import numpy as np
import pytest
from conftest import record_runs
from PIL import Image
from playwright.sync_api import Error, expect

from benchmarks.browser import served

WIDTHS = {1280: 900, 390: 844}
"""Screens: a laptop, a phone"""

pytestmark = pytest.mark.browser


PIXELS = """async all => {
    await Promise.all(all.map(image => image.decode()))
    return all.map(image => {
        if (!image.naturalWidth) throw Error("a picture is being replaced")
        const canvas = Object.assign(document.createElement("canvas"),
            {width: image.naturalWidth, height: image.naturalHeight})
        canvas.getContext("2d").drawImage(image, 0, 0)
        return canvas.toDataURL()
    })
}"""


IMAGES = ":is([data-testid=stImage], .cards) img"
"""What a page draws"""


class Screen:
    """One tab on the app."""

    def __init__(self, browser, url: str, width: int):
        self.page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]})
        self.page.set_default_timeout(60_000)
        self.page.goto(url)
        self.settle()

    def settle(self) -> None:
        """Wait until a picture is there and no script runs."""
        self.page.locator(IMAGES).first.wait_for()
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        self.page.wait_for_function(
            "all => [...document.querySelectorAll(all)].every(i => i.complete && i.naturalWidth)", arg=IMAGES
        )

    def pictures(self) -> list[np.ndarray]:
        """The pixels of each picture, as the browser decoded them."""
        for _ in range(50):
            try:
                links = self.page.locator(IMAGES).evaluate_all(PIXELS)
                break
            except Error:  # a picture was replaced while it was decoded
                time.sleep(0.2)
                self.settle()
        return [np.asarray(Image.open(io.BytesIO(base64.b64decode(link.split(",")[1])))) for link in links]

    def until(self, right) -> list[np.ndarray]:
        """The pictures as soon as they are right, and no longer changing."""
        shown = self.pictures()
        for _ in range(100):
            time.sleep(0.3)
            self.settle()
            before, shown = shown, self.pictures()
            if right(shown) and same(before, shown):
                return shown
        raise AssertionError("the pictures did not change as they should")

    def drag(self, slider: str, to: float) -> None:
        """Take the knob of a slider with the mouse and carry it to a part of its length."""
        knob = self.page.get_by_role("slider", name=slider)
        knob.scroll_into_view_if_needed()
        at, track = knob.bounding_box(), self.page.locator("[data-testid=stSlider]", has=knob).bounding_box()
        self.page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(track["x"] + track["width"] * to, at["y"] + at["height"] / 2, steps=5)
        self.page.mouse.up()

    def download(self, button: str) -> Image.Image:
        with self.page.expect_download() as file:
            self.page.get_by_role("button", name=button).click()
        return Image.open(file.value.path())


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_a_training_moves_with_the_slider(filmed_zoo, browser):
    with served(filmed_zoo) as url:
        screen = Screen(browser, f"{url}/evolution?data=toys&images_at=100", 390)
        page, still = screen.page, screen.pictures()
        assert len(still) == 4
        screen.drag("Images shown", 1)
        moved = screen.until(lambda shown: len(shown) == 4 and not any(map(np.array_equal, shown, still)))
        page.wait_for_url("**images_at=1.6k**")
        page.get_by_text("450 of 450 images of training, its last").wait_for()
        charts = page.locator("[data-testid=stVegaLiteChart]")
        charts.nth(1).locator("svg").wait_for()  # the critic's estimate, the measured distance
        charts.nth(1).scroll_into_view_if_needed()
        assert page.get_by_role("slider", name="Images shown").bounding_box()["y"] > 0  # it stays in sight
        assert screen.download("Download the animation").format == "GIF"
        page.get_by_text("The films as they were recorded").click()
        assert screen.download("Deep GAN as WebP").format == "WEBP"
        assert page.locator("[data-testid=stMain]").evaluate("m => m.scrollWidth") <= 390
        assert same(Screen(browser, page.url, 390).pictures(), moved)


def rows(page):
    """The rows of the first table, headings first, as a screen reader gets them (its pixels are a canvas).

    They are there only once the canvas has been drawn, some time after the script has ended.
    """
    return page.locator("[data-testid=stDataFrame] table").first.locator("tr")


def test_the_leaderboard_in_a_browser(measured_zoo, browser):
    with served(measured_zoo) as url:
        for width, scheme in zip(WIDTHS, ("light", "dark"), strict=True):
            page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme)
            page.set_default_timeout(60_000)
            errors: list[str] = []
            page.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
            page.on(
                "console",
                lambda said, errors=errors: (
                    errors.append(f"{said.text} {said.location}")
                    # Streamlit asks below the page's own address first where it opens from a link.
                    if said.type == "error" and "/_stcore/" not in said.location["url"]
                    else None
                ),
            )
            page.goto(f"{url}/leaderboard?data=toys&curve_toys=Deep+GAN")
            charts = page.locator("[data-testid=stVegaLiteChart]")
            charts.nth(7).locator("svg").wait_for()
            page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
            assert charts.count() == 8
            assert "Best: Deep GAN with 12.3" in charts.first.get_attribute("aria-label")

            # Colours of the page: text of a chart has the lightness of other text.
            ink = charts.first.locator("svg text").first.evaluate("t => getComputedStyle(t).fill")
            assert (np.mean([int(part) for part in ink[4:-1].split(",")[:3]]) > 128) == (scheme == "dark")

            frame = page.locator("[data-testid=stDataFrame]").first
            frame.scroll_into_view_if_needed()
            expect(rows(page).nth(1)).to_contain_text("Real training images", timeout=60_000)
            for first in ("Real training images", "One class only"):  # by distance, rising and falling
                box = frame.bounding_box()
                page.mouse.click(box["x"] + 240, box["y"] + 18)
                page.wait_for_function(
                    "first => document.querySelector('[data-testid=stDataFrame] table tbody tr').innerText"
                    ".startsWith(first)", arg=first,
                )  # fmt: skip
            page.mouse.move(5, 5)
            page.get_by_text("All columns").click()
            page.wait_for_url("**all=true**")
            page.get_by_role("radio", name="Training time (s)").click()
            page.wait_for_url("**cost=Training**")
            page.locator("[data-testid=stVegaLiteChart][aria-label*='against training time']").wait_for()
            for main in ("[data-testid=stMain]", "html"):
                assert page.locator(main).evaluate("m => m.scrollWidth") <= width
            assert not errors
            page.close()


def test_the_ablation_in_a_browser(family_zoo, browser):
    record_runs(family_zoo / "toys")
    with served(family_zoo) as url:
        for width, scheme in zip(WIDTHS, ("dark", "light"), strict=True):
            page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme)
            page.set_default_timeout(60_000)
            page.goto(f"{url}/ablation?data=toys&drawn=4")
            page.get_by_text("Noisy GAN helped and hurt").wait_for()
            drawn = page.locator("[data-testid=stVegaLiteChart]")
            drawn.nth(3).locator("svg").wait_for()
            assert page.locator(IMAGES).count() == 4
            described = drawn.first.get_attribute("aria-label")
            assert "FD-toys-cnn 21.0 → 16.0 (-5.00), better" in described
            ink = drawn.first.locator("svg text").first.evaluate("t => getComputedStyle(t).fill")
            assert (np.mean([int(part) for part in ink[4:-1].split(",")[:3]]) > 128) == (scheme == "dark")
            page.get_by_role("button", name="Next").click()
            page.wait_for_url("**seed=4**")
            page.get_by_text("Every difference in numbers").click()
            page.locator("[data-testid=stDataFrame]").wait_for()
            for main in ("[data-testid=stMain]", "html"):
                assert page.locator(main).evaluate("m => m.scrollWidth") <= width
            page.close()
