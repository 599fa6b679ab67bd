"""The Gradio front end for tests: all pages over a zoo, as `python app.py` serves them but in a thread; a visitor."""

import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"})  # before gradio is imported

from gradio_client import Client
from starlette.datastructures import QueryParams

from benchmarks.browser import free_port
from demo.faces import gradio, public
from demo.faces.host import Host
from demo.page import Html
from demo.pages import PAGES
from demo.zoo.zoo import Zoo


def start(app: Host, pages=PAGES) -> str:
    """The address of an app that is built."""
    settings = {"app_kwargs": {"routes": gradio.routes(pages)}, **gradio.served(pages)}
    return public.start(app, server_name="127.0.0.1", server_port=free_port(), quiet=True, **settings).rstrip("/")


@contextmanager
def in_thread(folder: Path, pages=PAGES):
    """The app over a zoo, in a thread: its address."""
    app = gradio.build(Zoo(folder), pages)
    try:
        yield start(app, pages)
    finally:
        app.close(verbose=False)


@contextmanager
def client(folder: Path, downloads: Path):
    with in_thread(folder) as address:
        yield visitor(address, download_files=downloads)


def visitor(address: str, **options) -> Client:
    return Client(address, verbose=False, analytics_enabled=False, **options)


class Visit:
    """One visitor of a face, as Gradio calls it: what stands in each component, and what the last event sent."""

    def __init__(self, folder: Path, pages=PAGES, **query: str):
        self.face, self.session = gradio.Face(Zoo(folder), pages), gradio.Session()
        self.stands: dict = {}
        self.face._arrived(self.session, SimpleNamespace(query_params=QueryParams(urlencode(query, doseq=True))))
        self.open(self.session.opening)

    def open(self, page: str) -> None:
        self.tab = self.face.tabs[page]
        self.event(None, None)

    def event(self, cause, told) -> None:
        """What an event of the open page does: the cause that `Tab.bind` binds to it, and what it says."""
        self.sent: dict = {}
        for updates in self.tab.answer(self.session, cause, told):
            self.sent |= updates
        self.stands |= self.sent

    def type(self, name: str, value) -> None:
        """Set a control by its name, as its component says it."""
        self.event(partial(self.tab._said, self.tab.page.control(name)), value)

    def link(self) -> dict:
        return self.stands[self.face.address]["whole"]

    def notice(self) -> str:
        return self.stands.get(self.face.notice, "")

    def shown(self, kind=Html) -> list:
        """What the parts of a kind get."""
        return [self.stands.get(self.tab.places.get(part)) for part in self.tab.page.parts if isinstance(part, kind)]
