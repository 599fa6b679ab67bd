"""The control to draw on in a real browser, on both front ends: strokes with the mouse, a file, a box, a link."""

from contextlib import contextmanager

import numpy as np
import pytest
from gradio_pages import in_thread
from pages_for_tests import PAGES
from PIL import Image
from playwright.sync_api import expect

from benchmarks.browser import served

pytestmark = pytest.mark.browser


@contextmanager
def gradio(zoo):
    with in_thread(zoo, PAGES) as url:
        yield f"{url}/?view=every&data=toys"


@contextmanager
def streamlit(zoo):
    with served(zoo, script="tests/run_pages.py") as url:
        yield f"{url}/?data=toys"


def drag(page, name: str, *spots: tuple[float, float]) -> None:
    """A stroke on a sheet in sight that stands still, in shares of its width and height."""
    sheet = page.get_by_role("group", name=name, exact=True).locator("canvas")
    box = None
    while box != (box := sheet.bounding_box()):
        page.wait_for_timeout(200)
        sheet.scroll_into_view_if_needed()  # each time: what comes above it may have pushed it out of sight
    for i, (x, y) in enumerate(spots):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if not i:
            page.mouse.down()
    page.mouse.up()


@pytest.mark.parametrize("face", [gradio, streamlit])
def test_a_visitor_draws_and_uploads(zoo_folder, browser, tmp_path, face):
    errors: list[str] = []
    white = np.full((90, 120, 3), 255, np.uint8)
    white[:, 55:65] = 0
    Image.fromarray(white).convert("CMYK").save(tmp_path / "one.jpg")
    (tmp_path / "none.png").write_bytes(b"no picture")

    with face(zoo_folder) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        sketch = page.get_by_role("group", name="Sketch", exact=True)
        said = page.locator(".said:visible li")
        expect(said.filter(has_text="sketch: empty")).to_be_visible(timeout=60_000)

        # A stroke across: the middle rows of the 8 have ink, and the link has the picture.
        drag(page, "Sketch", (0.1, 0.5), (0.9, 0.5))
        expect(said.filter(has_text="sketch: (8, 8, 1), ")).to_be_visible()
        page.wait_for_url("**sketch_toys=8x8x1.**")
        sketch.get_by_role("button", name="Undo").click()
        expect(said.filter(has_text="sketch: empty")).to_be_visible()
        drag(page, "Sketch", (0.1, 0.5), (0.9, 0.5))
        page.wait_for_url("**sketch_toys=8x8x1.**")
        drawn = sketch.locator("canvas").evaluate("one => one.toDataURL()")

        # In a fold that was closed: a box from the second to the fifth pixel each way, over what is drawn.
        page.get_by_text("The hole", exact=True).locator("visible=true").click()
        drag(page, "Hole", (0.2, 0.2), (0.55, 0.55))
        expect(said.filter(has_text="hole: (8, 8, 1), 16 pixels")).to_be_visible()
        page.wait_for_url("**hole_toys=8x8x1.**")
        expect(page.get_by_role("group", name="Hole", exact=True).locator("img")).to_be_visible()

        # The link shows the same.
        again = browser.new_page()
        again.goto(page.url)
        expect(again.locator(".said:visible li").filter(has_text="hole: (8, 8, 1), 16")).to_be_visible(timeout=60_000)
        other = again.get_by_role("group", name="Sketch", exact=True).locator("canvas")
        expect(other).to_be_visible()
        assert other.evaluate("one => one.toDataURL()") == drawn
        again.close()

        # Files: no picture; then one in CMYK, black on white, of which the middle square is taken.
        sketch.locator("input[type=file]").set_input_files(tmp_path / "none.png")
        expect(sketch.get_by_text("Your browser cannot read this file as a picture.")).to_be_visible()
        sketch.locator("input[type=file]").set_input_files(tmp_path / "one.jpg")
        expect(sketch.get_by_text("light and dark were exchanged")).to_be_visible()
        expect(said.filter(has_text="sketch: (8, 8, 1), ")).to_be_visible()
        column = "c => [...c.getContext('2d').getImageData(0, 3, 8, 1).data].filter((_, i) => i % 4 === 0)"
        row = sketch.locator("canvas").evaluate(column)
        assert row[0] < 30 and row[7] < 30 and max(row[3:5]) > 90
        sketch.get_by_role("button", name="Clear").click()
        expect(said.filter(has_text="sketch: empty")).to_be_visible()
        page.close()
    assert not errors
