"""The page in docs/pages.md is a page, as it stands there, on both screens and for programs."""

import re
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_pages import Visit, in_thread, visitor
from page_helpers import decoded, in_html, parts_of, run_python
from streamlit_pages import check, data, html, link, open_page, told

from demo.draw import compose
from demo.faces.api import endpoint
from demo.page import resolve
from demo.zoo.zoo import Zoo

DOCS = Path(__file__).parent.parent / "docs" / "pages.md"


LINK = {"data": "toys", "variants_toys": "Plain GAN", "seed": "64"}


@pytest.fixture(scope="module")
def code() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert len(found.splitlines()) < 80
    return found


@pytest.fixture(scope="module")
def space(code) -> dict:
    made: dict = {"__name__": "mean"}
    exec(code, made)
    return made


def mean(zoo: Zoo, seed: int) -> np.ndarray:
    """[1, H, W, C]."""
    made = zoo.samples(["toys/plain"], range(seed, seed + 64))["toys/plain"]
    return made.mean(0, keepdims=True).round().astype("uint8")


def test_the_page_of_the_docs_shows_the_mean_of_what_is_drawn(space, zoo_folder):
    zoo, page = Zoo(zoo_folder), space["PAGE"]
    s = resolve(page, zoo, {"data": ["toys"], "variants_toys": ["Plain GAN"], "seed": ["64"]})
    (shown,) = parts_of(page, zoo, s).values()
    np.testing.assert_array_equal(in_html(shown)[0], compose.sheet(mean(zoo, 64), 1))


def test_its_python_draws_what_it_takes_the_mean_of(space, zoo_folder, monkeypatch):
    zoo, page = Zoo(zoo_folder), space["PAGE"]
    s = resolve(page, zoo, {name: [text] for name, text in LINK.items()})
    (drawn,) = run_python(zoo, page.python(zoo, s), monkeypatch).values()
    np.testing.assert_array_equal(drawn, zoo.samples(["toys/plain"], range(64, 128))["toys/plain"])


def test_its_answer_is_an_endpoint(space, zoo_folder):
    asked = endpoint(Zoo(zoo_folder), space["mean"])
    (made,) = asked(["toys/plain"])
    assert made["variant"] == "toys/plain" and made["picture"]["path"].endswith("toys-plain.png")
    assert list(asked.__signature__.parameters) == ["variants", "seed"]


def test_it_opens_from_a_link_in_gradio(space, zoo_folder):
    zoo, page = Zoo(zoo_folder), space["PAGE"]
    here = Visit(zoo_folder, [page], view="mean", **LINK)
    assert here.notice() == ""
    np.testing.assert_array_equal(in_html(here.shown()[0])[0], compose.sheet(mean(zoo, 64), 1))
    here.event(lambda s, query, _: {**query, "seed": ["128"]}, None)
    np.testing.assert_array_equal(in_html(here.shown()[0])[0], compose.sheet(mean(zoo, 128), 1))
    assert here.link() == {"data": ["toys"], "variants_toys": ["Plain GAN"], "seed": ["128"]}
    assert "range(128, 192)" in here.stands[here.face.python]["value"]


def test_programs_ask_it_in_gradio(space, zoo_folder, tmp_path):
    with in_thread(zoo_folder, [space["PAGE"]]) as address:
        (leads,) = httpx.get(f"{address}/mean?seed=64", follow_redirects=False).headers.get_list("location")
        assert leads == "./?view=mean&seed=64", "the address of the other screen opens the same view"
        ask = visitor(address, download_files=tmp_path)
        about = ask.view_api(return_format="dict")["named_endpoints"]
        assert list(about) == ["/catalog", "/add_from_hub", "/mean"] and "of the seeds" in about["/mean"]["description"]
        (made,) = ask.predict(["toys/plain"], 64, api_name="/mean")
    shown = decoded(Path(made["picture"]).read_bytes())
    np.testing.assert_array_equal(shown, compose.sheet(mean(Zoo(zoo_folder), 64), 1))


def test_it_opens_from_a_link_in_streamlit(code, zoo_folder, tmp_path, monkeypatch):
    (tmp_path / "mean_of_the_docs.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mean_of_the_docs", raising=False)
    monkeypatch.setenv("GANSCOPE_PAGES", "mean_of_the_docs")
    monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(zoo_folder))
    app, zoo = open_page(zoo_folder, "mean", **LINK), Zoo(zoo_folder)
    assert app.title[0].value == "Mean" and not told(app) and data(app)["seed"]["step"] == 64
    np.testing.assert_array_equal(in_html(html(app))[0], compose.sheet(mean(zoo, 64), 1))
    assert link(app) == {name: [text] for name, text in LINK.items()}
    app.session_state["share"] = True
    address, python = (one.value for one in check(app.run()).code)
    assert address.endswith("?data=toys&variants_toys=Plain+GAN&seed=64") and "range(64, 128)" in python
