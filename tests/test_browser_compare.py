"""Compare and the quiz in a real browser, in both front ends: clicks on pictures, keys, links."""

import io
import os

os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}

import pytest
from PIL import Image
from playwright.sync_api import expect
from test_browser import IMAGES, WIDTHS, Screen, same

from benchmarks.browser import served
from demo.zoo import quiz
from demo.zoo.zoo import Zoo

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)
KEYS = ["toys/plain", "toys/deep", "toys/told"]


def click(page, picture, x: float, y: float) -> None:
    """Click a place of a picture, in shares of its width and height."""
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.click(position={"x": x * box["width"], "y": y * box["height"]})


def test_compare_in_a_browser(looked_zoo, browser):
    with served(looked_zoo) as url:
        for width in WIDTHS:
            # Take a variant away, see another seed, open the link again.
            screen = Screen(browser, f"{url}/compare?data=toys", width)
            page = screen.page
            assert len(screen.pictures()) == 4  # the real data and three variants
            page.get_by_role("button", name="Plain GAN", exact=True).click()
            fewer = screen.until(lambda shown: len(shown) == 3)
            page.get_by_role("button", name="Next").first.click()
            other = screen.until(lambda shown, fewer=fewer: not same(shown[1:], fewer[1:]))
            page.wait_for_url("**seed=16**")

            # The second row, first column of sixteen from seed 16 on.
            click(page, page.locator(IMAGES).nth(1), 0.1, 0.3)
            page.wait_for_url("**look=20**")
            expect(page.locator(".looks figure")).to_have_count(2)
            expect(page.get_by_text("Generated: seed 20").first).to_be_in_viewport()
            assert page.locator(".looks img").count() == 8  # the picture, its neighbour, two lines of scores each
            page.get_by_role("button", name="Next").last.click()
            page.wait_for_url("**look=21**")
            expect(page.get_by_text("Generated: seed 21").first).to_be_visible()

            again = Screen(browser, page.url, width)
            assert same(again.pictures(), other)
            expect(again.page.get_by_text("Generated: seed 21").first).to_be_visible()
            again.page.close()
            assert Image.open(io.BytesIO(page.screenshot())).width == width
            assert page.locator("[data-testid=stMain]").evaluate("m => m.scrollWidth") <= width
            poster = screen.download("Download as PNG")
            assert poster.format == "PNG" and poster.width > max(p.shape[1] for p in other)
            page.close()


def test_the_quiz_in_a_browser(looked_zoo, browser):
    zoo = Zoo(looked_zoo)
    sides = [quiz.round_of(zoo, KEYS, 17, number).plan.side for number in (1, 2, 3)]
    with served(looked_zoo) as url:
        screen = Screen(browser, f"{url}/quiz?data=toys&quiz=17", 390)
        page = screen.page
        shown, onward = page.locator("[data-testid=stImage] img"), page.get_by_role("button", name="Next round")
        expect(shown).to_have_count(2)

        def reads(text: str) -> None:
            expect(page.get_by_text(text)).to_be_visible()
            screen.settle()

        page.keyboard.press(("ArrowLeft", "ArrowRight")[sides[0]])
        reads("You were right in 1 of 1")
        page.keyboard.press("Enter")
        reads("Round 2")
        click(page, shown.nth(1 - sides[1]), 0.5, 0.5)  # the wrong one
        reads("You were right in 1 of 2")
        onward.click()
        reads("Round 3")
        page.get_by_role("button", name="This is real").nth(sides[2]).click()
        reads("You were right in 2 of 3")
        assert page.locator("[data-testid=stMain]").evaluate("m => m.scrollWidth") <= 390
        page.close()


def test_both_in_gradio(looked_zoo, browser):
    zoo = Zoo(looked_zoo)
    sides = [quiz.round_of(zoo, KEYS, 17, number).plan.side for number in (1, 2)]
    with served(looked_zoo, gradio=True) as url:
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}/?quiz=17")
        page.get_by_text("there are none of photos in this zoo").wait_for()  # the first data set
        page.get_by_label("Data set").click()
        page.get_by_role("option", name="toys").click()
        pair = page.locator(".pair img")
        expect(pair).to_have_count(2)
        assert pair.first.get_attribute("alt") == "The picture on the left"
        page.get_by_role("heading", name="Round 1").click()  # out of the list of data sets
        page.keyboard.press(("ArrowLeft", "ArrowRight")[sides[0]])
        expect(page.get_by_text("You were right in 1 of 1")).to_be_visible()
        expect(page.get_by_role("button", name="Next round")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Round 2")).to_be_visible()
        expect(page.get_by_role("button", name="The left one is real")).to_be_visible()
        click(page, pair.nth(1 - sides[1]), 0.5, 0.5)
        expect(page.get_by_text("You were right in 1 of 2")).to_be_visible()

        page.get_by_role("tab", name="Compare").click()
        page.locator(".grids img").first.wait_for()
        page.get_by_label("Seeds of your own").fill("3, 8, 100")
        expect(page.locator(".grids figcaption", has_text="seeds 3, 8, 100").first).to_be_visible()
        click(page, page.locator(".grids img").nth(1), 0.2, 0.8)  # two columns, the second row
        expect(page.get_by_text("Generated: seed 100").first).to_be_visible()
        assert page.locator(".looks figure").count() == 3
        page.locator("button:visible", has_text="Next").last.click()
        expect(page.get_by_text("Generated: seed 101").first).to_be_visible()
        page.get_by_label("Seeds of your own").fill("three")
        expect(page.get_by_text("not 'three'")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert not errors
        page.close()
