"""The Gradio front end in a real browser: what a visitor of each page does, at both widths, and where links lead."""

import re
import time
from contextlib import contextmanager

import gradio as gr
import pytest
from gradio_pages import in_thread, start
from PIL import Image
from playwright.sync_api import expect
from zoos import record_runs

from demo.faces import gradio
from demo.faces.host import Host
from demo.page.state import EMPTY
from demo.pages import ablation, leaderboard_curves, theory

pytestmark = pytest.mark.browser
WIDTHS = {1280: 900, 390: 844}
PLACES = "[role=tabpanel] .part img:visible, [role=tabpanel] .scrub canvas:visible"
DRAWN = """all => Promise.all(all.map(async one => {
    if (one.tagName == "CANVAS") return one.toDataURL()
    await one.decode()
    return one.src
}))"""
CLICKS = """async (all, [clicks, gap]) => {
    for (const i of clicks) {
        all[i].click()
        await new Promise(done => setTimeout(done, gap))
    }
}"""
"""Milliseconds apart, however busy the machine"""
LINKS = {
    "compare": "images=4&seed=8&look=9",
    "quiz": "quiz=17",
    "interpolate": "keys=1%2C+5&at=0.25",
}


@contextmanager
def page_of(browser, address: str, width: int = 1280):
    """A tab that fails the test where its scripts fail, it asks another server, or it is wider than the screen."""
    page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]})
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    own = (address, "data:", "blob:")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not wrong
    page.close()


def pictures(page) -> list[str]:
    """The pictures of the open tab as they stand."""
    for _ in range(100):
        try:
            return page.locator(PLACES).evaluate_all(DRAWN)
        except Exception:  # one was replaced while it was decoded
            page.wait_for_timeout(100)
    raise AssertionError("the pictures did not come to rest")


def drawn(page) -> list[str]:
    """The same as soon as they stand still."""
    before = None
    for _ in range(200):
        expect(page.locator(PLACES).first).to_be_visible(timeout=90_000)
        now = pictures(page)
        if now == before:
            return now
        before = now
        page.wait_for_timeout(700)
    raise AssertionError("the pictures did not come to rest")


def changes(page, act) -> None:
    """act() makes every picture of the tab another one."""
    before = pictures(page)
    assert before
    act()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (now := pictures(page)) and not set(now) & set(before):
            return
        page.wait_for_timeout(100)
    pytest.fail("the pictures stayed as they were")


def other_data(page, name: str = "toys") -> None:
    page.get_by_label("Data set").click()
    page.get_by_role("option", name=name).click()


def downloaded(page, button: str):
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value


def test_a_link_reopens_the_same_pictures(looked_zoo, browser):
    with in_thread(looked_zoo) as url:
        for view, said in LINKS.items():
            with page_of(browser, url) as page:
                page.goto(f"{url}/?view={view}&data=toys&{said}")
                made = drawn(page)
                for part in said.split("&"):
                    page.wait_for_function("part => location.href.includes(part)", arg=part, timeout=90_000)
                link = page.url
            with page_of(browser, url) as page:
                page.goto(link)
                for _ in range(100):  # parts come one by one, and a busy machine takes its time between them
                    if drawn(page) == made:
                        break
                    page.wait_for_timeout(100)
                assert drawn(page) == made, view
                assert not page.locator(".toast-header").count(), view


def test_who_is_faster_than_the_server_stays_on_his_tab(looked_zoo, browser):
    with in_thread(looked_zoo) as url, page_of(browser, url) as page:
        page.goto(url)
        page.get_by_role("tab", name="Quiz").click()  # at once
        expect(page.locator(".sides img:visible, .notice:visible").first).to_be_visible(timeout=90_000)
        expect(page.get_by_role("tab", name="Quiz")).to_have_attribute("aria-selected", "true")


def test_the_page_of_a_link_opens_even_if_the_answer_that_opens_it_is_lost(looked_zoo, browser, monkeypatch):
    arrived = gradio.Face._arrived

    def lost(face, session, request: gr.Request) -> list:
        return [gr.skip(), *arrived(face, session, request)[1:]]

    monkeypatch.setattr(gradio.Face, "_arrived", lost)
    with in_thread(looked_zoo) as url, page_of(browser, url) as page:
        page.goto(f"{url}/?view=compare&data=toys&seed=8")
        expect(page).to_have_title("Compare · GANscope")
        expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
        page.wait_for_function("location.href.includes('seed=8')")


def test_an_empty_zoo_says_how_to_fill_it(browser, tmp_path):
    (tmp_path / "zoo").mkdir()
    with in_thread(tmp_path / "zoo") as url, page_of(browser, url) as page:
        page.goto(f"{url}/?view=compare")
        page.get_by_text(EMPTY).first.wait_for()
        page.get_by_role("tab", name="Leaderboard").click()
        page.locator("[role=tabpanel]:visible").get_by_text(EMPTY).first.wait_for()


def test_a_visitor_compares(browser, broken_zoo):
    (broken_zoo / "toys" / "real.png").unlink()  # all pictures are then of networks
    with in_thread(broken_zoo) as url:
        for width in WIDTHS:
            with page_of(browser, url, width) as page:
                page.goto(f"{url}/?view=compare&data=photos")
                compare(page)


def compare(page) -> None:
    # Another data set, and the notice on folders that cannot be shown.
    page.locator(".cards img").first.wait_for()
    expect(page).to_have_title("Compare · GANscope")
    page.locator("#notice summary", has_text=re.compile("checkpoints cannot be shown")).click()
    page.get_by_text("toys/cut").first.wait_for()
    changes(page, lambda: other_data(page))
    page.locator("figure", has_text="Deep GAN").first.wait_for()
    expect(page.locator(".cards img:visible")).to_have_count(3)  # and the torn one is not among them
    expect(page.locator("#notice").get_by_text("toys/torn")).to_have_count(1)

    seed = page.get_by_role("group", name="First seed").locator("visible=true")
    changes(page, seed.get_by_role("button", name="Next").click)
    expect(seed.get_by_label("First seed")).to_have_value("16")
    changes(page, lambda: (seed.get_by_label("First seed").fill("99"), seed.get_by_label("First seed").press("Enter")))
    changes(page, lambda: page.get_by_role("radio", name="4", exact=True).click())
    expect(page.locator("figcaption:visible").first).to_contain_text("seeds 99 to 102", timeout=90_000)
    page.get_by_role("button", name=re.compile("^. of . variants")).click()
    page.get_by_role("checkbox", name=re.compile(r"^Plain GAN( .toys.plain.)?$")).uncheck()
    expect(page.locator(".cards img:visible")).to_have_count(2)
    with Image.open(downloaded(page, "Download as PNG").path()) as saved:
        assert saved.format == "PNG"
    page.locator("summary:visible", has_text="Told GAN").click()
    page.get_by_role("link", name="Learn how Told GAN works").click()
    expect(page.get_by_role("tab", name="Learn")).to_have_attribute("aria-selected", "true")
    page.get_by_role("heading", name="Told GAN").first.wait_for()
    page.go_back()
    page.locator(".cards img:visible").first.wait_for()


def test_a_visitor_reads_the_leaderboard(browser, measured_zoo):
    with in_thread(measured_zoo) as url:
        for width in WIDTHS:
            with page_of(browser, url, width) as page:
                page.goto(f"{url}/?view=compare&data=photos")
                page.locator(".cards img").first.wait_for()
                read(page, width)


def read(page, width: int) -> None:
    page.get_by_role("tab", name="Leaderboard").click()
    # The photos come first, and were not measured.
    page.get_by_text("Colour GAN: never measured").wait_for()
    expect(page.get_by_role("button", name="1 of 1 variants")).to_be_hidden()  # the board is of all variants
    other_data(page)
    table = page.locator(".table:visible").first
    table.locator(".virtual-row", has_text="12.31 ± 0.20").wait_for()

    def names() -> list[str]:
        return table.locator(".virtual-row .first-column").all_inner_texts()

    best = ["Real training images", "Deep GAN", "Plain GAN", "Noise", "One class only"]
    assert names() == best
    expect(table.get_by_role("grid", name="Figures of 2 variants and 3 anchors on toys")).to_be_visible()
    table.locator("th", has_text="FD-toys-cnn").locator("button").click()
    page.get_by_role("menuitem", name="Sort descending").click()
    page.wait_for_timeout(300)
    assert names() == best[::-1]

    # Charts fill their places: quality twice, collapse, gain, and the curves of the best variant.
    charts = page.locator(".chart svg.marks:visible")
    charts.nth(3).wait_for()
    page.get_by_text("Losses", exact=True).wait_for()
    assert all(250 < box["width"] <= width for box in (one.bounding_box() for one in charts.all()))
    page.get_by_text("FD-toys-cnn, n = 2,000 (log scale)").wait_for()
    page.get_by_label("Variant", exact=True).locator("visible=true").click()
    page.get_by_role("option", name="Plain GAN").click()
    page.get_by_text(leaderboard_curves.NO_CURVE).wait_for()
    page.get_by_role("radio", name="Multiply-adds").check()
    page.get_by_text("Multiply-adds (10¹²) (log scale)").wait_for()
    page.get_by_label("All columns").check()
    table.locator("th", has_text="KD-toys-cnn").wait_for(state="attached")

    page.get_by_role("tab", name="Compare").click()
    words = "FD-toys-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000 against 5,000 real)"
    page.locator("figcaption:visible", has_text=words).wait_for()
    expect(page.get_by_role("button", name="3 of 3 variants: Plain GAN, Deep GAN, Told GAN")).to_be_visible()


def test_a_visitor_sees_what_a_trick_did(browser, family_zoo):
    path = family_zoo / "toys" / "deep" / "recipe.json"
    path.write_text(path.read_text().replace('"parent": ""', '"parent": "plain"'))
    record_runs(family_zoo / "toys")
    with in_thread(family_zoo) as url:
        for width in WIDTHS:
            with page_of(browser, url, width) as page:
                page.goto(f"{url}/?view=ablation&data=photos")
                page.get_by_text(ablation.NONE).wait_for()  # the photos come first
                trick(page)


def trick(page) -> None:
    other_data(page)
    page.get_by_text("Noisy GAN made some figures better and others worse").wait_for()
    images = page.locator(".tricks img")
    assert images.count() == 4 and page.locator(".tricks article").count() == 4
    assert page.locator(".tricks .better").first.inner_text() == "▲ better"
    page.locator(".chart svg.marks:visible").nth(3).wait_for()
    described = page.locator(".chart:visible").first.inner_html()
    assert "Noisy GAN: FD-toys-cnn 21.0 → 16.0 (−5.00), better" in described
    changes(page, page.get_by_role("group", name="First seed").locator("visible=true").get_by_text("Next").click)
    page.get_by_text("Every difference in numbers").click()
    page.locator(".table:visible .virtual-row", has_text="−6.00").wait_for()
    page.get_by_role("combobox", name="Parent").click()
    page.get_by_role("option", name="Plain GAN").click()
    page.locator(".tricks article", has_text="Deep GAN").wait_for()
    page.locator(".chart svg.marks:visible").first.wait_for(state="hidden")  # nobody measured these


def test_a_visitor_moves_a_training(browser, filmed_zoo):
    (filmed_zoo / "toys" / "told" / "evolution.webp").write_bytes(b"RIFF")
    with in_thread(filmed_zoo) as url, page_of(browser, url, 390) as page:
        page.goto(f"{url}/?view=evolution&data=photos")
        page.get_by_text("Colour GAN: its evolution.webp cannot be shown").wait_for()
        other_data(page)
        page.get_by_text("Told GAN: its evolution.webp cannot be shown: it is damaged").wait_for()
        slider = page.get_by_role("slider", name="Images shown").locator("visible=true")
        slider.wait_for()
        assert len(drawn(page)) == 3
        changes(page, lambda: slider.press("Home"))
        changes(page, lambda: slider.press("End"))
        page.get_by_text("450 images shown in all").locator("visible=true").first.wait_for()
        page.wait_for_url("**images_at=1")
        page.locator(".chart svg.marks:visible").nth(1).wait_for()  # the critic's estimate, the measured distance
        page.get_by_text("Plain GAN, Deep GAN: the loss of each network depends on how ").wait_for()
        slider.evaluate("one => one.scrollIntoView()")
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(300)
        assert -5 < slider.bounding_box()["y"] < 130  # it stays in sight

        with Image.open(downloaded(page, "Download the animation as GIF").path()) as film:
            assert film.format == "GIF" and film.n_frames >= 5
        assert downloaded(page, "Download the films as recorded").suggested_filename == "films-toys.zip"
        page.get_by_role("radio", name="Share of the training").check()
        expect(page.get_by_role("slider", name="Share").locator("visible=true")).to_be_visible()


def test_a_busy_browser_loses_no_part_of_an_answer(browser):
    """Parts that follow each other faster than the browser shows them: gr.Blocks loses the second of these."""
    with Host() as app:
        places = [gr.Textbox(visible=False) for _ in range(60)]
        last, ask = gr.Textbox(label="Last", visible=False), gr.Button("Ask")

        def answer():
            yield {place: gr.Textbox(str(i), label=f"Place {i}", visible=True) for i, place in enumerate(places)}
            yield {last: gr.Textbox("there", visible=True)}
            yield gr.skip()

        ask.click(answer, None, [*places, last], show_progress="hidden")
    address = start(app)
    try:
        with page_of(browser, address) as page:
            page.goto(address)
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
            page.get_by_role("button", name="Ask").click()
            expect(page.get_by_label("Place 59")).to_have_value("59", timeout=60_000)
            expect(page.get_by_label("Last")).to_have_value("there", timeout=60_000)
    finally:
        app.close(verbose=False)


def test_a_slider_loses_no_quick_press(browser, zoo_folder):
    """What a visitor sets is not sent back: he may have gone on meanwhile."""
    with in_thread(zoo_folder, [theory.PAGE]) as address, page_of(browser, address) as page:
        page.goto(f"{address}/?view=theory&game={theory.LINE.replace(' ', '+')}")
        page.locator("svg.marks:visible").nth(2).wait_for()
        slider = page.get_by_role("slider", name=re.compile("Shift"))
        slider.focus()
        for _ in range(15):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(30)
        page.wait_for_url("**shift=3", timeout=20_000)
        expect(slider).to_have_value("3")


def test_quick_choices_of_variants_are_all_heard(browser, zoo_folder):
    """The link and the boxes say in the end what bursts of clicks asked for."""
    with in_thread(zoo_folder) as address, page_of(browser, address) as page:
        page.goto(f"{address}/?view=compare&data=toys")
        drawn(page)
        page.locator("#chosen").get_by_role("button", name="3 of 3 variants").click()
        boxes = page.locator("#variants input")
        expect(boxes).to_have_count(3)
        wanted = [True] * 3
        for gap, clicks in ((0, (0, 1, 0, 2, 0)), (40, (1, 0, 1, 2, 2, 1)), (150, (2, 0, 2, 1, 2))):
            boxes.evaluate_all(CLICKS, [clicks, gap])
            wanted = [one ^ (clicks.count(i) % 2) for i, one in enumerate(wanted)]
            titles = [title for title, one in zip(("Plain+GAN", "Deep+GAN", "Told+GAN"), wanted, strict=True) if one]
            link = "&".join(f"variants_toys={one}" for one in titles or ["none"])
            page.wait_for_url(re.compile(rf"data=toys&{re.escape(link)}(&|$)"), timeout=20_000)
            page.wait_for_timeout(300)
            assert [box.is_checked() for box in boxes.all()] == wanted


def test_a_hidden_number_leaves_no_gap_in_its_row(browser, translator_zoo):
    with in_thread(translator_zoo) as url, page_of(browser, url, 1280) as page:
        page.goto(f"{url}/?view=translate&data=toys")
        page.locator(".part img:visible").first.wait_for()
        expect(page.locator(".counted .number:visible").first).to_be_visible()
        wide = [one.evaluate("one => one.offsetWidth") for one in page.locator(".block.counted").all()]
        shown = page.locator(".counted .number:visible").count()
        assert shown == len([width for width in wide if width])
