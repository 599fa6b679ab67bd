"""The Gradio front end for tests: all pages over a zoo, as `python app.py` serves them but in a thread of the test."""

import os
from contextlib import contextmanager
from pathlib import Path

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"})  # before gradio is imported

from gradio_client import Client

from benchmarks.browser import free_port
from demo.faces import gradio, public
from demo.faces.host import Host
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
