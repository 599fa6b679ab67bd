"""Pages that have every control and part, in a real browser under Streamlit: what AppTest cannot see."""

import pytest
from PIL import Image
from playwright.sync_api import expect
from screens import WIDTHS, barriers, cut_in

from benchmarks.browser import served
from demo.draw import number as numbers

pytestmark = pytest.mark.browser
SCRIPT = "tests/run_pages.py"


class Screen:
    """One tab on the test pages; errors of its scripts fail the test at the end."""

    def __init__(self, browser, url: str, width: int, scheme: str):
        options = {"color_scheme": scheme, "reduced_motion": "reduce", "has_touch": width < 500}
        self.page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]}, **options)
        self.page.set_default_timeout(60_000)
        self.width, self.errors = width, []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open(url)

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.rest()

    def rest(self) -> None:
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        self.page.locator(".part").first.wait_for()

    def number(self, name: str):
        return self.page.get_by_role("group", name=name, exact=True)

    def menu(self, name: str) -> None:
        if self.width < 500:
            self.page.get_by_test_id("stExpandSidebarButton").click()
            self.page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        else:
            self.page.get_by_test_id("stTopNavLink").filter(has_text=name).click()

    def shows(self, text: str) -> None:
        expect(self.page.get_by_text(text, exact=True).first).to_be_visible(timeout=60_000)

    def close(self) -> None:
        for main in ("[data-testid=stMain]", "html"):
            assert self.page.locator(main).evaluate("m => m.scrollWidth") <= self.width
        assert not cut_in(self.page), "buttons are cut at the edge of the screen"
        assert not self.errors
        self.page.close()


CLICKS = """group => new Promise(done => {
  const next = [...group.querySelectorAll("button")].find(one => one.textContent === "Next")
  for (let i = 0; i < 10; i++) setTimeout(() => { next.click(); if (i === 9) done() }, 40 * i)
})"""
"""Ten presses in 0.4 seconds"""


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_control_and_part_in_a_browser(zoo_folder, browser, width, scheme):
    with served(zoo_folder, script=SCRIPT) as url:
        screen = Screen(browser, f"{url}/?data=toys", width, scheme)
        page, seed = screen.page, screen.number("First seed")
        expect(page).to_have_title("Every · GANscope")
        expect(page.locator(".sheets img")).to_have_count(3)
        page.locator("[data-testid=stVegaLiteChart] svg").nth(1).wait_for()
        screen.rest()
        found = [line for line in barriers(page) if not line.startswith("scrollable-region-focusable")]
        assert not found, "\n".join(found)

        # Numbers: none of ten quick presses is lost; typed ones count when the field is left, or after a while.
        seed.evaluate(CLICKS)
        page.wait_for_url("**seed=40**")
        screen.shows("Sticky: seed 40")
        expect(seed.get_by_label("First seed")).to_have_value("40")
        seed.get_by_label("First seed").fill("7")
        page.wait_for_url("**seed=7")
        seed.get_by_label("First seed").fill("")
        seed.get_by_label("First seed").press("Tab")
        expect(seed.get_by_label("First seed")).to_have_value("7")
        seed.get_by_label("First seed").fill("99999999999")
        seed.get_by_label("First seed").press("Enter")
        page.wait_for_url(f"**seed={2**31 - 1}")
        expect(seed.get_by_role("button", name="Next")).to_have_attribute("aria-disabled", "true")
        page.get_by_text("Seed 40", exact=True).click()  # a link inside a part: the server has another value
        expect(seed.get_by_label("First seed")).to_have_value("40")
        screen.shows("Sticky: seed 40")
        seed.get_by_role("button", name="Previous").click()
        page.wait_for_url("**seed=36")
        screen.shows("Sticky: seed 36")
        screen.rest()

        # A click on a picture: the second row's first.
        image = page.locator(".sheets img").first
        image.scroll_into_view_if_needed()
        box = image.bounding_box()
        image.click(position={"x": 0.2 * box["width"], "y": 0.8 * box["height"]})
        page.wait_for_url("**look=38**")
        screen.shows("Seed looked at: 38")
        expect(page.get_by_role("heading", name="Look closer")).to_be_in_viewport()
        screen.rest()
        look = screen.number("Seed to look at").get_by_label("Seed to look at")
        expect(look).to_have_value("38")
        look.fill("")
        look.press("Enter")
        screen.shows("Seed looked at: none")

        # The fold stays as it is while its line changes.
        fold = page.locator("details", has_text="3 of 3 variants")
        fold.locator("summary").click()
        page.get_by_role("button", name="Plain GAN", exact=True).click()
        expect(page.locator("summary", has_text="2 of 3 variants: Deep GAN, Told GAN")).to_be_visible()
        expect(page.get_by_role("button", name="Deep GAN", exact=True)).to_be_visible()
        expect(page.locator(".sheets img")).to_have_count(2)
        screen.rest()

        page.keyboard.press("Escape")
        page.get_by_role("heading", name="Every").click()
        page.keyboard.press("ArrowLeft")
        screen.shows("Presses: 1")
        with page.expect_download() as file:
            page.get_by_test_id("stDownloadButton").get_by_role("button").click()
        assert Image.open(file.value.path()).format == "PNG" and file.value.suggested_filename == "seed36.png"
        page.get_by_role("button", name="Link and Python").click()
        codes = page.locator("[data-testid=stCode] code")
        expect(codes.first).to_contain_text("data=toys&variants_toys=Deep+GAN&variants_toys=Told+GAN&seed=36")
        expect(codes.nth(1)).to_contain_text("seed = 36")
        page.keyboard.press("Escape")

        page.get_by_role("slider", name="Position on the path").press("Home")
        page.wait_for_url("**at=0**")
        again = Screen(browser, page.url, width, scheme)
        again.shows("Sticky: seed 36")
        expect(again.page.locator(".sheets img")).to_have_count(2)
        expect(again.page.get_by_role("slider", name="Position on the path")).to_have_value("0")
        again.close()
        screen.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_back_and_forward_go_from_page_to_page_and_keep_the_data_set(zoo_folder, browser, width, scheme):
    with served(zoo_folder, script=SCRIPT) as url:
        screen = Screen(browser, f"{url}/other", width, scheme)
        page = screen.page
        screen.shows("Other: photos, seed 0, images 4")
        page.get_by_role("radio", name="toys").click()
        screen.shows("Other: toys, seed 0, images 4")
        screen.number("First seed").get_by_role("button", name="Next").click()
        page.wait_for_url("**/other?data=toys&seed=1")
        screen.rest()
        steps = page.evaluate("history.length")
        screen.menu("Every")
        screen.shows("Sticky: seed 1")
        page.wait_for_url(lambda address: address.startswith(f"{url}/?data=toys"))
        if width < 500:
            expect(page.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()
        screen.rest()
        page.get_by_text("Go to the other page").click()
        screen.shows("Other: toys, seed 5, images 4")
        page.wait_for_url("**/other?data=toys&seed=5")
        expect(page).to_have_title("Other · GANscope")
        screen.rest()
        assert page.evaluate("history.length") == steps + 2, "a step for each page, none for what changes within one"
        page.go_back()
        screen.shows("Sticky: seed 1")
        screen.rest()
        page.go_back()
        screen.shows("Other: toys, seed 1, images 4")
        screen.rest()
        page.go_forward()
        screen.shows("Sticky: seed 1")
        page.wait_for_url(lambda address: "data=toys" in address)
        screen.close()


def test_a_link_in_a_part_that_is_still_being_made_is_a_step_and_no_new_load(zoo_folder, browser, monkeypatch):
    monkeypatch.setenv("GANSCOPE_PAGES", "slow_pages")
    with served(zoo_folder, script=SCRIPT) as url:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{url}/?data=toys&seed=4")
        page.get_by_text("Slow: seed 4").wait_for()
        page.evaluate("window.stays = true")
        page.get_by_text("Go on").click()
        page.get_by_text("Next: seed 5").wait_for()
        page.wait_for_url("**/next?data=toys&seed=5")
        assert page.evaluate("window.stays")
        page.go_back()
        page.get_by_text("Made: seed 4").wait_for()
        page.wait_for_url(f"{url}/?data=toys&seed=4")
        page.close()


PRESSES = """async () => {
  const sent = [], box = document.body.appendChild(document.createElement("div"))
  const rest = ms => new Promise(done => setTimeout(done, ms))
  const shown = value => number(box, {label: "Seed", value, least: 0, most: 99, step: 1, after: "Next", random: 0},
                                one => sent.push(one))
  shown(0)
  const next = [...box.querySelectorAll("button")].find(one => one.textContent === "Next")
  next.click()
  const atOnce = [...sent]
  await rest(400)
  for (let i = 0; i < 10; i++) next.click()
  await rest(400)
  return [atOnce, sent]
}"""


def test_a_first_press_is_told_at_once_and_quick_ones_together(browser):
    page = browser.new_page()
    page.add_script_tag(content=numbers.JS)
    assert page.evaluate(PRESSES) == [[1], [1, 2, 11]]
    page.close()
