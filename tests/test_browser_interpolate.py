"""Walks in a real browser, in both front ends: the slider that asks no server, key frames, maps, films, links."""

import re

import av
import pytest
from PIL import Image
from playwright.sync_api import expect

from benchmarks.browser import served
from demo.zoo.walks import MAP

WIDTHS = {1280: 900, 390: 844}
WAIT = 60_000

pytestmark = pytest.mark.browser


def opened(browser, address: str, width: int):
    page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]})
    page.set_default_timeout(WAIT)
    page.goto(address)
    return page


def pictures(page, count: int) -> list[str]:
    """The pixels of all that is drawn on the page, as soon as there is as much as there should be."""
    drawn = page.locator(".scrub canvas:visible")
    expect(drawn).to_have_count(count, timeout=WAIT)
    return drawn.evaluate_all("all => all.map(one => one.toDataURL())")


def others(before: list[str], after: list[str]) -> bool:
    return all(a != b for a, b in zip(before, after, strict=True))


def says(page, words: str) -> None:
    expect(page.locator(".scrub figcaption:visible").first).to_contain_text(re.compile(words), timeout=WAIT)


def press(page, slider: str, key: str, count: int) -> list[str]:
    """The pictures after a key: they change with the key itself, so nothing is waited for."""
    page.get_by_role("slider", name=slider).press(key)
    return pictures(page, count)


def download(page, button: str):
    with page.expect_download() as file:
        page.get_by_role("button", name=button).click()
    return file.value


def narrow(page, of: str = "html") -> bool:
    return page.locator(of).evaluate("m => m.scrollWidth") <= page.viewport_size["width"]


def test_a_link_reopens_a_place_on_a_path_and_on_a_map(zoo_folder, browser):
    with served(zoo_folder) as url:
        page = opened(browser, f"{url}/interpolate?data=toys", 1280)
        before = pictures(page, 3)
        slider = page.get_by_role("slider", name="Position on the path")
        assert slider.get_attribute("aria-valuetext") == "seed 7 → seed 23, 50 %"
        moved = press(page, "Position on the path", "ArrowRight", 3)
        assert others(before, moved)
        page.wait_for_url("**at=0.51*")
        again = opened(browser, page.url, 390)
        assert pictures(again, 3) == moved
        again.close()
        end = press(page, "Position on the path", "End", 3)
        assert end == press(page, "Position on the path", "Home", 3) != moved  # a loop
        # The address follows once the hand rests; what comes next must not overtake it.
        page.wait_for_url(lambda to: "at=0.51" not in to and "at=1" not in to)

        page.set_viewport_size({"width": 390, "height": 844})
        page.get_by_text("Change a key frame, path, loop").click()
        page.get_by_role("button", name="Add", exact=True).click()
        says(page, r"seeds 0, 7, 23, \d+ ·")
        page.wait_for_url("**keys=0*7*23**")
        assert narrow(page, "[data-testid=stMain]")
        page.get_by_text(MAP).click()
        page.get_by_role("slider", name="Down").wait_for()
        says(page, "seeds 0, 7, 23, 42")
        middle = pictures(page, 3)
        whole = page.locator(".scrub-map").first
        whole.scroll_into_view_if_needed()
        size = whole.bounding_box()
        whole.click(position={"x": size["width"] - 3, "y": size["height"] - 3})
        assert others(middle, pictures(page, 3))
        assert page.get_by_role("slider", name="Down").get_attribute("aria-valuetext") == "bottom"
        page.wait_for_url("**at=1+1**")
        shown = pictures(page, 3)
        assert narrow(page, "[data-testid=stMain]")
        again = opened(browser, page.url, 390)
        assert pictures(again, 3) == shown
        again.close()
        page.close()


def test_films_are_saved_from_classes(zoo_folder, browser):
    with served(zoo_folder) as url:
        page = opened(browser, f"{url}/classes?data=toys&columns=2&film=MP4", 390)
        (before,) = pictures(page, 1)
        page.get_by_role("button", name="Play").click()
        page.wait_for_function(
            """before => { const find = root => root.querySelector(".scrub canvas") || [...root.querySelectorAll("*")]
                .map(one => one.shadowRoot && find(one.shadowRoot)).find(Boolean)
                return find(document).toDataURL() !== before }""",
            arg=before,
        )
        page.get_by_role("button", name="Pause").click()
        with av.open(download(page, "Download the film as MP4").path()) as film:
            assert sum(1 for _ in film.decode(video=0)) == 60  # three steps of a second, around
        page.get_by_text("WebP", exact=True).click()
        with Image.open(download(page, "Download the film as WebP").path()) as film:
            assert film.format == "WEBP" and film.n_frames == 60
        with Image.open(download(page, "Download the grid as PNG").path()) as grid:
            assert grid.format == "PNG"
        assert narrow(page, "[data-testid=stMain]")
        page.close()


def test_both_tabs_of_gradio(zoo_folder, browser):
    with served(zoo_folder, gradio=True) as url:
        page = opened(browser, f"{url}/?view=interpolate&data=toys", 390)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        before = pictures(page, 3)
        assert others(before, press(page, "Position on the path", "ArrowLeft", 3))
        keys = page.get_by_role("textbox", name="Key frames").first
        keys.fill("5, 8")  # at once, as if pasted: taken once the field is left
        keys.blur()
        says(page, "seeds 5, 8 ·")
        page.locator("button:visible", has_text="Change a key frame, path, loop").click()
        page.get_by_role("radio", name="8", exact=True).check()
        page.get_by_label("Its class").first.click()
        page.get_by_role("option", name="zero", exact=True).click()
        expect(page.locator(".scrub figcaption:visible").nth(2)).to_contain_text("class two to zero", timeout=WAIT)
        expect(keys).to_have_value("5, 8: zero")
        keys.fill("5, x")
        keys.press("Enter")
        page.get_by_text("'x' is not a key frame").wait_for()
        expect(page.locator(".scrub canvas:visible")).to_have_count(0)
        keys.fill("5, 8, 9")
        keys.press("Enter")
        says(page, "seeds 5, 8, 9 ·")
        page.get_by_role("radio", name="MP4").first.check()
        with av.open(download(page, "Download the film").path()) as film:
            assert sum(1 for _ in film.decode(video=0)) == 60
        page.get_by_role("radio", name=MAP).check()
        page.get_by_role("slider", name="Down").wait_for()
        middle = pictures(page, 3)
        assert others(middle, press(page, "Down", "End", 3))

        page.get_by_role("tab", name="Classes").click()
        says(page, "seeds 0 to 5 · class zero to one to two")
        before = pictures(page, 1)
        assert others(before, press(page, "Position between the classes", "End", 1))
        page.get_by_role("radio", name="Walk the latent").check()
        says(page, "seeds 5, 8, 9 · class zero, one, two, each kept fixed")  # key frames go along from page to page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            assert narrow(page)
        assert not errors
        page.close()
