"""Both front ends in a real browser, over one zoo: every page, and what only one of them has.

What a page shows is taken from its parts; that they are right is tested without a browser.
"""

import re
from collections import Counter

import numpy as np
import pytest
from playwright.sync_api import expect
from screens import PLACES, WAIT, barriers

from demo.draw import plots
from demo.page import Chart, Control, Html, Latents, Maker, Picture, Refusal, Scrubber, Table, Variants, resolve
from demo.page.items import Box
from demo.pages import PAGES
from demo.zoo.zoo import Zoo

pytestmark = pytest.mark.browser

TOYS = {"data": "toys"}
NOISE = Picture.of(np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)).text
BROUGHT = {"drawing_toys": NOISE, "variants_toys": ["Plain GAN", "Told GAN"]}
ASKED = {
    "compare": {"look": 3}, "learn": {"variant": "deep"}, "quiz": {"quiz": 5}, "your_picture": BROUGHT,
    "restore": BROUGHT,
}  # fmt: skip
"""What a page's address says on top, to open more of it"""


@pytest.fixture(scope="module")
def zoo(zoo_folder_of_all) -> Zoo:
    return Zoo(zoo_folder_of_all)


# Every page -------------------------------------------------------------------------------------------------
HIDDEN = """all => all.filter(one =>
    !one.getClientRects().length && one.closest(".part").getClientRects().length && !one.closest("details:not([open])")
    && !one.getRootNode().host?.closest("details:not([open])")
).length"""
TORN = """all => all.filter(one => getComputedStyle(one).overflowWrap === "anywhere" ||
    getComputedStyle(one).wordBreak !== "normal").map(one => one.textContent)"""


def unfolded(items):
    """The items that are in sight as a page opens."""
    for item in items:
        if not isinstance(item, Box):
            yield item
        elif item.way != "fold" or item.open:
            yield from unfolded(item.items)


def expected(page, zoo: Zoo, said: dict) -> tuple[Counter, list[str]]:
    """How many there are of each of PLACES, and the words of the controls."""
    s = resolve(page, zoo, {name: texts if isinstance(texts, list) else [str(texts)] for name, texts in said.items()})
    maker, counts, labels = Maker(zoo), Counter(), []
    for item in unfolded(page.items):
        if isinstance(item, Control) and s.shown[item.name] and not isinstance(item, Variants | Latents):
            labels.append(item.label)
        if not isinstance(item, Html | Scrubber | Chart | Table):
            continue
        value = list(maker.make(item, s))[-1][1]
        assert not isinstance(value, Refusal), value
        if value is None:
            continue
        if isinstance(item, Html):
            seen = re.sub("<details>.*?</details>", "", value, flags=re.DOTALL)  # what is folded away is not seen
            counts["pictures"] += seen.count("<img")
            counts["notices"] += value.count('class="notice"')
        elif isinstance(item, Scrubber):
            counts["walks"] += len(value["figures"])
        elif isinstance(item, Chart):
            counts["charts"] += len(plots.drawn(len, *value))
        else:
            counts["tables"] += bool(value.rows)
    return counts, labels


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_by_its_link_and_shows_all_that_it_has(face, zoo, page, width, scheme):
    said = {**TOYS, **ASKED.get(page.name, {})}
    counts, labels = expected(page, zoo, said)
    assert counts.total() or not page.control("data")  # a page to read may show no picture
    with face.screen(width, scheme) as screen:
        screen.open("" if page is PAGES[0] else page.name, **said)
        for name, place in PLACES.items():
            expect(screen.page.locator(place), name).to_have_count(counts[name], timeout=WAIT)
        screen.rest()
        expect(screen.page).to_have_title(f"{page.title} · GANscope")
        for text in [page.words[:30], *labels]:
            screen.says(text)
        # Locators look into the shadow roots of Streamlit's parts, which document.querySelectorAll does not.
        seen = screen.page.locator
        assert seen(".part img").evaluate_all(HIDDEN) == 0, "a rule of the front end hides pictures of the page"
        assert seen(".part table :is(td, th)").evaluate_all(TORN) == [], (
            "a rule of the front end lets words of a table break at any letter"
        )
        found = barriers(screen.page)
        assert not found, "\n".join(found)


@pytest.fixture
def streamlit(face):
    if face.gradio:
        pytest.skip("Gradio's has tests of its own")
    return face


@pytest.fixture
def gradio(face):
    if not face.gradio:
        pytest.skip("of Gradio alone")
    return face


def light(ink: str) -> bool:
    """Whether a colour, as CSS writes it, is nearer to white than to black."""
    return np.mean([float(part) for part in re.findall(r"[\d.]+", ink)[:3]]) > 128


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_leaderboard_sorts_and_follows_its_controls(streamlit, width, scheme):
    with streamlit.screen(width, scheme) as screen:
        page = screen.page
        screen.open("leaderboard", **TOYS, curve_toys="Deep GAN")
        best = page.locator("[data-testid=stVegaLiteChart][aria-label*='Best: Deep GAN with 12.3']").first
        best.locator("svg").first.wait_for()
        ink = best.locator("svg text").first.evaluate("t => getComputedStyle(t).fill")
        assert light(ink) == (scheme == "dark")

        # Its pixels are a canvas; a screen reader gets a table, which is there only once the canvas has been drawn.
        frame = page.locator("[data-testid=stDataFrame]").first
        frame.scroll_into_view_if_needed()
        for first in ("Real training images", "One class only"):  # by distance, rising and falling
            box = frame.bounding_box()
            page.mouse.click(box["x"] + 170, box["y"] + 18)  # the title; on its right there is a menu
            expect(frame.locator("table tbody tr").first).to_contain_text(first, timeout=WAIT)
        page.mouse.move(5, 5)
        page.get_by_text("All columns").click()
        page.wait_for_url("**all=true**")
        page.get_by_role("radio", name="Multiply-adds").click()
        page.wait_for_url("**cost=Multiply**")
        page.locator("[data-testid=stVegaLiteChart][aria-label*='against multiply-adds']").wait_for()


def test_the_ablation_shows_other_seeds_and_its_numbers(streamlit):
    with streamlit.screen(390, "dark") as screen:
        page = screen.page
        screen.open("ablation", **TOYS, parent_toys="Root GAN", drawn=4)
        screen.says("Noisy GAN made some figures better and others worse")
        before = screen.pictures(2)
        drawn = page.locator("[data-testid=stVegaLiteChart]")
        drawn.nth(3).locator("svg").first.wait_for()
        assert "FD-toys-cnn 21.0 → 16.0 (−5.00), better" in drawn.first.get_attribute("aria-label")
        screen.number("First seed").get_by_role("button", name="Next").click()
        page.wait_for_url("**seed=4**")
        after = screen.other(2, before)
        assert not any(map(np.array_equal, before, after))
        page.get_by_text("Every difference in numbers").click()
        page.locator("[data-testid=stDataFrame]:visible").wait_for()


NEXT = """group => new Promise(done => {
    const next = [...group.querySelectorAll("button")].find(one => one.textContent === "Next")
    for (let i = 0; i < 10; i++) setTimeout(() => { next.click(); if (i === 9) done() }, 40 * i)
})"""
"""Ten presses in 0.4 seconds"""


def test_none_of_ten_quick_presses_is_lost(gradio):
    with gradio.screen(1280) as screen:
        screen.open("compare", **TOYS, variants_toys="Plain GAN", images=4)
        screen.pictures(2)
        screen.number("First seed").evaluate(NEXT)
        screen.page.wait_for_url("**seed=40**")
        expect(screen.number("First seed").get_by_label("First seed")).to_have_value("40")
        screen.says("seeds 40 to 43")


HOME = """() => {
    window.homeSeen = 0
    const look = () => {
        const wall = [...document.querySelectorAll("[role=tabpanel] h2, .wall")]
        if (wall.some(one => (one.matches(".wall") || one.textContent.includes("Same latents"))
            && one.checkVisibility({visibilityProperty: true}))) window.homeSeen++
        requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
}"""
"""Counts the frames in which anything of the front page is in sight"""


def test_a_link_to_a_page_shows_no_other_one_first(gradio):
    with gradio.screen(1280) as screen:
        screen.page.add_init_script(f"({HOME})()")
        screen.open("compare", **TOYS, variants_toys="Plain GAN")
        screen.pictures(2)
        assert screen.page.evaluate("homeSeen") == 0
        screen.open(**TOYS)
        screen.page.locator(".wall img").first.wait_for()
        screen.page.wait_for_function("homeSeen > 0")  # the test would see it


def test_light_and_dark_are_switched_and_stay(gradio):
    with gradio.screen(1280, "dark") as screen:
        page = screen.page
        screen.open("learn", **TOYS, variant="plain")
        screen.heading("Plain GAN")
        page.wait_for_function("document.body.classList.contains('dark')")
        page.get_by_role("button", name="Light or dark").click()
        page.wait_for_function("!document.body.classList.contains('dark')")
        page.reload()
        screen.heading("Plain GAN")
        assert not page.evaluate("document.body.classList.contains('dark')")
        assert not light(page.locator(".lesson p").first.evaluate("one => getComputedStyle(one).color"))
        page.evaluate("localStorage.clear()")


def test_the_programs_of_a_page_are_found_on_a_phone(gradio):
    with gradio.screen(390) as screen:
        page = screen.page
        screen.open("learn", **TOYS, variant="plain")
        screen.heading("Plain GAN")
        page.get_by_role("button", name=re.compile("API")).click()
        screen.says("/samples")
