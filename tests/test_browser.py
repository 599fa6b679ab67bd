"""Both front ends in a real browser, over one zoo: every page, and what a visitor does that leads from one to another.

What a page shows is taken from its parts; that they are right is tested without a browser.
"""

import re
import shutil
from collections import Counter

import numpy as np
import pytest
from helpers import translators
from PIL import Image
from playwright.sync_api import expect
from screens import PICTURES, WAIT, barriers, faced, same
from zoos import (
    block,
    measure,
    put,
    put_directions,
    put_encoders,
    put_figures,
    put_films,
    put_training_pictures,
    record_runs,
)

from demo.draw import compose, plots
from demo.page import Chart, Control, Html, Latents, Maker, Picture, Refusal, Scrubber, Table, Variants, resolve
from demo.page.items import Box
from demo.pages import PAGES
from demo.zoo import quiz
from demo.zoo.zoo import Zoo

pytestmark = pytest.mark.browser

TOYS = {"data": "toys"}
THREE = {**TOYS, "variants_toys": ["Plain GAN", "Deep GAN", "Told GAN"]}
NOISE = Picture.of(np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)).text
BROUGHT = {"drawing_toys": NOISE, "variants_toys": ["Plain GAN", "Told GAN"]}
ASKED = {
    "compare": {"look": 3}, "learn": {"variant": "deep"}, "quiz": {"quiz": 5}, "your_picture": BROUGHT,
    "restore": BROUGHT,
}  # fmt: skip
"""What a page's address says on top, to open more of it"""
BY_NAME = {page.name: page for page in PAGES}
PLACES = {
    "pictures": PICTURES,
    "walks": ".scrub canvas:visible",
    "charts": "svg.marks:visible",
    "notices": ":is(.notice, [data-testid=stAlert]):visible",
    "tables": ":is([data-testid=stDataFrame], .table):visible",
}


@pytest.fixture(scope="module")
def zoo_folder_of_all(_zoo_once, tmp_path_factory):
    """The small zoo with all that a page can show: figures, films, training pictures, styles, a family, a walk."""
    zoo = tmp_path_factory.mktemp("all") / "zoo"
    shutil.copytree(_zoo_once, zoo)
    put_training_pictures(zoo)
    put_figures(zoo)
    put_films(zoo)
    put_directions(zoo / "toys")
    put_encoders(zoo / "toys")
    translators(zoo)
    toys = zoo / "toys"
    put(toys / "styled", name="styled", title="Styled GAN", network="stylegan2", size=32, year=2020, seed=4)
    put(toys / "dcgan", name="dcgan", title="DCGAN", network="dcgan", year=2015, seed=5)
    put(toys / "root", name="root", title="Root GAN", year=2014)
    put(toys / "noisy", name="noisy", title="Noisy GAN", views={"instance_noise": 0.1}, parent="root", year=2016)
    for name, fd in (("root", 20), ("noisy", 15)):
        measure(toys / name, block(fd, 0.5))
    record_runs(toys)
    return zoo


@pytest.fixture(scope="module", params=[False, True], ids=["streamlit", "gradio"])
def face(request, zoo_folder_of_all, browser):
    with faced(zoo_folder_of_all, request.param, browser) as made:
        yield made


@pytest.fixture(scope="module")
def zoo(zoo_folder_of_all) -> Zoo:
    return Zoo(zoo_folder_of_all)


# Every page -------------------------------------------------------------------------------------------------
HIDDEN = """() => [...document.querySelectorAll(".part img")].filter(one =>
    !one.getClientRects().length && one.closest(".part").getClientRects().length && !one.closest("details:not([open])")
).length"""


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
        assert screen.page.evaluate(HIDDEN) == 0, "a rule of the front end hides pictures of the page"
        found = barriers(screen.page)
        assert not found, "\n".join(found)


# What a visitor does ----------------------------------------------------------------------------------------


LINE = """tile => {
    const line = tile.querySelector(".when"), edge = tile.closest(".wall").getBoundingClientRect().right
    const there = x => tile.getRootNode().elementFromPoint(x, line.getBoundingClientRect().top + 1) === line
    return [there(edge - 12), there(edge + 3)]
}"""
"""Whether the line above a tile is seen within the wall, and beyond it"""


def test_home_leads_to_a_variant_and_to_its_pictures_and_back(face):
    with face.screen(390, "dark") as screen:
        page = screen.page
        screen.open(**TOYS)
        page.locator(".wall img").last.wait_for()
        n = page.locator(".wall .variant").count()
        before = screen.pictures(n)
        page.get_by_role("button", name="Another latent").click()
        after = screen.other(n, before)
        page.wait_for_url("**seed=9**")
        assert same(after[:1], before[:1]) and not any(map(np.array_equal, after[1:], before[1:]))
        boxes = [one.bounding_box() for one in page.locator(PICTURES).all()[:2]]
        assert boxes[0]["y"] == boxes[1]["y"] and all(box["width"] > 130 for box in boxes)  # two beside each other
        second = page.locator(".wall .variant").nth(1)
        second.scroll_into_view_if_needed()
        assert second.evaluate(LINE) == [True, False], "the line of the years goes past the edge of the wall"

        tile = page.locator(".wall a.variant", has_text="Told GAN")
        tile.focus()  # the keyboard opens a tile
        page.keyboard.press("Enter")
        screen.heading("Told GAN")
        page.wait_for_url("**variant=told**")
        assert "learn" in page.url and "data=toys" in page.url
        screen.rest()
        page.get_by_role("link", name="Compare it with the real data").click()
        page.wait_for_url("**variants_toys=Told+GAN**")
        screen.pictures(2)
        page.go_back()
        screen.heading("Told GAN")
        page.wait_for_function("[...document.images].every(image => image.complete)")
        screen.rest()
        page.go_back()
        assert same(screen.pictures(n), after)


def test_a_picture_of_compare_leads_to_the_look_closer(face):
    with face.screen(1280) as screen, face.screen(390, "dark") as other:
        page, labels = screen.page, {**THREE, "variants_toys": ["Plain GAN", "Deep GAN"], "seed": 16}
        screen.open("compare", **labels)
        sheets = screen.pictures(3)  # the real data and two variants
        # The second row, first column of sixteen from seed 16 on.
        screen.click(1, 0.1, 0.3)
        page.wait_for_url("**look=20**")
        expect(page.locator(".looks figure")).to_have_count(2, timeout=WAIT)
        expect(page.get_by_role("heading", name="Look closer")).to_be_in_viewport(timeout=WAIT)
        screen.says("Generated: seed 20")
        screen.number("Seed to look at").get_by_role("button", name="Next").click()
        page.wait_for_url("**look=21**")
        screen.says("Generated: seed 21")
        n = 3 + 2 * 4  # each with its neighbour, and two lines of scores
        shown = screen.pictures(n)
        assert same(shown[:3], sheets)
        other.page.goto(page.url)
        other.says("Generated: seed 21")
        assert same(other.pictures(n), shown)
        with Image.open(screen.download("Download as PNG").path()) as poster:
            assert poster.format == "PNG" and poster.width > max(sheet.shape[1] for sheet in sheets)


def test_the_quiz_is_played_with_keys_clicks_and_buttons(face, zoo):
    keys = ["toys/plain", "toys/deep", "toys/told"]
    sides = [quiz.round_of(zoo, keys, 17, number).plan.side for number in (1, 2, 3)]
    with face.screen(390, "dark") as screen:
        page = screen.page
        screen.open("quiz", **THREE, quiz=17)
        screen.pictures(2)
        assert page.locator(PICTURES).first.get_attribute("alt") == "The picture on the left"  # nothing that tells
        page.keyboard.press(("ArrowLeft", "ArrowRight")[sides[0]])
        screen.says("You were right in 1 of 1")
        expect(page.get_by_role("button", name="Next round")).to_be_visible(timeout=WAIT)
        screen.rest()
        page.keyboard.press("Enter")
        screen.says("Round 2")
        screen.pictures(2)
        screen.click(1 - sides[1], 0.5, 0.5)  # the wrong one
        screen.says("You were right in 1 of 2")
        screen.rest()
        page.get_by_role("button", name="Next round").click()
        screen.says("Round 3")
        screen.rest()
        page.get_by_role("button", name=f"The {('left', 'right')[sides[2]]} one is real").click()
        screen.says("You were right in 2 of 3")


def test_learn_turns_to_the_next_variant_and_its_walk_leads_to_a_page(face):
    with face.screen(390) as screen:
        page = screen.page
        screen.open("learn", **TOYS, variant="plain")
        screen.heading("Plain GAN")
        page.get_by_text("The same as a table").first.click()
        expect(page.locator(".net table").first).to_be_visible()
        expect(
            page.get_by_role("img", name=re.compile("^Generator: .* The table below says the same.$"))
        ).to_have_count(1)
        screen.rest()
        page.get_by_role("button", name=re.compile("^Next: ")).click()
        page.wait_for_url(lambda url: "variant=plain" not in url and "variant=" in url)
        screen.rest()
        page.get_by_text("From minimax to R3GAN", exact=True).click()
        screen.says("Pixels are neighbours.")
        screen.rest()
        page.get_by_role("link", name="Read its page").click()
        screen.heading("DCGAN")
        page.wait_for_url("**variant=dcgan**")
        screen.check()


def test_what_a_link_chose_holds_on_the_next_page(face):
    with face.screen(1280) as screen:
        page = screen.page
        screen.open("compare", **TOYS, variants_toys="Told GAN", seed=5)
        screen.pictures(2)
        if face.gradio:
            page.get_by_role("tab", name="Interpolate").click()
        else:
            page.get_by_role("button", name=BY_NAME["interpolate"].group, exact=True).click()
            page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Interpolate").click()
        page.wait_for_url("**interpolate?**" if not face.gradio else "**view=interpolate**")
        page.wait_for_url("**variants_toys=Told+GAN**")
        expect(page.locator(PLACES["walks"])).to_have_count(1, timeout=WAIT)


def test_what_means_nothing_in_a_link_is_said(face):
    with face.screen(390) as screen:
        screen.page.goto(f"{face.url}/?view=beauty&data=toys")
        screen.says("There is no page 'beauty'")
        screen.open("compare", **TOYS, variants_toys=["Deep GAN", "Nobody"])
        screen.says("The link says 'Nobody' for “Variants”, which means nothing here.")
        screen.pictures(2)


def test_a_link_and_python_that_make_the_same_pictures(face, monkeypatch):
    monkeypatch.chdir(face.zoo.parent)
    with face.screen(390) as screen:
        page = screen.page
        screen.open("compare", **TOYS, variants_toys="Told GAN", images=4)
        before = screen.pictures(2)
        screen.number("First seed").get_by_role("button", name="Next").click()
        page.wait_for_url("**seed=4**")
        pictures = screen.other(2, before)
        page.get_by_role("button", name="Link and Python").click()
        if face.gradio:
            expect(page.locator("#link textarea, #link input").first).to_have_value(re.compile("seed=4"), timeout=WAIT)
            link = page.locator("#link textarea, #link input").first.input_value()
            page.locator("#python .cm-line", has_text="pictures").first.wait_for()
            python = page.locator("#python .cm-content").inner_text()
        else:
            codes = page.locator("[data-testid=stCode] code")
            expect(codes.first).to_contain_text("seed=4", timeout=WAIT)
            link, python = codes.nth(0).inner_text(), codes.nth(1).inner_text()
        assert "variants_toys=Told+GAN" in link and "data=toys" in link
        space: dict = {}
        exec(python, space)
        scale = len(pictures[1]) // len(compose.sheet(space["pictures"], 2, 1))
        sheet = compose.sheet(space["pictures"], 2, scale, clear=True)  # its gaps are the page's own colour
        assert np.array_equal(pictures[1][..., [0, 3]], sheet)
        page.goto(link)
        assert same(screen.pictures(2), pictures)


def test_a_training_moves_with_its_slider(face):
    with face.screen(390) as screen, face.screen(1280) as other:
        page = screen.page
        screen.open("evolution", **TOYS, variants_toys=["Plain GAN", "Deep GAN", "Critic GAN"], images_at=100)
        walks = page.locator(PLACES["walks"])
        expect(walks).to_have_count(3, timeout=WAIT)
        still = walks.evaluate_all("all => all.map(one => one.toDataURL())")
        slider = page.get_by_role("slider", name="Images shown").and_(page.locator(":visible"))
        slider.press("End")
        moved = walks.evaluate_all("all => all.map(one => one.toDataURL())")  # the server is not asked
        assert not set(still) & set(moved)
        page.wait_for_url(re.compile(r"images_at=1(&|$)"))
        screen.says("450 images shown in all")
        expect(page.locator(PLACES["charts"])).to_have_count(2, timeout=WAIT)
        walks.last.scroll_into_view_if_needed()
        assert -5 < slider.bounding_box()["y"] < 200  # it stays in sight
        with Image.open(screen.download("Download the animation").path()) as film:
            assert film.format == "GIF" and film.n_frames > 3
        other.page.goto(page.url)
        expect(other.page.locator(PLACES["walks"])).to_have_count(3, timeout=WAIT)
        assert other.page.locator(PLACES["walks"]).evaluate_all("all => all.map(one => one.toDataURL())") == moved


# What only one of them has ----------------------------------------------------------------------------------


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
