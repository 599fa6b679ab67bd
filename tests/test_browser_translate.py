"""Translate in a real browser, on both front ends: a stroke on the sheet becomes the translator's answer."""

from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from gradio_pages import in_thread
from playwright.sync_api import expect
from test_browser_pad import drag

from benchmarks.browser import served

pytestmark = pytest.mark.browser
LINK = urlencode({"data": "toys", "task_toys": "edges → pictures", "source_toys": "draw or upload"})


@contextmanager
def gradio(zoo):
    with in_thread(zoo) as url:
        yield f"{url}/?view=translate&{LINK}"


@contextmanager
def streamlit(zoo):
    with served(zoo) as url:
        yield f"{url}/translate?{LINK}"


@pytest.mark.parametrize(("face", "width"), [(gradio, 390), (streamlit, 1280)])
def test_who_draws_outlines_gets_a_picture(translator_zoo, browser, face, width):
    errors: list[str] = []
    with face(translator_zoo) as url:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
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
        page.close()
    assert not errors
