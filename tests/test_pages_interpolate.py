"""Interpolate: its controls as queries, its parts against the core's pictures, its answers and its Python."""

import io

import numpy as np
import pytest
from gradio import skip
from hypothesis import given
from hypothesis import strategies as st
from page_helpers import decoded, in_html, parts_of, run_python
from PIL import Image

from demo.draw import compose
from demo.draw import walk as drawn
from demo.faces import gradio
from demo.page import Scrubber, resolve
from demo.page.maker import Refusal
from demo.page.state import address, changed
from demo.pages import interpolate
from demo.pages.interpolate import PAGE
from demo.zoo import walks
from demo.zoo.walks import MAP
from demo.zoo.zoo import Zoo

TOYS = {"data": ["toys"]}
KEYS = ["toys/plain", "toys/deep", "toys/told"]


@pytest.fixture(scope="module")
def zoo_once(_zoo_once):
    return Zoo(_zoo_once)


def stops(zoo, query) -> tuple:
    return interpolate.walk(zoo, resolve(PAGE, zoo, query)).axes[0].stops


def press(zoo, query: dict, words: str) -> dict:
    """The query after a button that is shown."""
    s = resolve(PAGE, zoo, query)
    (button,) = (one for one in PAGE.buttons if one.words(s) == words and one.when(s))
    return changed(PAGE, s, query, button.do(zoo, s))


def choose(zoo, query: dict, **changes) -> dict:
    s = resolve(PAGE, zoo, query)
    assert all(s.shown[name] for name in changes)
    return changed(PAGE, s, query, changes)


def test_the_path_goes_through_the_key_frames_and_around(zoo):
    s = resolve(PAGE, zoo, TOYS)
    made = parts_of(PAGE, zoo, s)
    (walk,) = (value for part, value in made.items() if isinstance(part, Scrubber))
    assert [entry.key for entry in walk.entries] == KEYS
    assert walk.axes[0].stops == ("seed 0", "seed 7", "seed 23", "seed 0") and walk.loop
    own = zoo.samples(KEYS, [0, 7, 23], 0)
    for key, pictures in zip(KEYS, walk.pictures, strict=True):
        np.testing.assert_array_equal(pictures[:: walk.axes[0].per, 0][:3], own[key])
    strips = in_html(next(value for value in made.values() if isinstance(value, str) and "The whole path" in value))
    for picture, strip in zip(strips, drawn.strips(walk), strict=True):
        np.testing.assert_array_equal(picture, strip)
    assert stops(zoo, {**TOYS, "loop": ["false"]}) == ("seed 0", "seed 7", "seed 23")
    lerp = interpolate.walk(zoo, resolve(PAGE, zoo, {**TOYS, "path": ["lerp"]}))
    assert all((a != b).any() for a, b in zip(walk.pictures, lerp.pictures, strict=True))


def test_a_map_lies_between_its_corners(zoo):
    s = resolve(PAGE, zoo, {**TOYS, "walk": [MAP], "side": ["4"], "corners": ["3, 1, 4, 5: two"]})
    walk = interpolate.walk(zoo, s)
    assert [axis.title for axis in walk.axes] == ["To the right", "Down"] and walk.axes[1].per == 3
    own = zoo.samples(["toys/deep"], [3, 1, 4, 5])["toys/deep"]
    np.testing.assert_array_equal(walk.pictures[1].reshape(4, 4, 8, 8, 1)[::3, ::3].reshape(own.shape), own)
    assert not s.shown["loop"] and not s.shown["film"] and s.shown["side"]
    words = [button.words(s) for button in PAGE.buttons if button.when(s)]
    assert words == ["Random seed"]  # a corner is neither added nor removed


def test_key_frames_are_changed_one_at_a_time(zoo):
    query = press(zoo, TOYS, "Add")
    assert query["keys"][0].startswith("0, 7, 23, ") and len(stops(zoo, query)) == 5
    query = choose(zoo, query, keys_one=1)
    assert resolve(PAGE, zoo, query)["keys_class"] == walks.BEFORE
    query = choose(zoo, query, keys_class="two")
    assert query["keys"][0].startswith("0, 7: two, 23, ") and "keys_class" not in query
    assert resolve(PAGE, zoo, query)["keys_class"] == "two"
    assert "class zero to two" in interpolate.walk(zoo, resolve(PAGE, zoo, query)).captions[2]
    query = press(zoo, query, "Random seed")
    parts = query["keys"][0].split(", ")
    assert parts[1].endswith(": two") and parts[1] != "7: two" and parts[::2] == ["0", "23"]
    query = choose(zoo, query, keys_class=walks.BEFORE)
    assert ":" not in query["keys"][0]
    query = press(zoo, press(zoo, query, "Remove"), "Remove")
    assert query["keys"][0].startswith("0, ") and len(query["keys"][0].split(",")) == 2
    s = resolve(PAGE, zoo, query)
    assert s["keys_one"] == 1  # the last one, after those behind it were removed
    assert "Remove" not in [button.words(s) for button in PAGE.buttons if button.when(s)]


def test_what_edits_a_key_frame_stands_in_no_link(zoo):
    query = {**TOYS, "keys_class": ["two"], "keys_one": ["2"]}
    s = resolve(PAGE, zoo, query)
    assert s["keys_class"] == walks.BEFORE and address(s) == TOYS and not s.problems


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"keys": ["4"]}, "Give two seeds or more: 0, 7, 23."),
        ({"keys": [" "]}, "Give two seeds or more"),
        ({"keys": ["0, seven"]}, "'seven' is not a key frame"),
        ({"keys": ["0, 7: nine"]}, "There is no class 'nine'; there are zero, one, two."),
        ({"keys": [",".join(map(str, range(13)))]}, "There are 13 key frames, and at most 12"),
        ({"walk": [MAP], "corners": ["0, 1, 2"]}, "Give four seeds: 0, 7, 23, 42."),
        ({"walk": [MAP], "corners": ["0, 1, 2, 3, 4"]}, "There are 5 key frames, and at most 4"),
    ],
)
def test_key_frames_that_are_none_get_one_sentence(zoo, link, words):
    s = resolve(PAGE, zoo, {**TOYS, **link})
    refused = {value.sentence for value in parts_of(PAGE, zoo, s).values() if isinstance(value, Refusal)}
    assert len(refused) == 1 and words in refused.pop()
    assert not any(part.when(s) and "ownload" in part.words(s) for part in PAGE.parts if hasattr(part, "words"))


LINK = {
    **TOYS, "variants_toys": ["Told GAN"], "keys": ["5: one, 5: zero, 8"], "path": ["lerp"], "loop": ["false"],
    "film": ["MP4"], "seconds": ["2"], "size": ["small"], "at": ["0.25"],
}  # fmt: skip


def test_a_link_opens_the_view_it_was_copied_from(zoo):
    s = resolve(PAGE, zoo, LINK)
    assert address(s) == LINK and not s.problems
    assert (s.film, s.seconds, s.size, s.path, s.loop) == ("mp4", 2.0, "small", "lerp", False)
    old = resolve(PAGE, zoo, {**LINK, "seconds": ["2.0"]})  # as links said it
    assert old.seconds == 2 and not old.problems and address(old) == LINK
    odd = {"walk": ["none"], "path": ["jump"], "loop": ["maybe"], "film": ["AVI"], "seconds": ["3"], "side": ["5"]}
    s = resolve(PAGE, zoo, {**TOYS, **odd})
    assert s.values == resolve(PAGE, zoo, TOYS).values and len(s.problems) == len(odd)


@given(
    keys=st.text(max_size=30) | st.lists(st.integers(0, 99), max_size=13).map(lambda some: ", ".join(map(str, some))),
    one=st.integers(-1, 14).map(str),
    variants=st.sampled_from([["Told GAN"], ["Plain GAN"], ["none"]]),
    view=st.sampled_from(["A path", MAP]),
)
def test_any_text_can_be_edited_or_says_why_not(zoo_once, keys, one, variants, view):
    zoo = zoo_once
    query = {**TOYS, "keys": [keys], "corners": [keys], "keys_one": [one], "variants_toys": variants, "walk": [view]}
    s = resolve(PAGE, zoo, query)
    frames = interpolate.frames_of(s)
    assert all(part.called(s) and part.words(s) for part in PAGE.parts if hasattr(part, "called"))
    for button in PAGE.buttons:
        if button.when(s):
            after = resolve(PAGE, zoo, changed(PAGE, s, query, button.do(zoo, s)))
            assert abs(len(frames.read(after)) - len(frames.read(s))) <= 1
    if frames.ready(s):
        assert frames.least <= len(frames.frames(s)) <= frames.most
    else:
        with pytest.raises(ValueError, match=r"^\S.*[.]$"):
            frames.frames(s)


def test_the_film_and_the_maps_are_saved_under_their_seeds(zoo):
    s = resolve(PAGE, zoo, {**LINK, "film": ["GIF"], "seconds": ["0.5"]})
    (film,) = (one for one in PAGE.parts if getattr(one, "when", None) and hasattr(one, "called") and one.when(s))
    assert film.called(s) == "interpolate-5-5-8.gif" and film.words(s) == "Download the film as GIF"
    with Image.open(io.BytesIO(film.make(zoo, s))) as gif:
        assert gif.format == "GIF" and gif.n_frames == 40  # two steps of ten pictures, there and back
    s = resolve(PAGE, zoo, {**TOYS, "walk": [MAP]})
    (maps,) = (one for one in PAGE.parts if hasattr(one, "called") and one.when(s))
    assert maps.called(s) == "interpolate-0-7-23-42.png"
    walk = interpolate.walk(zoo, s)
    np.testing.assert_array_equal(
        decoded(maps.make(zoo, s)), compose.panel(walk.captions, drawn.sheets(walk))[0, ..., 0]
    )


def test_gradio_says_why_there_is_no_walk_and_shows_the_next_one(zoo):
    face = gradio.Face(zoo, [PAGE])
    tab, session = face.tabs[PAGE.name], gradio.Session()
    session.opening = None  # the link is read
    (place,) = (place for item, place in tab.places.items() if isinstance(item, Scrubber))

    def shown(keys: str) -> dict:
        session.query = {**TOYS, "keys": [keys], "variants_toys": ["Plain GAN"]}
        made: dict = {}
        for updates in tab.answer(session, None, None):
            made |= updates
        return made[place]

    assert shown("5, x") == {"refused": "'x' is not a key frame: write seeds, whole numbers from 0, like 0, 7, 23."}
    assert shown("5, 8")["axes"][0]["stops"] == ["seed 5", "seed 8", "seed 5"]


def test_gradio_does_not_send_back_what_somebody_types(zoo):
    face = gradio.Face(zoo, [PAGE])
    tab, session = face.tabs[PAGE.name], gradio.Session()
    session.opening, session.query = None, {**TOYS, "variants_toys": ["Plain GAN"]}
    field = tab.places[interpolate.KEYS.text]
    (ask,) = (one.fn for one in face.app.fns.values() if (field._id, "blur") in one.targets)

    def typed(text: str) -> list[dict]:
        return list(ask(session, text))

    assert any(field in updates for updates in tab.answer(session, None, None))  # a link fills the field
    assert typed("0, 7, 23") == [skip()]  # no change; without any update Gradio would empty all outputs
    updates = typed("5, 8")
    assert updates and not any(field in one for one in updates) and session.query["keys"] == ["5, 8"]
    assert any(field in one for one in typed("x" * 2000))  # no text that long is taken: it says so


@pytest.mark.parametrize("link", [{}, {"walk": [MAP], "side": ["4"]}, {"path": ["lerp"], "loop": ["false"]}])
def test_the_python_makes_the_same_pictures(zoo, link, monkeypatch):
    s = resolve(PAGE, zoo, {**TOYS, "keys": ["4, 1: two, 2"], **link})
    walk, made = interpolate.walk(zoo, s), run_python(zoo, interpolate.python(zoo, s), monkeypatch)
    for entry, pictures in zip(walk.entries, walk.pictures, strict=True):
        there = made[entry.title]
        pictures = pictures[: len(pictures) - walk.loop, 0]
        np.testing.assert_array_equal(there.reshape(pictures.shape), pictures)


def test_answers_are_the_pictures_of_the_page(zoo):
    labels = ["zero", "two", "two"]
    walk = interpolate.walked(zoo, resolve(PAGE, zoo, {**TOYS, "keys": ["0, 4: two, 9"], "loop": ["false"]}), 5)
    told = interpolate.interpolate(zoo, KEYS, [0, 4, 9], 11, labels=labels, separate=True)
    for one, pictures, caption in zip(told, walk.pictures, walk.captions, strict=True):
        assert one["caption"] == caption and [file.name for file in one["pictures"]][-1].endswith("-10.png")
        np.testing.assert_array_equal([decoded(file.data) for file in one["pictures"]], pictures[:, 0, ..., 0])
        with Image.open(io.BytesIO(one["animation"].data)) as gif:
            assert one["animation"].name.endswith(".gif") and gif.n_frames == 20
    (sheet,) = interpolate.interpolate(zoo, KEYS[:1], [0, 4, 9], 11)
    np.testing.assert_array_equal(decoded(sheet["picture"].data), compose.sheet(walk.pictures[0], 11))

    walk = interpolate.walk(zoo, resolve(PAGE, zoo, {**TOYS, "walk": [MAP], "side": ["4"]}))
    told = interpolate.latent_map(zoo, KEYS, [0, 7, 23, 42], 4, separate=True)
    for one, pictures, caption in zip(told, walk.pictures, walk.captions, strict=True):
        assert one["caption"] == caption
        np.testing.assert_array_equal([decoded(file.data) for file in one["pictures"]], pictures[:, 0, ..., 0])
    (sheet,) = interpolate.latent_map(zoo, KEYS[:1], [0, 7, 23, 42], 4)
    np.testing.assert_array_equal(decoded(sheet["picture"].data), compose.sheet(walk.pictures[0], 4))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda zoo: interpolate.interpolate(zoo, KEYS, [1]), "A path needs two seeds or more."),
        (lambda zoo: interpolate.interpolate(zoo, KEYS, [1, 2], 86), "That is 258 pictures, and at most 256"),
        (lambda zoo: interpolate.latent_map(zoo, KEYS, [1, 2, 3]), "A map has four corners"),
        (lambda zoo: interpolate.latent_map(zoo, KEYS, [1, 2, 3, 4], 10), "That is 300 pictures"),
    ],
)
def test_a_question_that_cannot_be_gets_one_sentence(zoo, ask, words):
    with pytest.raises(ValueError, match=words):
        ask(zoo)
