"""The page in docs/pages.md is a page, as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest
from page_helpers import in_html, parts_of

from demo.draw import compose
from demo.faces.api import endpoint
from demo.page import resolve
from demo.zoo.zoo import Zoo

DOCS = Path(__file__).parent.parent / "docs" / "pages.md"


@pytest.fixture(scope="module")
def space() -> dict:
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert len(code.splitlines()) < 80
    made: dict = {"__name__": "mean"}
    exec(code, made)
    return made


def test_the_page_of_the_docs_shows_the_mean_of_what_is_drawn(space, zoo_folder):
    zoo, page = Zoo(zoo_folder), space["PAGE"]
    s = resolve(page, zoo, {"data": ["toys"], "variants_toys": ["Plain GAN"], "seed": ["64"]})
    (shown,) = parts_of(page, zoo, s).values()
    mean = zoo.samples(["toys/plain"], range(64, 128))["toys/plain"].mean(0).round().astype("uint8")
    np.testing.assert_array_equal(in_html(shown)[0], compose.sheet(mean[None], 1))
    assert "range(64, 128)" in page.python(zoo, s)


def test_its_answer_is_an_endpoint(space, zoo_folder):
    asked = endpoint(Zoo(zoo_folder), space["mean"])
    (made,) = asked(["toys/plain"])
    assert made["variant"] == "toys/plain" and made["picture"]["path"].endswith("toys-plain.png")
    assert list(asked.__signature__.parameters) == ["variants", "seed"]
