"""Learn in a real browser: a link opens a variant in both front ends, its neighbours follow, and a phone holds it."""

import re

import pytest
from conftest import put
from playwright.sync_api import expect

from benchmarks.browser import served

pytestmark = pytest.mark.browser

DIAGRAM = "document.querySelectorAll('.net-box img').length > 0 && [...document.querySelectorAll('.net-box img')]"
DRAWN = f"{DIAGRAM}.every(image => image.complete && image.naturalWidth > 0)"
FITS = "e => e.scrollWidth <= innerWidth"


def open_at(browser, url: str):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(60_000)
    page.goto(url)
    return page


def test_streamlit_opens_a_variant_by_its_link_and_turns_to_the_next(browser, zoo_folder):
    with served(zoo_folder) as url:
        page = open_at(browser, f"{url}/learn?data=toys&variant=plain")
        expect(page.get_by_role("heading", name="Plain GAN")).to_be_visible(timeout=60_000)
        page.wait_for_function(DRAWN)
        assert page.locator("[data-testid=stMain]").evaluate(FITS)
        nets = page.get_by_role("img", name=re.compile("^Generator: .* The table below says the same.$"))
        expect(nets).to_have_count(1)
        page.get_by_text("The same as a table").first.click()
        expect(page.locator(".net table").first).to_be_visible()
        expect(page.locator(".katex-display").first).to_be_visible()
        page.get_by_role("button", name="Next: Deep GAN").click()
        expect(page.get_by_role("heading", name="Deep GAN")).to_be_visible(timeout=60_000)
        expect(page).to_have_url(re.compile("variant=deep"))


def test_gradio_opens_a_variant_by_its_link_and_turns_to_the_one_before(browser, zoo_folder):
    put(zoo_folder / "photos" / "deep", "photos", name="deep", title="Deep GAN", channels=3, year=2018)
    with served(zoo_folder, gradio=True) as url:
        page = open_at(browser, f"{url}/?variant=deep")
        expect(page.locator(".lesson h2")).to_contain_text("Deep GAN", timeout=60_000)
        expect(page.get_by_role("tab", name="Learn", exact=True)).to_have_attribute("aria-selected", "true")
        page.wait_for_function(DRAWN)
        assert page.locator("html").evaluate(FITS)
        page.get_by_role("button", name="Previous: Colour GAN").click()
        expect(page.locator(".lesson h2")).to_contain_text("Colour GAN", timeout=60_000)
        expect(page).to_have_url(re.compile("variant=colour"))
        page.get_by_role("radio", name="From minimax to R3GAN").click()
        expect(page.get_by_text("None of its steps is in this zoo.")).to_be_visible(timeout=60_000)
