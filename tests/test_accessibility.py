"""axe-core over every page of both front ends, as a screen reader's first critic: names, roles, contrast.

Each page is opened on a phone and on a laptop by turns and then made as wide as the other, in light and dark by turns.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import block, measure, put
from playwright.sync_api import expect
from test_browser import WIDTHS

from benchmarks.browser import served
from benchmarks.screenshots import PAGES, PICTURES

pytestmark = pytest.mark.browser

ASKED = {"Compare": "&look=3", "Learn": "&variant=deep", "Quiz": "&quiz=5"}
"""What a page's address says on top, to open more of it"""
CHARTS = {"Evolution": (2, 2), "Leaderboard": (4, 8), "Ablation": (3, 3)}
"""How many charts a page has in Streamlit and in Gradio; until then the places of Gradio's are empty, with a label that
axe refuses"""
ACCEPTED = {
    "scrollable-region-focusable": (
        '<pre class="st-',
        "Streamlit's code: browsers let the keyboard scroll it themselves",
    )
}
"""Rule -> (what its element's HTML has in it, why it stays): what a framework makes, out of our hands"""


@pytest.fixture
def whole_zoo(filmed_zoo):
    """filmed_zoo with a variant that has styles, and one that changes "toys/plain": no page is empty."""
    toys = filmed_zoo / "toys"
    put(toys / "styled", name="styled", title="Styled GAN", network="stylegan2", size=32, year=2020, seed=4)
    put(toys / "noisy", name="noisy", title="Noisy GAN", views={"instance_noise": 0.1}, parent="plain", year=2016)
    measure(toys / "noisy", block(30, 0.5))
    return filmed_zoo


def barriers(page) -> list[str]:
    """What axe-core finds, a line for each element."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} ({(node['any'] or node['all'] or node['none'])[0]['message']})"
        for one in violations
        for node in one["nodes"]
        if not (one["id"] in ACCEPTED and ACCEPTED[one["id"]][0] in node["html"])
    ]


def at_rest(page, gradio: bool, charts: int = 0) -> None:
    """Wait until the page shows what it has, and nothing fades in or turns."""
    page.locator(f"{PICTURES}, [data-testid=stAlert]:visible, .notice:visible").first.wait_for()
    expect(page.locator(".vega-embed svg:visible")).to_have_count(charts, timeout=60_000)
    if not gradio:
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")


@pytest.mark.parametrize("gradio", [False, True], ids=["streamlit", "gradio"])
def test_no_page_has_a_barrier(whole_zoo, browser, gradio):
    found = {}
    with served(whole_zoo, gradio) as url:
        for i, name in enumerate(PAGES):
            widths, scheme = sorted(WIDTHS, reverse=i % 2), ("light", "dark")[i // 2 % 2]
            options = {"color_scheme": scheme, "reduced_motion": "reduce"}
            page = browser.new_page(viewport={"width": widths[0], "height": WIDTHS[widths[0]]}, **options)
            page.set_default_timeout(60_000)
            page.goto(f"{url}/?view={name.lower()}&data=toys{ASKED.get(name, '')}")
            for width in widths:
                page.set_viewport_size({"width": width, "height": WIDTHS[width]})
                at_rest(page, gradio, CHARTS.get(name, (0, 0))[gradio])
                if lines := barriers(page):
                    found[f"{name}, {width} px, {scheme}"] = lines
            page.close()
    assert not found, "\n".join(f"{where}: {line}" for where, lines in found.items() for line in lines)
