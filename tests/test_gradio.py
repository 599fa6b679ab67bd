"""The Gradio front end: its endpoints through the real client, its page in a real browser."""

import os
import re
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
os.environ.update(QUIET)  # before gradio is imported

from gradio_client import Client  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402

from benchmarks.browser import free_port, served  # noqa: E402
from demo import compose, core  # noqa: E402
from demo.gradio import EMPTY, MOST, build  # noqa: E402


@contextmanager
def in_thread(folder: Path):
    """The app over a zoo, in a thread: its address."""
    app = build(core.Zoo(folder))
    _, address, _ = app.launch(
        server_name="127.0.0.1", server_port=free_port(), prevent_thread_lock=True, quiet=True, ssr_mode=False
    )
    try:
        yield address
    finally:
        app.close(verbose=False)


@contextmanager
def client(folder: Path, downloads: Path):
    with in_thread(folder) as address:
        yield Client(address, verbose=False, analytics_enabled=False, download_files=downloads)


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


# Endpoints --------------------------------------------------------------------------------------------------


def test_the_endpoints_answer_what_the_core_answers(zoo_folder, tmp_path):
    zoo = core.Zoo(zoo_folder)
    with client(zoo_folder, tmp_path) as ask:
        api = ask.view_api(return_format="dict")["named_endpoints"]
        assert list(api) == ["/catalog", "/samples", "/interpolate", "/class_grid"]
        named = {p["parameter_name"]: p for p in api["/interpolate"]["parameters"]}
        assert list(named) == ["variants", "seeds", "steps", "how", "labels", "truncation"]
        assert named["steps"]["type"] == {"type": "integer"} and named["steps"]["parameter_default"] == 16
        for endpoint in api.values():
            assert all(f"{p['parameter_name']}:" in endpoint["description"] for p in endpoint["parameters"])

        found = ask.predict(api_name="/catalog")
        assert [facts["key"] for facts in found["variants"]] == zoo.catalog().keys and found["problems"] == []

        keys = ["toys/plain", "toys/told"]
        made = ask.predict(keys, [5, 2, 9, 4, 0], label="one", truncation=0.5, api_name="/samples")
        expected = zoo.samples(keys, [5, 2, 9, 4, 0], "one", 0.5)
        assert [one["variant"] for one in made] == keys
        for one in made:
            np.testing.assert_array_equal(pixels(one["picture"]), compose.sheet(expected[one["variant"]], 3))
        assert "seeds 5, 2, 9, 4, 0 · class one · 20k images of training" in made[1]["caption"]

        (colour,) = ask.predict(["photos/colour"], [3], api_name="/samples")
        assert pixels(colour["picture"]).shape[2] == 3

        # From class to class is a path between one seed and itself.
        (told,) = ask.predict(["toys/told"], [7, 7], steps=6, labels=["zero", 2], api_name="/interpolate")
        path = zoo.class_path(["toys/told"], 7, [0, 2], steps=6)["toys/told"]
        np.testing.assert_array_equal(pixels(told["picture"]), compose.sheet(path, 6))
        with Image.open(told["animation"]) as gif:
            assert gif.format == "GIF" and gif.n_frames == 10
        assert "class zero to two" in told["caption"]

        grid = ask.predict("toys/told", [1, 2, 3, 4], api_name="/class_grid")
        expected = compose.sheet(zoo.class_grid("toys/told", [1, 2, 3, 4]), 4, row_names=["zero", "one", "two"])
        np.testing.assert_array_equal(pixels(grid["picture"]), expected)


SAMPLES, WAY, GRID = "/samples", "/interpolate", "/class_grid"
BAD = [
    (SAMPLES, [["toys/plian"], [0]], "There is no checkpoint 'toys/plian'; did you mean 'toys/plain'?"),
    (SAMPLES, ["toys/plain", [0]], "The variants are a list of keys"),
    (SAMPLES, [[{}], [0]], "The variants are a list of keys"),
    (SAMPLES, [[], [0]], "No variant is chosen."),
    (SAMPLES, [["toys/plain"], []], "No seed is given."),
    (SAMPLES, [["toys/plain"], 3], "Seeds are whole numbers."),
    (SAMPLES, [["toys/plain"], [1.5]], "Seeds are whole numbers."),
    (SAMPLES, [["toys/plain"], [-1]], "A seed is a whole number from 0"),
    (SAMPLES, [["toys/plain", "toys/deep"], [0] * 129], f"258 pictures, and at most {MOST}"),
    (SAMPLES, [["toys/told"], [0], "seven"], "Told GAN has no class 'seven'"),
    (SAMPLES, [["toys/told"], [0], {"a": 1}], "A label of Told GAN is"),
    (SAMPLES, [["toys/plain"], [0], None, "much"], "The truncation is a number from 0 to 2"),
    (SAMPLES, [["toys/cut"], [0]], "toys/cut"),
    (WAY, [["toys/plain"], [0]], "A path needs two seeds or more."),
    (WAY, [["toys/plain"], [0, 1], 257], "257 pictures"),
    (WAY, [["toys/plain"], [0, 1], 1], "A path needs two steps or more"),
    (WAY, [["toys/plain"], [0, 1], "many"], "A path needs two steps or more"),
    (WAY, [["toys/plain"], [0, 1], 4, ["slerp"]], "A path is one of"),
    (WAY, [["toys/told"], [0, 1], 4, "lerp", [1]], "one label per seed"),
    (GRID, ["toys/plain", [0]], "is unconditional: it cannot be told which class"),
    (GRID, [["toys/told"], [0]], "There is no checkpoint"),
    (GRID, ["toys/told", list(range(86))], "258 pictures"),
]


def test_a_bad_question_gets_one_sentence_and_a_damaged_folder_is_left_out(broken_zoo, tmp_path):
    with client(broken_zoo, tmp_path) as ask:
        for endpoint, question, sentence in BAD:
            with pytest.raises(AppError) as refused:
                ask.predict(*question, api_name=endpoint)
            text = str(refused.value)
            assert sentence in text and "\n" not in text and str(broken_zoo) not in text, (question, text)

        before = ask.predict(api_name="/catalog")
        (made,) = ask.predict(["toys/torn", "toys/plain"], [0], api_name="/samples")
        after = ask.predict(api_name="/catalog")
        assert made["variant"] == "toys/plain"
        assert len(after["problems"]) == len(before["problems"]) + 1
        assert any("toys/torn" in problem for problem in after["problems"])


# The page ---------------------------------------------------------------------------------------------------


def pictures(page, view: int = 0) -> list[str]:
    """Addresses of the pictures in one place of the open tab."""
    return page.locator(".cards:visible").nth(view).locator("img").evaluate_all("all => all.map(one => one.src)")


def changes(page, act, view: int = 0) -> None:
    """act() makes every generated picture of a place another one."""
    before = pictures(page, view)
    assert before
    act()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if (now := pictures(page, view)) and not set(now) & set(before):
            return
        page.wait_for_timeout(50)
    pytest.fail("the pictures stayed as they were")


def downloaded(page, button: str) -> Image.Image:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Image.open(download.value.path())


@pytest.mark.browser
def test_an_empty_zoo_says_how_to_fill_it(browser, tmp_path):
    (tmp_path / "zoo").mkdir()
    with in_thread(tmp_path / "zoo") as address:
        page = browser.new_page()
        page.goto(address)
        page.get_by_text(EMPTY).wait_for()
        page.close()


@pytest.mark.browser
def test_a_visitor_uses_every_tab(browser, broken_zoo):
    (broken_zoo / "toys" / "real.png").unlink()  # all pictures are then of networks
    with served(broken_zoo, gradio=True) as url:
        for width in (1280, 390):
            visit(browser, url, width)


def visit(browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors, strangers = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else strangers.append(r.url))
    page.goto(address)

    # Another data set, and the notice on folders that cannot be shown.
    page.locator(".cards img").first.wait_for()
    page.get_by_text("Colour GAN").first.wait_for()
    page.locator("#problems summary", has_text=re.compile("checkpoints cannot be shown")).click()
    page.get_by_text("toys/cut").first.wait_for()

    def other_data() -> None:
        page.get_by_label("Data set").click()
        page.get_by_role("option", name="toys").click()

    changes(page, other_data)
    page.get_by_text("Deep GAN").first.wait_for()
    assert len(pictures(page)) == 3  # and the torn one is not among them
    assert page.locator("#problems").get_by_text("toys/torn").count() == 1

    changes(page, lambda: page.get_by_role("button", name="Next").first.click())
    assert page.get_by_label("First seed").first.input_value() == "16"
    changes(page, lambda: page.get_by_label("First seed").first.fill("99"))
    changes(page, lambda: page.get_by_role("radio", name="4", exact=True).click())
    assert "seeds 99 to 102" in page.locator("figcaption:visible").first.inner_text()
    page.get_by_role("checkbox", name=re.compile(r"^Plain GAN( .toys.plain.)?$")).uncheck()
    page.wait_for_function("document.querySelectorAll('.cards img').length == 2")
    assert downloaded(page, "Download as PNG").format == "PNG"

    page.get_by_role("tab", name="Interpolate").click()
    page.locator(".cards:visible").nth(1).wait_for()
    slider = page.get_by_role("slider", name="Position between the two seeds")
    changes(page, lambda: slider.fill("0.1"))
    changes(page, lambda: page.locator("button:visible", has_text="Next").nth(1).click())
    assert page.get_by_label("To seed").first.input_value() == "8"
    assert downloaded(page, "Download the animation as GIF").n_frames == 46

    page.get_by_role("tab", name="Classes").click()
    page.locator(".cards:visible").nth(2).wait_for()
    assert len(pictures(page)) == 1  # the conditional one
    changes(page, lambda: page.get_by_role("slider", name="Seeds").fill("3"))
    changes(page, lambda: page.get_by_role("slider", name="Position between the two classes").fill("1"), view=1)

    def other_class() -> None:
        page.get_by_label("To class").click()
        page.get_by_role("option", name="zero", exact=True).click()

    changes(page, other_class, view=1)
    page.locator(".cards:visible").nth(2).get_by_text("class one to zero").wait_for()
    assert downloaded(page, "Download the animation as GIF").format == "GIF"

    page.locator("summary", has_text="Told GAN").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not errors and not strangers
    page.close()
