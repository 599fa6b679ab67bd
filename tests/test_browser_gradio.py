"""Links of the Gradio front end: they reopen the same pictures, and the examples lead somewhere."""

import pytest
from playwright.sync_api import expect
from test_browser_home import page_of

from benchmarks.browser import ROOT, served
from demo import examples, gradio_links
from demo.zoo import walks
from demo.zoo.zoo import Zoo

PLACES = "[role=tabpanel] img:visible, [role=tabpanel] .scrub canvas:visible"
DRAWN = """all => Promise.all(all.map(async one => {
    if (one.tagName == "CANVAS") return one.toDataURL()
    await one.decode()
    return one.src
}))"""
TABS = {
    "compare": "images=4&seed=8&look=9",
    "quiz": "quiz=17",
    "interpolate": "keys=1%2C+5&at=0.25&seconds=2.0",
}


def drawn(page) -> list[str]:
    """The pictures of the open tab, as soon as they stand still."""
    before = None
    for _ in range(200):
        expect(page.locator(PLACES).first).to_be_visible(timeout=90_000)
        try:
            now = page.locator(PLACES).evaluate_all(DRAWN)
        except Exception:  # a picture was replaced while it was decoded
            continue
        if now == before:
            return now
        before = now
        page.wait_for_timeout(700)
    raise AssertionError("the pictures did not come to rest")


@pytest.mark.browser
def test_a_link_reopens_the_same_pictures(looked_zoo, browser):
    with served(looked_zoo, gradio=True) as url:
        for view, said in TABS.items():
            with page_of(browser, 1280) as page:
                page.goto(f"{url}/?view={view}&data=toys&{said}")
                made = drawn(page)
                for part in said.split("&"):
                    page.wait_for_function("part => location.href.includes(part)", arg=part, timeout=90_000)
                link = page.url
            with page_of(browser, 1280) as page:
                page.goto(link)
                assert drawn(page) == made, view
                assert not page.locator(".toast-header").count(), view


@pytest.mark.browser
def test_who_is_faster_than_the_server_stays_on_his_tab(looked_zoo, browser):
    with served(looked_zoo, gradio=True) as url, page_of(browser, 1280) as page:
        page.goto(url)
        page.get_by_role("tab", name="Quiz").click()  # at once
        expect(page.locator(".pair img, .notice").first).to_be_visible(timeout=90_000)
        expect(page.get_by_role("tab", name="Quiz")).to_have_attribute("aria-selected", "true")


def test_the_examples_are_of_the_zoo_and_say_what_links_can_say():
    catalog = Zoo(ROOT / "checkpoints").catalog()
    made = examples.of(catalog.of("mnist"))
    assert len(made) == len(examples.EXAMPLES)
    titles = {entry.title for entry in catalog.of("mnist")}
    for text, view, query in made:
        assert view in gradio_links.VIEWS and "{" not in text
        (chosen,) = (names for key, names in query.items() if key == f"{gradio_links.KINDS[view]}_mnist")
        assert set(chosen) <= titles and query["data"] == ["MNIST"]
        assert query.get("walk", [walks.MAP]) == [walks.MAP]
    assert examples.of([entry for entry in catalog.of("mnist") if entry.variant != "wgan"])[0][1] == "evolution"
    assert examples.of([]) == []
    assert "quiz" not in [view for _, view, _ in examples.of(catalog.of("mnist"), real=False)]
