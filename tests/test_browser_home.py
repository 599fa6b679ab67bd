"""The front page, links and what can be copied, in a real browser, on both front ends and at both widths."""

import base64
import io
import time
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from test_browser import PIXELS, WIDTHS

from benchmarks.browser import served
from demo.draw import compose

pytestmark = pytest.mark.browser

PICTURES = "[data-testid=stImage] img:visible, .wall img:visible, .cards img:visible"
LINKS = {False: "[class*=st-key-tile_] a", True: ".wall a"}
TOYS = ["Plain GAN", "Deep GAN", "Told GAN"]


@contextmanager
def page_of(browser, width: int, **options):
    """A tab that fails the test where the page reports an error."""
    page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]}, **options)
    page.set_default_timeout(90_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda said: (
            errors.append(f"{said.text} {said.location}")
            # Streamlit asks below the page's own address first where it opens from a link.
            if said.type == "error" and "/_stcore/" not in said.location["url"] and "AbortError" not in said.text
            else None
        ),
    )
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not errors
    page.close()


def shown(page, n: int) -> list[np.ndarray]:
    """The pixels of the n pictures of the page, as soon as they stand still."""
    before, until = None, time.monotonic() + 90
    while time.monotonic() < until:
        expect(page.locator(PICTURES)).to_have_count(n, timeout=90_000)
        try:
            links = page.locator(PICTURES).evaluate_all(PIXELS)
        except Exception:  # a picture was replaced while it was decoded
            continue
        if links == before:
            return [np.asarray(Image.open(io.BytesIO(base64.b64decode(link.split(",")[1])))) for link in links]
        before = links
        page.wait_for_timeout(300)
    raise AssertionError("the pictures did not come to rest")


def same(a, b) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("gradio", [False, True], ids=["streamlit", "gradio"])
def test_the_wall_leads_to_each_variant_and_links_reopen_it(measured_zoo, browser, gradio):
    with served(measured_zoo, gradio) as url:
        for width, scheme in zip(WIDTHS, ("light", "dark"), strict=True):
            with page_of(browser, width, color_scheme=scheme) as page:
                page.goto(f"{url}/?data=toys")
                before = shown(page, 4)
                links = page.locator(LINKS[gradio])
                texts = links.all_inner_texts()
                assert [next(title for title in TOYS if title in text) for text in texts] == TOYS
                assert page.locator(".when:not(.none)").all_inner_texts() == ["2014", "2015", "2016"]
                expect(page.get_by_text("FD 12.3 · floor 0.86")).to_be_visible()
                boxes = [one.bounding_box() for one in page.locator(PICTURES).all()]
                assert (boxes[1]["y"] == boxes[2]["y"]) == (width == 1280)  # two beside each other on a phone
                assert all(box["width"] > 130 for box in boxes)

                old = page.locator(PICTURES).nth(1).get_attribute("src")
                page.get_by_role("button", name="Another latent").click()
                page.wait_for_url("**seed=9**")
                expect(page.locator(PICTURES).nth(1)).not_to_have_attribute("src", old, timeout=90_000)
                after = shown(page, 4)
                assert same(after[:1], before[:1]) and not any(map(np.array_equal, after[1:], before[1:]))

                links.nth(1).focus()  # the keyboard opens a tile
                page.keyboard.press("Enter")
                page.wait_for_url("**learn**")
                expect(page.get_by_role("heading", name="Deep GAN")).to_be_visible(timeout=90_000)
                query = page.url.partition("?")[2]
                assert "data=toys" in query and "variant=deep" in query

            # The address reopens it, and so does that of the other front end.
            asked = "data=toys&variant=deep"
            with page_of(browser, width, color_scheme=scheme) as page:
                page.goto(f"{url}/learn?{asked}" if width == 1280 else f"{url}/?view=learn&{asked}")
                expect(page.get_by_role("heading", name="Deep GAN")).to_be_visible(timeout=90_000)


def drawn_by(python: str, sheet: np.ndarray) -> bool:
    """Whether the lines make the pictures of a sheet with two columns."""
    space: dict = {}
    exec(python, space)
    scale = len(sheet) // len(compose.sheet(space["pictures"], 2, 1))
    return np.array_equal(sheet[..., 0], compose.sheet(space["pictures"], 2, scale))


def test_streamlit_gives_link_and_python(zoo_folder, browser, monkeypatch):
    monkeypatch.chdir(zoo_folder.parent)
    with served(zoo_folder) as url, page_of(browser, 390) as page:
        page.goto(f"{url}/compare?data=toys&variants_toys=Told+GAN&images=4")
        shown(page, 2)
        page.get_by_role("button", name="Next").first.click()
        page.wait_for_url("**seed=4**")
        page.get_by_role("button", name="Link and Python").click()
        link, python = (page.locator("[data-testid=stCode] code").nth(i) for i in (0, 1))
        expect(link).to_contain_text("seed=4", timeout=90_000)
        assert "variants_toys=Told+GAN" in link.inner_text() and "data=toys" in link.inner_text()
        lines, address = python.inner_text(), link.inner_text()
        pictures = shown(page, 2)
        assert drawn_by(lines, pictures[1])
        page.goto(address)
        assert same(shown(page, 2), pictures)


def test_gradio_gives_link_and_python(zoo_folder, browser, monkeypatch):
    monkeypatch.chdir(zoo_folder.parent)
    with served(zoo_folder, gradio=True) as url, page_of(browser, 1280) as page:
        page.goto(f"{url}/compare?data=toys&variants_toys=Told+GAN&images=4&class_toys=two")
        shown(page, 2)
        page.get_by_role("button", name="Link and Python").click()
        expect(page.locator("#link textarea, #link input").first).to_have_value(page.url)
        page.locator("#python .cm-line", has_text="pictures").wait_for()
        pictures = shown(page, 2)
        assert drawn_by(page.locator("#python .cm-content").inner_text(), pictures[1])
        page.get_by_role("tab", name="Interpolate").click()
        page.wait_for_url("**view=interpolate**")
        page.locator("#python .cm-line", has_text="interpolate").wait_for()
        page.get_by_role("button", name="All", exact=True).click()
        page.wait_for_url("**variants_toys=Plain+GAN**")


def test_what_a_link_chose_holds_on_the_next_page(zoo_folder, browser):
    with served(zoo_folder) as url, page_of(browser, 1280) as page:
        page.goto(f"{url}/compare?data=toys&variants_toys=Told+GAN&seed=5")
        shown(page, 2)
        page.get_by_role("link", name="Interpolate").click()
        page.wait_for_url("**/interpolate?**variants_toys=Told+GAN**")
        expect(page.locator(PICTURES)).to_have_count(1, timeout=90_000)


def test_a_link_names_the_data_set_of_the_next_page_and_back_is_one_step(zoo_folder, browser):
    with served(zoo_folder) as url, page_of(browser, 1280) as page:
        resting = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        page.goto(f"{url}/?data=toys")  # not the first data set
        shown(page, 4)
        page.locator(LINKS[False]).nth(2).click()
        page.wait_for_url("**/learn?data=toys&variant=told")
        expect(page.get_by_role("heading", name="Told GAN")).to_be_visible(timeout=90_000)
        resting.wait_for()
        page.get_by_role("link", name="Compare it with the real data").click()
        page.wait_for_url("**/compare?data=toys&variants_toys=Told+GAN")
        shown(page, 2)
        resting.wait_for()
        page.go_back()
        expect(page.get_by_role("heading", name="Told GAN")).to_be_visible(timeout=90_000)
        resting.wait_for()
        page.wait_for_function("[...document.images].every(image => image.complete)")
        page.go_back()
        shown(page, 4)
        assert page.locator(LINKS[False]).nth(2).inner_text() == "Told GAN"


def test_a_tile_opens_its_lesson_whatever_was_read_before_and_that_leads_to_compare_and_back(zoo_folder, browser):
    with served(zoo_folder) as url, page_of(browser, 390) as page:
        page.goto(f"{url}/learn?data=toys&variant=plain")
        expect(page.get_by_role("heading", name="Plain GAN")).to_be_visible(timeout=90_000)
        page.get_by_text("From minimax to R3GAN").click()  # a tile opens a variant, not the walk
        expect(page.get_by_text("None of its steps")).to_be_visible(timeout=90_000)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_role("link", name="Home").click()
        shown(page, 4)  # a page that is left with pictures on their way never gets them
        page.locator(LINKS[False]).nth(2).click()
        expect(page.get_by_role("heading", name="Told GAN")).to_be_visible(timeout=90_000)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_function("[...document.images].every(image => image.complete)")
        page.get_by_role("link", name="Compare it with the real data").click()
        page.wait_for_url("**/compare?**variants_toys=Told+GAN**")
        shown(page, 2)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()  # nothing moves any more
        page.get_by_text("Told GAN (2016)").click()
        page.get_by_role("link", name="Learn how Told GAN works").click()
        page.wait_for_url("**/learn?**variant=told**")
        expect(page.get_by_role("heading", name="Told GAN")).to_be_visible(timeout=90_000)
