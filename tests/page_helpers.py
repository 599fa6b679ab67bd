"""What the tests of pages share: parts as they are made, pictures in HTML and in files, programs that are run."""

import base64
import html
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

from demo.page import Download, State
from demo.page.maker import Maker

NO_ZOO = ("theory", "first_steps", "lesson", "glossary")
"""Pages that need no checkpoint"""


def parts_of(page, zoo, s: State) -> dict:
    """{part: what it says} of all but the downloads; a Refusal where it cannot be made, None where it is not shown.
    A walk as it is before it is packed for the screen."""
    maker = Maker(zoo)
    made = {one: list(maker.make(one, s))[-1][1] for one in page.parts if not isinstance(one, Download)}
    return {one: one.make(zoo, s) if isinstance(value, dict) else value for one, value in made.items()}


def decoded(data: bytes) -> np.ndarray:
    """The pixels of a file."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def pixels(path: str) -> np.ndarray:
    """The same of a file on the disk."""
    return decoded(Path(path).read_bytes())


def in_html(text: str) -> list[np.ndarray]:
    """The pixels of each picture in HTML, which brings them along."""
    return [decoded(base64.b64decode(data)) for data in re.findall(r'src="data:image/png;base64,([^"]+)"', text)]


def alts(text: str) -> list[str]:
    """What each picture in HTML is called."""
    return re.findall(r'alt="([^"]*)"', text)


MISPRINTS = {
    "a hyphen for a minus": r"(?<![\w.)\]/-])-(?=\.?\d)",
    "no space before the percent sign": r"\d%",
    "dots for an ellipsis": r"\.\.\.",
    "a shape, which belongs to the code": r"\[[NBCHWKTM](, [A-Z]\w*)*\]",
    "a value of the code": r"\b(nan|NaN|True|False|inf)\b",
    "a letter in place of a sign": r"\+-|\+/-",
}
"""What no text on a screen has; what is to be read as code is left out"""


def misprints(text: str) -> list[str]:
    """What is wrong with a text that people read, HTML or not, and where."""
    text = re.sub(r"(?s)<(style|code|pre|math|script)\b.*?</\1>|`[^`]*`|\$[^$]*\$", " ", text)
    said = html.unescape(" ".join(re.findall(r'(?:alt|title|aria-label)="([^"]*)"', text)))
    shown = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return [
        f"{what}: {one[max(found.start() - 40, 0) : found.end() + 20]}"
        for one in (shown, said)
        for what, pattern in MISPRINTS.items()
        for found in re.finditer(pattern, one)
    ]


def run_python(zoo, code: str, monkeypatch) -> dict[str, np.ndarray]:
    """What the Python of a page leaves in `pictures`, by title; of a lone variant under ""."""
    monkeypatch.chdir(zoo.folder.parent)
    space: dict = {}
    exec(code, space)
    made = space["pictures"]
    return made if isinstance(made, dict) else {"": made}


def same_pictures(some: list[np.ndarray], others: list[np.ndarray]) -> list[bool]:
    """Of each pair."""
    return [np.array_equal(one, other) for one, other in zip(some, others, strict=True)]
