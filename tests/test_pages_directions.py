"""Directions: which variant does what best, its pictures against the core's, its words, answers, links and Python."""

import base64
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from page_helpers import alts, decoded, in_html, parts_of, run_python

from demo.draw import compose
from demo.draw import steering as drawn
from demo.page import Picture, Refusal, Scrubber, resolve
from demo.page.state import address
from demo.pages import directions as page
from demo.pages.directions import PAGE
from demo.zoo import rebuilding, steering
from demo.zoo.steering import AMOUNTS
from demo.zoo.words import IN_TURN
from demo.zoo.zoo import Zoo
from gan_models.found import held
from gan_models.home import SHIPPED
from gan_models.latent import directions

FIXTURE = "steered_zoo"
TOYS = {"data": ["toys"]}
PLAIN, DEEP, TOLD = "toys/plain", "toys/deep", "toys/told"
ALL = {**TOYS, "variants_toys": ["Plain GAN", "Deep GAN", "Told GAN"]}


def entries(zoo, *keys):
    return [zoo.entry(key) for key in keys]


def test_the_best_direction_does_much_of_one_thing_and_little_else(zoo):
    def found(key, name):
        return steering.best(steering.known(zoo, key).directions, name)

    assert found(PLAIN, "slant") == (0, -1.0), "its effect is negative: a move backwards gives more of it"
    assert found(PLAIN, "brightness") == (1, 1.0) and found(PLAIN, "class two") == (2, 1.0)
    assert found(TOLD, "brightness") == (1, 1.0), "0.6 alone is better than 0.9 beside 1.2 of contrast"
    assert found(TOLD, "contrast") == (0, 1.0) and found(TOLD, "slant") is None and found(DEEP, "slant") is None


def test_effects_are_those_that_one_variant_can_do_and_the_first_is_common_to_most(zoo):
    three = entries(zoo, PLAIN, DEEP, TOLD)
    assert [one.title for one in steering.effects(zoo, three)] == ["Brightness", "Contrast", "Slant", "Class two"]
    assert steering.most_common(zoo, three) == "brightness" and steering.most_common(zoo, three[1:2]) is None
    assert list(steering.ways(zoo, three, "slant")) == [PLAIN]
    with pytest.raises(ValueError, match="these variants changes 'smile'; they change brightness, contrast"):
        steering.ways(zoo, three, "smile")


@pytest.mark.parametrize(("key", "name", "axis", "sign"), [(PLAIN, "slant", 0, -1), (TOLD, "brightness", 4, 1)])
def test_pictures_are_moved_by_hand(zoo, key, name, axis, sign):
    from gan_models.sampling import latents

    made = steering.moved(zoo, entries(zoo, key), name, [5, 2], [-1, 0, 2], "two" if key == TOLD else None)[key]
    gan, z = zoo.gan(key), latents([5, 2], 6)
    y = torch.tensor([2, 2]) if key == TOLD else None
    for pictures, amount in zip(made, (-1, 0, 2), strict=True):
        moved = z + sign * amount * torch.eye(6)[axis]  # the step, 2.0, is two standard deviations
        moved = moved * (z.norm(dim=1) / moved.norm(dim=1))[:, None] if amount else z
        weights = None if y is None else torch.nn.functional.one_hot(y, 3).float()
        np.testing.assert_array_equal(pictures, gan.pictures(moved, weights))


def test_the_slider_stands_in_the_middle_and_both_show_the_same(zoo):
    s = resolve(PAGE, zoo, {**ALL, "effect_toys": ["Brightness"], "rows": ["2"], "seed": ["4"]})
    made = parts_of(PAGE, zoo, s)
    walk = next(value for part, value in made.items() if isinstance(part, Scrubber))
    moved = steering.moved(zoo, s.entries, "brightness", [4, 5])
    assert list(moved) == [PLAIN, TOLD] and [e.key for e in walk.entries] == [PLAIN, TOLD]
    assert walk.axes[0].stops[0] == "−3 sd" and walk.axes[0].stops[12] == "0 sd" and walk.axes[0].stops[-1] == "+3 sd"
    for pictures, strip in zip(walk.pictures, moved.values(), strict=True):
        np.testing.assert_array_equal(pictures[::4], strip)
        np.testing.assert_array_equal(pictures[12], strip[3])
    strips = next(value for part, value in made.items() if part.make is page.strips)
    names = [steering.stop(a) for a in AMOUNTS]
    for picture, one in zip(in_html(strips), moved.values(), strict=True):
        np.testing.assert_array_equal(picture, drawn.strip(one, names, 56, clear=True))
    assert "moved from −3 sd, darker, to +3 sd, brighter" in alts(strips)[0]
    assert "No directions yet for Deep GAN: python -m train directions FOLDER finds them." in strips


def test_the_words_say_what_was_measured(zoo):
    (way,) = steering.ways(zoo, entries(zoo, PLAIN), "slant").values()
    assert way.words == (
        "At +2: slant changes by 1.5 sd of random pictures, ± 0.2 from picture to picture.",
        "The largest other change: brightness, −0.3 sd. Entanglement 0.20: it changes little else.",
        "The class stays the same in 75 % of the pictures.",
        "Found in the first weights of G (SeFa).",
    )
    (leads,) = steering.ways(zoo, entries(zoo, PLAIN), "class two").values()
    assert leads.words[0] == (
        "From −2 to +2, the share of pictures that the extractor takes for class two goes from 5 % to 60 %."
    )
    assert "No direction with this effect was found for Told GAN." in steering.missing(
        zoo, entries(zoo, PLAIN, TOLD), "slant"
    )


@given(st.floats(0.05, 5), st.floats(-10, 10))
def test_the_words_on_entanglement_follow_the_two_effects(mine, other):
    direction = SimpleNamespace(
        effects={"slant": mine, "brightness": other}, spread=0.1, unchanged=None, method="sefa", shares=None
    )
    way = steering.Way(None, steering.effect("slant"), 0, 1.0, direction)
    said = re.search(r"Entanglement ([\d.]+): it changes (.*)\.$", way.words[1])
    words = ("little else", "something else as well", "another measure as much", "another measure more")
    share = abs(other) / mine
    assert float(said[1]) == pytest.approx(share, abs=0.0051)
    assert words.index(said[2]) == sum(share >= limit for limit in (0.3, 0.8, 1.25))


def test_no_direction_that_ships_changes_more_than_its_words_say():
    zoo, more = Zoo(SHIPPED), 0
    for data in ("mnist", "fashion_mnist"):
        entries = zoo.catalog().of(data)
        for effect in (one for one in steering.effects(zoo, entries) if not one.name.startswith(steering.CLASS)):
            for way in steering.ways(zoo, entries, effect.name).values():
                others = [abs(v) for name, v in way.direction.effects.items() if name != effect.name]
                largest = max(others, default=0) / abs(way.direction.effects[effect.name])
                assert ("another measure more" in " ".join(way.words)) == (largest >= 1.25), way.entry.key
                more += largest >= 1.25
    assert more


def test_a_zoo_without_directions_says_what_to_run(zoo_folder):
    zoo = Zoo(zoo_folder)
    s = resolve(PAGE, zoo, TOYS)
    told = {value.sentence for value in parts_of(PAGE, zoo, s).values() if isinstance(value, Refusal)}
    (sentence,) = told
    assert sentence.startswith("None of the chosen variants has directions yet: python -m train directions FOLDER")
    assert not s.shown["effect"] and page.python(zoo, s) == ""


def test_a_damaged_file_is_told_and_the_others_are_shown(zoo):
    (zoo.folder / "toys" / "told" / directions.FILE).write_text("{")
    s = resolve(PAGE, zoo, {**ALL, "effect_toys": ["Slant"]})
    strips = next(value for part, value in parts_of(PAGE, zoo, s).items() if part.make is page.strips)
    assert "Told GAN has directions that cannot be read: toys/told/directions.json is damaged" in strips
    assert len(in_html(strips)) == 1


def test_directions_found_anew_are_seen_at_once(zoo):
    assert steering.known(zoo, PLAIN).directions
    path = zoo.folder / "toys" / "plain" / directions.FILE
    content = json.loads(path.read_text())
    path.with_suffix(".new").write_text(json.dumps({**content, "directions": content["directions"][:1]}))
    path.with_suffix(".new").replace(path)
    assert len(steering.known(zoo, PLAIN).directions) == 1


def test_a_link_opens_the_view_it_was_copied_from(zoo):
    link = {
        **ALL, "effect_toys": ["Slant"], "rows": ["2"], "seed": ["7"], "class_toys": ["one"], "at": ["0.75"],
    }  # fmt: skip
    s = resolve(PAGE, zoo, link)
    assert not s.problems and {name: texts for name, texts in address(s).items() if name in link} == {
        name: texts for name, texts in link.items() if name in address(s)
    }
    assert s.effect == "slant" and s.rows == 2


def test_programs_get_the_same(zoo):
    made = page.direction(zoo, [PLAIN, TOLD], "slant", [1, 2], [0, 1.5], separate=True)
    (plain,) = made
    moved = steering.moved(zoo, entries(zoo, PLAIN), "slant", [1, 2], [0, 1.5])[PLAIN]
    for file, picture in zip(plain["pictures"], moved.reshape(-1, 8, 8, 1), strict=True):
        np.testing.assert_array_equal(decoded(file.data), picture[..., 0])
    assert plain["variant"] == PLAIN and plain["name"] == "axis 0" and plain["words"][0].startswith("At +2: slant")
    (sheet,) = page.direction(zoo, [PLAIN], "slant", [1])
    strip = steering.moved(zoo, entries(zoo, PLAIN), "slant", [1])[PLAIN]
    np.testing.assert_array_equal(decoded(sheet["picture"].data), drawn.strip(strip, list(map(steering.stop, AMOUNTS))))
    known, empty = page.directions(zoo, [PLAIN, DEEP])
    assert known["effects"] == ["brightness", "slant", "class two"] and known["directions"][2]["shares"] == (0.05, 0.6)
    assert "vector" not in known["directions"][0] and known["note"] == ""
    assert empty["directions"] == [] and empty["note"] == "Deep GAN has no directions yet."
    for amounts, words in (([11], "from −10 to 10 standard deviations, not 11"), ([], "No amount is given")):
        with pytest.raises(ValueError, match=words):
            page.direction(zoo, [PLAIN], "slant", [1], amounts)
    with pytest.raises(ValueError, match="at most 256"):
        page.direction(zoo, [PLAIN], "slant", list(range(40)))


def test_its_python_makes_the_strips(zoo, monkeypatch):
    s = resolve(PAGE, zoo, {**ALL, "effect_toys": ["Brightness"], "rows": ["2"]})
    made = run_python(zoo, page.python(zoo, s), monkeypatch)
    for pictures, strip in zip(made.values(), page.moved(zoo, s).values(), strict=True):
        np.testing.assert_array_equal(pictures, strip.reshape(pictures.shape))
    with pytest.raises(ValueError, match="has 3 directions, from 0, not 3"):
        import gan_models

        gan_models.load(zoo.folder / PLAIN, latent=True).moved([1], 3, [1])


def test_those_that_have_directions_are_chosen_at_first(zoo):
    (zoo.folder / DEEP / "directions.json").unlink()
    assert [entry.key for entry in resolve(PAGE, zoo, {"data": ["toys"]}).entries] == [PLAIN, TOLD]
    assert not any("No directions yet" in str(part) for part in parts_of(PAGE, zoo, resolve(PAGE, zoo, {})).values())


# From a picture of one's own ----------------------------------------------------------------------------------

ROUGH = np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)
OWN = {**ALL, "start": ["Your picture"], "drawing_toys": [Picture.of(ROUGH).text], "effect_toys": ["Brightness"]}


@pytest.fixture
def brief(monkeypatch):
    """Searches of a few steps, which end before no time."""
    monkeypatch.setitem(rebuilding.EFFORTS, "quick", (4, 600.0))


def test_the_sliders_move_what_was_found_for_a_picture(zoo, brief, monkeypatch):
    s = resolve(PAGE, zoo, OWN)
    assert not s.problems and not s.shown["seed"] and not s.shown["rows"] and s.shown["drawing"]
    made = parts_of(PAGE, zoo, s)
    walk = next(value for part, value in made.items() if isinstance(part, Scrubber))
    assert [entry.key for entry in walk.entries] == [PLAIN, TOLD], "Deep GAN has no direction that does this"
    for entry, pictures in zip(walk.entries, walk.pictures, strict=True):
        one = rebuilding.rebuild(zoo, entry.key, ROUGH)
        np.testing.assert_array_equal(pictures[12, 0], one.picture)  # the slider's middle
        way = steering.ways(zoo, [entry], "brightness")[entry.key]
        far = zoo.gan(entry.key).moved([one.found], way.direction, [way.sign * 3])
        np.testing.assert_array_equal(pictures[-1], far[0])
    assert "your picture" in walk.captions[0] and "class as it was found" in walk.captions[1]
    shown = next(value for part, value in made.items() if part.make is page.starting)
    assert "What stands on the sheet" in shown and len(in_html(shown)) == 3 and "waits" not in shown
    again = resolve(PAGE, zoo, address(s, whole=True))
    for one, other in zip(page.walk(zoo, again).pictures, walk.pictures, strict=True):
        np.testing.assert_array_equal(one, other)
    python = run_python(zoo, page.python(zoo, s), monkeypatch)
    for entry, strip in zip(walk.entries, page.moved(zoo, s).values(), strict=True):
        np.testing.assert_array_equal(python[entry.title], strip[:, 0])
    sent = base64.b64encode(compose.png(ROUGH)).decode()
    told = page.direction(zoo, [PLAIN, TOLD], "brightness", picture=sent, separate=True)
    for one, strip in zip(told, page.moved(zoo, s).values(), strict=True):
        np.testing.assert_array_equal([decoded(file.data) for file in one["pictures"]], strip[:, 0, ..., 0])
    texts = [held(key, rebuilding.rebuild(zoo, key, ROUGH).found, "A") for key in (PLAIN, TOLD)]
    again = page.direction(zoo, [PLAIN, TOLD], "brightness", ["A"], found=texts, separate=True)
    assert [[f.data for f in one["pictures"]] for one in again] == [[f.data for f in one["pictures"]] for one in told]


def test_a_class_is_told_to_the_search(zoo, brief, monkeypatch):
    s = resolve(PAGE, zoo, {**OWN, "class_toys": ["two"]})
    assert PAGE.control("class").named(s)[IN_TURN] == "found by the search"
    (_, found) = page.starts(zoo, s)
    assert found.label == 2
    python = run_python(zoo, page.python(zoo, s), monkeypatch)
    np.testing.assert_array_equal(python["Told GAN"], page.moved(zoo, s)[TOLD][:, 0])


def test_a_picture_that_cannot_be_moved_is_refused_in_one_sentence(zoo, brief):
    empty = {**OWN, "drawing_toys": [Picture.of(np.zeros((8, 8, 1), np.uint8)).text]}
    told = {one.sentence for one in parts_of(PAGE, zoo, resolve(PAGE, zoo, empty)).values() if isinstance(one, Refusal)}
    assert told == {"The picture is empty: all its pixels are alike."}
    for more, words in (
        ({}, "Give seeds, a picture, or the number of a test picture: one of the three."),
        ({"seeds": [1], "test": 2}, "one of the three"),
        ({"seeds": ["A"]}, "No latent of this picture was found for Plain GAN."),
        ({"test": 1, "found": ["A:toys/plain:z.AbCd"]}, "Latents in found belong to letters among the seeds"),
        ({"test": 99}, "There is no test picture 99 of toys: they are numbered from 0 to 11."),
    ):
        with pytest.raises(ValueError, match=words):
            page.direction(zoo, [PLAIN], "brightness", **more)
