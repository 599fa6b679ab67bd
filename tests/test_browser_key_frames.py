"""A picture of one's own in a real browser, on both front ends: drawn, found, and handed to Interpolate."""

import pytest
from playwright.sync_api import expect
from screens import faced
from test_browser_pad import drag

pytestmark = pytest.mark.browser
FOUND = ".made.small img:visible"


@pytest.mark.parametrize("gradio", [True, False])
def test_a_drawing_becomes_a_key_frame_that_a_link_holds(zoo_folder, browser, gradio):
    with faced(zoo_folder, gradio, browser) as face, face.screen(390, "dark") as screen:
        page = screen.page
        screen.open("your_picture", data="toys", variants_toys=["Plain GAN", "Told GAN"])
        expect(page.locator("a.go:visible").first).to_be_visible(timeout=60_000)
        drag(page, "Draw, or upload a picture", (0.2, 0.2), (0.7, 0.7), (0.2, 0.8))
        screen.says("What stands on the sheet")
        expect(page.locator(FOUND)).to_have_count(3)  # the picture, and two rebuilt ones above the sheet
        assert page.locator(FOUND).first.bounding_box()["y"] < page.locator("canvas:visible").first.bounding_box()["y"]
        page.get_by_role("link", name="Use it as a key frame").click()
        screen.says("Picture A")
        page.wait_for_url("**found_toys=A*")
        expect(page.locator(FOUND)).to_have_count(2)
        drawn = page.locator(FOUND).evaluate_all("all => all.map(one => one.src)")
        walk = page.locator(".scrub canvas:visible")
        expect(walk).to_have_count(2)
        shown = walk.evaluate_all("all => all.map(one => one.toDataURL())")
        with face.screen() as other:  # somebody gets the link
            other.page.goto(page.url)
            expect(other.page.locator(FOUND)).to_have_count(2, timeout=60_000)
            assert other.page.locator(FOUND).evaluate_all("all => all.map(one => one.src)") == drawn
            again = other.page.locator(".scrub canvas:visible")
            expect(again).to_have_count(2)
            assert again.evaluate_all("all => all.map(one => one.toDataURL())") == shown
