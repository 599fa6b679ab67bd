"""The playground in a real browser, on both front ends: train, pause, scrub, single steps, a setting while it runs."""

import re
from contextlib import contextmanager

import pytest
from gradio_pages import in_thread
from playwright.sync_api import expect

from benchmarks.browser import served
from demo.pages import PAGES

pytestmark = pytest.mark.browser
RUN = "lanes=plain&batch=32&width=8&steps=20000"


@contextmanager
def gradio(zoo):
    with in_thread(zoo, PAGES) as url:
        yield f"{url}/?view=playground&"


@contextmanager
def streamlit(zoo):
    with served(zoo) as url:
        yield f"{url}/playground?"


def step(page) -> int:
    return int(page.locator(".stage-step").inner_text().split()[1].replace(",", ""))


@pytest.mark.parametrize("face", [gradio, streamlit])
def test_a_learner_trains_pauses_and_scrubs(zoo_folder, browser, face):
    errors: list[str] = []
    with face(zoo_folder) as url:
        page = browser.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))

        # A story is there at once, and its first picture in sight.
        page.goto(url)
        expect(page.locator(".stage-step")).to_have_text("Step 900 of 900", timeout=60_000)
        assert page.locator(".stage canvas").first.bounding_box()["y"] < 780
        slider = page.get_by_label("Moment of the run")
        slider.press("Home")
        expect(page.locator(".stage-step")).to_have_text("Step 0 of 900")

        # A run: it goes on until it is paused, and what was recorded can be scrubbed.
        page.goto(f"{url}{RUN}")
        expect(page.locator(".stage-step")).to_have_text("Step 0 of 20,000", timeout=60_000)
        page.get_by_role("button", name="Train", exact=False).first.click()
        expect(page.locator(".stage-step")).not_to_have_text("Step 0 of 20,000")
        expect(slider).not_to_have_attribute("max", re.compile("^[0-5]$"))
        page.get_by_role("button", name="Pause").first.click()
        page.wait_for_timeout(2500)
        at = step(page)
        page.wait_for_timeout(1500)
        assert step(page) == at > 0
        slider.press("Home")
        assert step(page) == 0

        # One step of G alone, then the untrained networks again.
        slider.press("End")
        last = step(page)
        page.get_by_role("button", name="G", exact=True).click()
        expect(page.locator(".stage-said")).to_contain_text("G was updated")
        assert step(page) == last + 1
        page.get_by_role("button", name="Reset").click()
        expect(page.locator(".stage-step")).to_have_text("Step 0 of 20,000")
        assert not errors
