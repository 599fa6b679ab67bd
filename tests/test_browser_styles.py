"""Style mixing and truncation in a real browser, in both front ends."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from benchmarks.browser import served

pytestmark = pytest.mark.browser


def pictures(page) -> list[str]:
    """The addresses of the mixtures and of the truncations, which say every pixel."""
    return page.locator(".cards img:visible").evaluate_all("all => all.map(one => one.src)")


def says(page, words: str) -> list[str]:
    """The pictures, once the mixtures are described so."""
    expect(page.locator(".cards:visible figcaption").first).to_contain_text(words)
    expect(page.locator(".cards:visible")).to_have_count(2)
    return pictures(page)


def download(page) -> Image.Image:
    with page.expect_download() as file:
        page.get_by_role("button", name="Download the grid as PNG").click()
    return Image.open(file.value.path())


@pytest.mark.parametrize("gradio", [False, True])
def test_a_visitor_mixes_styles(styled_zoo, browser, gradio):
    with served(styled_zoo, gradio=gradio) as url:
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        query = "data=toys&styled_toys=Styled+GAN&grid=3"
        page.goto(f"{url}/?view=styles&{query}" if gradio else f"{url}/styles?{query}")
        before = says(page, "4 and 8 px from the columns")
        assert len(before) == 2
        page.get_by_role("radio", name="fine").click()
        fine = says(page, "32 px from the columns")
        page.get_by_role("button", name="Next").and_(page.locator(":visible")).nth(1).click()
        moved = says(page, "columns seeds 103 to 105")
        page.get_by_role("slider", name=re.compile("Truncation")).and_(page.locator(":visible")).press("Home")
        mean = says(page, "truncation 0 ")
        assert len({before[0], fine[0], moved[0], mean[0]}) == 4
        assert before[1] == fine[1] == moved[1] == mean[1]  # the strips are of the rows alone
        page.wait_for_url("**truncation=0**")
        assert download(page).format == "PNG"
        assert page.locator("html" if gradio else "[data-testid=stMain]").evaluate("m => m.scrollWidth") <= 390

        again = browser.new_page(viewport={"width": 1280, "height": 900})
        again.goto(page.url)
        assert says(again, "truncation 0 ") == mean
        assert not errors
        again.close()
        page.close()
