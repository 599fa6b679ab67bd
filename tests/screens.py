"""What the tests in a browser share: both front ends over one zoo, tabs that note what goes wrong, axe-core."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Error, expect

from benchmarks.browser import served
from demo.page import links

WIDTHS = {1280: 900, 390: 844}
"""Screens: a laptop, a phone"""
WAIT = 30_000
"""Milliseconds for what a server makes, on a machine that does other things as well"""
PICTURES = ".part img:visible"
"""What a page draws, other than walks and charts"""
PLACES = {
    "pictures": PICTURES,
    "walks": ".scrub canvas:visible",
    "charts": "svg.marks:visible",
    "notices": ":is(.notice, [data-testid=stAlert]):visible",
    "tables": ":is([data-testid=stDataFrame], .table):visible",
}
"""Where each kind of part stands, in either front end"""
PIXELS = """async all => {
    await Promise.all(all.map(image => image.decode()))
    return all.map(image => {
        if (!image.naturalWidth) throw Error("a picture is being replaced")
        const canvas = Object.assign(document.createElement("canvas"),
            {width: image.naturalWidth, height: image.naturalHeight})
        canvas.getContext("2d").drawImage(image, 0, 0)
        return canvas.toDataURL()
    })
}"""
CUT = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
"""Choices whose buttons do not fit"""
ACCEPTED = {
    "scrollable-region-focusable": (
        '<pre class="st-',
        "Streamlit's code: browsers let the keyboard scroll it themselves",
    ),
    "list": ('data-testid="stSidebarNavItems"', "Streamlit's menu on a phone has a list for all of its groups"),
    "listitem": ('<li class="st-', "the same"),
}
"""Rule -> (what its element's HTML has in it, why it stays): what a framework makes, out of our hands"""


def barriers(page) -> list[str]:
    """What axe-core finds, a line for each element."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} ({(node['any'] or node['all'] or node['none'])[0]['message']})"
        for one in violations
        for node in one["nodes"]
        if not (one["id"] in ACCEPTED and ACCEPTED[one["id"]][0] in node["html"])
    ]


def cut_in(page) -> list[str]:
    """The choices of a page whose buttons do not fit, once it has had time to lay itself out."""
    for _ in range(20):
        if not (found := page.locator("[role=radiogroup], .number-row").evaluate_all(CUT)):
            break
        page.wait_for_timeout(250)
    return found


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


class Screen:
    """One tab on a front end."""

    def __init__(self, face: Face, page, width: int):
        self.face, self.page, self.width = face, page, width
        self.gradio = face.gradio
        page.set_default_timeout(WAIT)
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if _wrong(said) else None)

    def open(self, view: str = "", **said) -> None:
        """A page by its link."""
        self.page.goto(self.face.link(view, **said))

    def rest(self) -> None:
        """Streamlit runs no script, and nothing fades in or turns."""
        if not self.gradio:
            self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        self.page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")

    def pictures(self, n: int) -> list[np.ndarray]:
        """The pixels of the n pictures of the page, as soon as they stand still."""
        before, until = None, time.monotonic() + WAIT / 1000
        while time.monotonic() < until:
            expect(self.page.locator(PICTURES)).to_have_count(n, timeout=WAIT)
            self.rest()
            try:
                links = self.page.locator(PICTURES).evaluate_all(PIXELS)
            except Error:  # a picture was replaced while it was decoded
                continue
            if links == before:
                return [np.asarray(Image.open(io.BytesIO(base64.b64decode(link.split(",")[1])))) for link in links]
            before = links
            self.page.wait_for_timeout(300)
        raise AssertionError("the pictures did not come to rest")

    def other(self, n: int, before: list[np.ndarray]) -> list[np.ndarray]:
        """The same as soon as they are not those of before."""
        for _ in range(100):
            if not same(now := self.pictures(n), before):
                return now
        raise AssertionError("the pictures stayed as they were")

    def number(self, label: str):
        return self.page.get_by_role("group", name=label, exact=True).and_(self.page.locator(":visible"))

    def heading(self, name: str) -> None:
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible(timeout=WAIT)

    def says(self, text: str) -> None:
        expect(self.page.get_by_text(text).and_(self.page.locator(":visible")).first).to_be_visible(timeout=WAIT)

    def click(self, picture: int, x: float, y: float) -> None:
        """Click a place of a picture, in shares of its width and height."""
        image = self.page.locator(PICTURES).nth(picture)
        image.scroll_into_view_if_needed()
        box = image.bounding_box()
        image.click(position={"x": x * box["width"], "y": y * box["height"]})

    def download(self, button: str):
        with self.page.expect_download() as file:
            self.page.get_by_role("button", name=button).click()
        return file.value

    def check(self) -> None:
        """Nothing is wider than the screen, no script has failed."""
        for box in ["html"] if self.gradio else ["html", "[data-testid=stMain]"]:
            assert self.page.locator(box).evaluate("one => one.scrollWidth") <= self.width
        cut = cut_in(self.page)
        assert not cut, f"buttons that are cut at the edge of the screen: {cut}"
        assert not self.errors, self.errors


def _wrong(said) -> bool:
    # Streamlit asks below the page's own address first where it opens from a link. A page of Gradio that is left breaks
    # off what it waits for and says so in two lines; a connection that breaks by itself has another first line.
    left = "AbortError" in said.text or said.text.startswith("Unexpected error Connection errored out")
    return said.type == "error" and "/_stcore/" not in said.location["url"] and not left


class Face:
    """A front end over a zoo, and a browser on it."""

    def __init__(self, zoo: Path, url: str, gradio: bool, browser):
        self.zoo, self.url, self.gradio, self.browser = zoo, url, gradio, browser
        self.contexts: dict = {}

    def link(self, view: str = "", **said) -> str:
        """The address of a page, as this front end writes it."""
        query = {name: texts if isinstance(texts, list) else [str(texts)] for name, texts in said.items()}
        if self.gradio and view:
            query = {links.VIEW: [view], **query}
        return links.address(f"{self.url}/{'' if self.gradio else view}", query)

    @contextmanager
    def screen(self, width: int = 1280, scheme: str = "light") -> Iterator[Screen]:
        """A tab, which is checked at the end. Those of one kind share what the browser has loaded."""
        if (width, scheme) not in self.contexts:
            self.contexts[width, scheme] = self.browser.new_context(
                viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme, reduced_motion="reduce"
            )
        screen = Screen(self, self.contexts[width, scheme].new_page(), width)
        yield screen
        screen.check()
        screen.page.close()


@contextmanager
def faced(zoo: Path, gradio: bool, browser) -> Iterator[Face]:
    """A front end over a zoo, as `app.py` starts it."""
    with served(zoo, gradio) as url:
        face = Face(zoo, url, gradio, browser)
        yield face
        for context in face.contexts.values():
            context.close()
