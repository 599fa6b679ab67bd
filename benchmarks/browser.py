"""The app as a person meets it, for measurements, screenshots and tests: a server in its process, a real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# As root there is no sandbox; the others keep a browser that nobody uses from talking to its maker.
FLAGS = [
    *("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--no-first-run",
]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def served(zoo: Path, gradio: bool = False, script: str = "app.py") -> Iterator[str]:
    """The address of an app over a zoo, as soon as it answers. script: that Streamlit runs."""
    with started(zoo, gradio, script) as (url, _):
        yield url


@contextmanager
def started(zoo: Path, gradio: bool = False, script: str = "app.py") -> Iterator[tuple[str, int]]:
    """`served`, and the id of the server's process."""
    port = str(free_port())
    if gradio:
        command = ["app.py", "--port", port, "--checkpoints", str(zoo)]
    else:
        options = ["--server.headless", "true", "--server.port", port]
        command = ["-m", "streamlit", "run", script, *options, "--", "--checkpoints", str(zoo)]
    quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    app = subprocess.Popen([sys.executable, *command], cwd=ROOT, env={**os.environ, **quiet}, stdout=subprocess.DEVNULL)
    try:
        url, until = f"http://localhost:{port}", time.monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                if app.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the app did not start: {' '.join(command)}") from None
                time.sleep(0.02)
        yield url, app.pid
    finally:
        app.terminate()
        try:
            app.wait(120)
        finally:
            app.kill()


@contextmanager
def chromium() -> Iterator:
    """A Playwright browser: Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
