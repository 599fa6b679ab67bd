"""Classes: its controls as queries, its parts against the core's pictures, its answer and its Python."""

import io

import numpy as np
import pytest
from page_helpers import alts, decoded, in_html, parts_of, run_python
from PIL import Image
from zoos import put

from demo.draw import compose
from demo.draw import walk as drawn
from demo.page import Html, Refusal, Scrubber, resolve
from demo.page.state import address, changed
from demo.pages import classes
from demo.pages.classes import PAGE
from demo.zoo import walks
from demo.zoo.walks import LATENTS

TOYS = {"data": ["toys"]}
DOWNLOADS = [part for part in PAGE.parts if hasattr(part, "called")]


def refusals(zoo, query) -> set[str]:
    made = parts_of(PAGE, zoo, resolve(PAGE, zoo, query)).values()
    return {value.sentence for value in made if isinstance(value, Refusal)}


def test_the_latents_stay_while_the_class_changes(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "columns": ["2"], "seed": ["5"]})
    made = parts_of(PAGE, zoo, s)
    (walk,) = (value for part, value in made.items() if isinstance(part, Scrubber))
    assert [entry.key for entry in walk.entries] == ["toys/told"]  # no other takes a class
    assert walk.axes[0].stops == ("zero", "one", "two", "zero")
    grid = zoo.class_grid("toys/told", [5, 6])
    np.testing.assert_array_equal(walk.pictures[0][:: walk.axes[0].per][:3], grid)
    (text,) = (value for part, value in made.items() if isinstance(part, Html) and "at every seed" in (value or ""))
    (sheet,) = in_html(text)
    expected = compose.sheet(grid, 2, 5, row_names=["zero", "one", "two"], clear=True)
    np.testing.assert_array_equal(sheet, expected)  # 5 * 8 px
    assert "seeds 5, 6" in alts(text)[0]


def test_classes_are_walked_in_the_order_in_which_they_are_chosen(zoo):
    query = changed(PAGE, resolve(PAGE, zoo, TOYS), TOYS, {"classes": ("two", "zero", "nine", "two")})
    assert query["classes_toys"] == ["two", "zero"]
    s = resolve(PAGE, zoo, query)
    assert s.classes == ("two", "zero") and address(s) == query
    assert classes.walk(zoo, s).axes[0].stops == ("two", "zero", "two")


def test_the_classes_stay_while_the_latent_changes(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "hold": [LATENTS], "classes_toys": ["two", "one"], "keys": ["3, 8: nonsense"]})
    walk = classes.walk(zoo, s)
    assert walk.axes[0].stops == ("seed 3", "seed 8", "seed 3") and walk.held == ("two", "one")
    own = np.stack([zoo.samples(["toys/told"], [3, 8], label)["toys/told"] for label in ("two", "one")], 1)
    np.testing.assert_array_equal(walk.pictures[0][:: walk.axes[0].per][:2], own)
    assert "class two, one, each kept fixed" in walk.captions[0]
    assert not s.shown["columns"] and s.shown["keys"] and "Its class" not in [c.label for c in PAGE.controls]
    assert classes.python(zoo, s) == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"classes_toys": ["one"]}, "Choose two classes or more to walk from one to another."),
        ({"classes_toys": ["none"], "hold": [LATENTS]}, "Choose at least one class."),
        ({"hold": [LATENTS], "keys": ["7"]}, "Give two seeds or more: 0, 7, 23."),
        ({"conditional_toys": ["none"]}, "Choose one variant or more."),
        (
            {"data": ["photos"]},
            "None of the variants trained on photos takes a class. Some of those trained on toys do. "
            "python -m train.cgan trains one.",
        ),
    ],
)
def test_what_cannot_be_drawn_gets_one_sentence(zoo, query, words):
    query = {**TOYS, **query}
    assert refusals(zoo, query) == {words}
    s = resolve(PAGE, zoo, query)
    assert DOWNLOADS and not any(part.when(s) for part in DOWNLOADS) and all(part.called(s) for part in DOWNLOADS)


def test_variants_of_other_classes_are_not_walked_together(zoo, zoo_folder):
    put(zoo_folder / "toys" / "odd", name="odd", title="Odd", conditional=True, class_names=("x", "y"))
    assert refusals(zoo, TOYS) == {"The chosen variants have no class in common: choose fewer of them."}
    assert classes.walk(zoo, resolve(PAGE, zoo, {**TOYS, "conditional_toys": ["Odd"]})).axes[0].stops == ("x", "y", "x")


def test_of_many_classes_twelve_are_drawn(zoo, zoo_folder):
    names = tuple(f"c{i}" for i in range(14))
    put(zoo_folder / "letters" / "many", "letters", name="many", conditional=True, class_names=names)
    query = {"data": ["letters"]}
    s = resolve(PAGE, zoo, query)
    assert s.classes == names[: walks.MOST_KEYS]
    assert refusals(zoo, changed(PAGE, s, query, {"classes": names})) == {
        "14 classes are chosen, and at most 12 are drawn at a time: choose fewer."
    }


def test_a_link_opens_the_view_it_was_copied_from(zoo):
    link = {
        **TOYS, "classes_toys": ["two", "one"], "hold": [LATENTS], "keys": ["1, 5"],
        "path": ["lerp"], "loop": ["false"], "film": ["WebP"], "at": ["0.5"],
    }  # fmt: skip
    s = resolve(PAGE, zoo, link)
    assert address(s) == link and not s.problems
    link = {**TOYS, "classes_toys": ["two", "one"], "columns": ["3"], "seed": ["9"]}
    s = resolve(PAGE, zoo, link)
    assert address(s) == link and s.columns == 3 and isinstance(s.columns, int)
    for odd in ("13", "0", "2.5", "x"):
        s = resolve(PAGE, zoo, {**link, "columns": [odd]})
        assert s.columns == 6 and len(s.problems) == 1


def test_the_grid_and_the_film_are_saved(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "columns": ["2"], "seed": ["4"], "seconds": ["0.5"], "film": ["WebP"]})
    film, grid = DOWNLOADS
    assert (film.called(s), grid.called(s)) == ("classes-seed4.webp", "classes-seed4.png")
    with Image.open(io.BytesIO(film.make(zoo, s))) as made:
        assert made.format == "WEBP" and made.n_frames == 30  # three steps of half a second, around
    walk = classes.walk(zoo, s)
    poster = compose.panel(walk.captions, drawn.class_sheets(walk, 84), across=2)
    np.testing.assert_array_equal(decoded(grid.make(zoo, s)), poster[0, ..., 0])
    assert grid.called(resolve(PAGE, zoo, {**TOYS, "hold": [LATENTS], "keys": ["1, 5"]})) == "classes-1-5.png"


def test_the_python_and_the_answer_are_the_grid(zoo, monkeypatch):
    s = resolve(PAGE, zoo, {**TOYS, "columns": ["2"], "seed": ["5"], "classes_toys": ["two", "zero"]})
    grid = zoo.class_grid("toys/told", [5, 6])
    np.testing.assert_array_equal(
        run_python(zoo, classes.python(zoo, s), monkeypatch)[""], grid[[2, 0]].reshape(4, 8, 8, 1)
    )
    told = classes.class_grid(zoo, "toys/told", [5, 6])
    names = ["zero", "one", "two"]
    np.testing.assert_array_equal(decoded(told["picture"].data), compose.sheet(grid, 2, row_names=names))
    assert told["variant"] == "toys/told" and "a row per class" in told["caption"]
    files = classes.class_grid(zoo, "toys/told", [5, 6], separate=True)["pictures"]
    np.testing.assert_array_equal([decoded(file.data) for file in files], grid.reshape(6, 8, 8))
    for key, seeds, words in (("toys/plain", [1], "Plain GAN"), ("toys/told", range(90), "That is 270 pictures")):
        with pytest.raises(ValueError, match=words):
            classes.class_grid(zoo, key, list(seeds))
