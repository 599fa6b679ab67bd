"""Translate in a real browser, on both front ends: a stroke on the sheet becomes the translator's answer, and a box on
a picture the hole that it fills."""

from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from gradio_pages import in_thread
from playwright.sync_api import expect
from test_browser_pad import drag

from benchmarks.browser import served
from demo.page import Picture

pytestmark = pytest.mark.browser
TOYS = "data=toys&task_toys="


@contextmanager
def gradio(zoo):
    with in_thread(zoo) as url:
        yield f"{url}/?view=translate&{TOYS}"


@contextmanager
def streamlit(zoo):
    with served(zoo) as url:
        yield f"{url}/translate?{TOYS}"


@pytest.mark.parametrize(("face", "width"), [(gradio, 390), (streamlit, 1280)])
def test_who_draws_gets_a_picture_and_who_paints_a_hole_has_it_filled(translator_zoo, browser, face, width):
    errors: list[str] = []
    with face(translator_zoo) as url:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}edges → pictures&source_toys=draw or upload")
        expect(page.get_by_text("Draw something on the sheet").first).to_be_visible(timeout=60_000)
        answer = page.locator('img[alt="Edgy"]:visible')
        expect(answer).to_have_count(0)
        drag(page, "Your picture", (0.2, 0.3), (0.8, 0.3), (0.8, 0.7))
        expect(answer).to_be_visible(timeout=60_000)
        first = answer.get_attribute("src")
        page.wait_for_url("**drawing_16x16x1=16x16x1.**")
        drag(page, "Your picture", (0.2, 0.8), (0.6, 0.8))
        expect(answer).not_to_have_attribute("src", first)
        assert page.evaluate("document.documentElement.scrollWidth") <= width  # nothing hangs over

        page.goto(f"{url}hole → whole")
        shown = [page.locator(f'img[alt^="{title} · "]:visible') for title in ("Given: hole", "Filler")]
        before = [one.get_attribute("src") for one in shown]
        sheet = page.get_by_role("group", name="Paint a hole")
        drag(page, "Paint a hole", (0.2, 0.2), (0.6, 0.5))
        for one, was in zip(shown, before, strict=True):
            expect(one).not_to_have_attribute("src", was)
        page.wait_for_url("**hole_16x16x1=16x16x1.**")
        painted = np.zeros((16, 16, 1), np.uint8)
        painted[3:9, 3:10] = 255  # from the pixel under the mouse to the one where it was let go
        (link,) = parse_qs(urlsplit(page.url).query)["hole_16x16x1"]
        np.testing.assert_array_equal(Picture.read(link).array, painted)
        at, answer = sheet.bounding_box(), shown[1].bounding_box()
        if width > 1000:  # beside the sheet, so that whoever paints sees it
            assert answer["x"] >= at["x"] + at["width"] and answer["y"] < at["y"] + at["height"]
        else:
            assert answer["y"] >= at["y"] + at["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        sheet.get_by_role("button", name="Clear").click()
        for one, was in zip(shown, before, strict=True):
            expect(one).to_have_attribute("src", was)  # the rule's own again
        page.close()
    assert not errors
