"""What a visitor is told of an error: one sentence, without the machine's folders. No UI."""

from __future__ import annotations

import logging
import re
import traceback
from pathlib import Path

MOST_LETTERS = 300
"""Of one sentence"""
UNEXPECTED = "This request could not be answered because of an error in the app: the log of the server says more."
FOLDERS = re.compile(r"(?<![\w.:/\\-])(?:[A-Za-z]:)?(?:[/\\][^/\\\s'\",;:]+){2,}[/\\]?")
"""An absolute path of two parts or more. "/samples" is an endpoint, "mnist/dcgan" a key"""
OURS = tuple(str(Path(__file__).resolve().parents[2] / name) for name in ("demo", "gan_models"))


def expected(error: BaseException) -> bool:
    """Whether an error is a sentence of this project's own: a ValueError that its code raises."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, ValueError) and bool(frames) and frames[-1].filename.startswith(OURS)


def sentence(error: BaseException) -> str:
    """The sentence to tell about an error: its own words if this project wrote them, else UNEXPECTED, and the error
    goes into the log."""
    if expected(error) and (told := plain(str(error))):
        return told
    logging.getLogger("ganscope").error("A request met an error in the app.", exc_info=error)
    return UNEXPECTED


def plain(text: str) -> str:
    """A text as one line of at most MOST_LETTERS letters that any client can read, with no absolute path in it."""
    text = FOLDERS.sub("…", " ".join(text.encode("utf-8", "replace").decode().split()))
    text = "".join(letter for letter in text if letter.isprintable())
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 2]} …"
