"""Both front ends in a real browser, over one zoo: what a visitor does that leads from one page to another."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from screens import PICTURES, PLACES, WAIT, same
from test_browser_pad import drag

from demo.draw import compose
from demo.pages import PAGES
from demo.zoo import quiz

pytestmark = pytest.mark.browser
FIXTURE = "zoo_folder_of_all"

TOYS = {"data": "toys"}
THREE = {**TOYS, "variants_toys": ["Plain GAN", "Deep GAN", "Told GAN"]}
BY_NAME = {page.name: page for page in PAGES}
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
        screen.says("The link says 'Nobody' for “Variants”, which is not possible here.")
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


def test_a_drawing_becomes_a_key_frame_of_interpolate(face):
    with face.screen() as screen:
        page = screen.page
        screen.open("your_picture", **TOYS, variants_toys=["Plain GAN", "Deep GAN"])
        drag(page, "Draw, or upload a picture", (0.5, 0.1), (0.5, 0.9))
        page.wait_for_url("**drawing_toys=8x8x1.**")
        page.get_by_role("link", name="Use it as a key frame").click()
        page.wait_for_url(
            re.compile(r"interpolate.*found_toys=A%3Atoys%2Fplain%3A.*found_toys=A%3Atoys%2Fdeep%3A.*keys=A")
        )
        page.locator(".scrub canvas:visible").first.wait_for()
