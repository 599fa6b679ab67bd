"""Your picture: what is rebuilt against the engine's own answers, the way to another picture, latents as text."""

import base64
import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_helpers import alts, in_html, parts_of
from zoos import put_directions

import gan_models
from demo.draw import compose
from demo.draw import rebuilt as drawn
from demo.page import Download, Html, Picture, Refusal, Scrubber, resolve
from demo.page.answers import MOST
from demo.page.items import flattened
from demo.pages import anomaly as anomaly_page
from demo.pages import directions as directions_page
from demo.pages import interpolate, taken, your_picture
from demo.pages import restore as restore_page
from demo.pages import your_picture as page
from demo.pages.your_picture import PAGE, rebuild
from demo.zoo import rebuilding, walks
from demo.zoo.zoo import Zoo
from gan_models.found import Latent, held
from gan_models.home import SHIPPED
from gan_models.latent import fit

PLAIN, TOLD = "toys/plain", "toys/told"
ROUGH = np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)
REBUILT = next(part for part in PAGE.parts if part.make is page.rebuilt)
MORPHS = next(part for part in PAGE.parts if part.make is page.morphs)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """No search of these tests ends before its last step, however busy the machine is."""
    for name, (steps, _) in rebuilding.EFFORTS.items():
        monkeypatch.setitem(rebuilding.EFFORTS, name, (steps, 600.0))


def state(zoo: Zoo, picture: np.ndarray | None = ROUGH, data: str = "toys", **query: str):
    query = {"data": data, **query}
    query |= {} if picture is None else {f"drawing_{data}": Picture.of(picture).text}
    s = resolve(PAGE, zoo, {name: [text] for name, text in query.items()})
    assert not s.problems
    return s


def last(part, zoo: Zoo, s):
    *_, value = part.make(zoo, s)
    return value


def picture_of(text: str) -> np.ndarray:
    """The first picture of an answer's File, as pixels."""
    return in_html(f'src="data:image/png;base64,{base64.b64encode(text.data).decode()}"')[0]


# What is shown ----------------------------------------------------------------------------------------------


def test_every_variant_shows_what_the_engine_finds(zoo):
    s = state(zoo)
    steps = list(REBUILT.make(zoo, s))
    assert "0 of 3 variants" in steps[0] and "1 of 3 variants" in steps[1] and "waits" not in steps[-1]
    pictures, named = in_html(steps[-1]), alts(steps[-1])
    for i, key in enumerate(("toys/plain", "toys/deep", TOLD)):
        gan = gan_models.load(zoo.folder / key)
        found = fit(gan, ROUGH[None], restarts=16, steps=rebuilding.EFFORTS["quick"][0], seeds=range(256))
        made, differs = found.pictures[0, 0], drawn.difference(ROUGH, found.pictures[0, 0], clear=True)
        scale = compose.scale_of(8, drawn.PIXELS)
        np.testing.assert_array_equal(pictures[2 * i], compose.enlarge(made, scale)[..., 0])
        np.testing.assert_array_equal(pictures[2 * i + 1], compose.enlarge(differs, scale))
        assert f"{found.psnr[0, 0]:.1f} dB" in steps[-1]
        assert found.psnr[0, 0] == pytest.approx(rebuilding.psnr(made, ROUGH), abs=0.2)
    assert "rebuilt as class" in named[4] and named[0] == "Plain GAN · rebuilt"
    assert steps[-1].count("Its D finds your picture more real than") == 3


@pytest.mark.parametrize(
    ("shown", "more"),
    [(your_picture.PAGE, {}), (restore_page.PAGE, {}), (directions_page.PAGE, {"start": "Your picture"})],
    ids=lambda one: getattr(one, "name", ""),
)
def test_what_was_made_is_seen_above_the_sheet(shown, more, steered_zoo):
    """On a phone nobody looks below a sheet that fills the screen."""
    zoo = Zoo(steered_zoo)
    query = {"data": ["toys"], "drawing_toys": [Picture.of(ROUGH).text], **{name: [one] for name, one in more.items()}}
    s, items = resolve(shown, zoo, query), list(flattened(shown.items))
    place = next(i for i, one in enumerate(items) if getattr(one, "name", "") == "drawing")
    (glance,) = [one for one in items[:place] if isinstance(one, Html) and one.when(s)]
    steps = list(glance.make(zoo, s))
    assert "0 of" in steps[0] and in_html(steps[0]) and "waits" not in steps[-1]
    assert len(in_html(steps[-1])) > len(in_html(steps[0])) and steps[-1].count(" dB</span>") >= 2
    assert "What stands on the sheet. Clear the sheet to go back to the picture before." in steps[-1]


def test_a_label_that_no_variant_hears_is_refused_everywhere(odd_zoo):
    put_directions(odd_zoo / "toys")
    zoo = Zoo(odd_zoo)
    for ask in (
        lambda: rebuild(zoo, [PLAIN], test=1, label="two"),
        lambda: restore_page.restore(zoo, [PLAIN], test=1, label=2),
        lambda: anomaly_page.anomaly(zoo, [PLAIN], number=1, label="two"),
        lambda: directions_page.direction(zoo, [PLAIN], "slant", [1], label="two"),
        lambda: directions_page.direction(zoo, [PLAIN], "slant", test=1, label="two"),
    ):
        with pytest.raises(
            ValueError, match="None of these variants is conditional, so none can use a label: leave it out"
        ):
            ask()
    plain, told = anomaly_page.anomaly(zoo, [PLAIN, TOLD], number=1, label=2)
    assert (plain["label"], told["label"]) == (None, "two")
    assert anomaly_page.anomaly(zoo, [TOLD], number=1)[0]["label"] is None
    with pytest.raises(ValueError, match="Told GAN has no class 'nine'; it has zero, one, two"):
        anomaly_page.anomaly(zoo, [PLAIN, TOLD], number=1, label="nine")


def test_the_difference_in_two_colours():
    one, other = np.zeros((1, 3, 1), np.uint8), np.zeros((1, 3, 1), np.uint8)
    one[0, 0], other[0, 1] = 255, 255
    assert drawn.difference(one, other).tolist() == [[list(drawn.MORE), list(drawn.LESS), [255] * 3]]
    assert drawn.difference(one, other, clear=True).tolist()[0][:2] == [[*drawn.MORE, 255], [*drawn.LESS, 255]]
    assert drawn.difference(one, other, clear=True)[0, 2, 3] == 0  # the page's own background
    assert "the same in both" in drawn.legend("more", "less")
    red = np.array([[[100, 0, 0]]], np.uint8)
    off = 100 * drawn.LUMA[0] / 255
    expected = [round(255 + off * (c - 255)) for c in drawn.MORE]
    assert drawn.difference(red, np.zeros_like(red)).tolist() == [[expected]]


def test_decibels_by_hand():
    one, other = np.zeros((2, 2, 1), np.uint8), np.full((2, 2, 1), 51, np.uint8)
    assert rebuilding.psnr(one, other) == pytest.approx(10 * np.log10(25))
    assert rebuilding.psnr(one, one) == 99
    other[0] = 0
    assert rebuilding.psnr(one, other, np.array([[False, False], [True, True]])) == pytest.approx(10 * np.log10(25))


def test_the_search_from_the_first_guess_to_the_end(zoo):
    s = state(zoo)
    walk = page.path(zoo, s)
    first, *others = walk.axes[0].stops
    assert first == "first guess" and len(others) == 11 and others[-1] == "after 60 steps" and walk.start == 1
    for key, pictures in zip(("toys/plain", "toys/deep", TOLD), walk.pictures, strict=True):
        one = rebuilding.rebuild(zoo, key, ROUGH)
        assert pictures.shape == (12, 1, 8, 8, 1) and np.array_equal(pictures[-1, 0], one.picture)
        errors = [rebuilding.psnr(p[0], ROUGH) for p in pictures]
        assert errors[0] < errors[-1] and all(b > a - 0.3 for a, b in itertools.pairwise(errors))


def test_what_a_variant_drew_is_found_again(zoo):
    own = zoo.samples([PLAIN], [3])[PLAIN][0]
    assert rebuilding.rebuild(zoo, PLAIN, own).decibels > 30  # seed 3 is among the first guesses


def test_an_answer_is_made_once(zoo, monkeypatch):
    one = rebuilding.rebuild(zoo, PLAIN, ROUGH)
    monkeypatch.setattr("gan_models.latent.fit", None)
    again = rebuilding.rebuild(zoo, PLAIN, ROUGH.copy())
    assert np.array_equal(one.picture, again.picture)
    with pytest.raises(TypeError):
        rebuilding.rebuild(zoo, PLAIN, 255 - ROUGH)


def test_a_search_ends_when_its_time_is_up(zoo, monkeypatch):
    monkeypatch.setitem(rebuilding.EFFORTS, "quick", (5000, 0.05))
    one = rebuilding.rebuild(zoo, PLAIN, ROUGH)
    assert one.stopped and one.path_steps[-1] < 5000 and one.seconds < 5
    assert "stopped by the time limit" in page.took(one)
    assert page.path(zoo, state(zoo)).pictures[0].shape[0] >= 1


# Which picture ----------------------------------------------------------------------------------------------


def test_the_sheet_counts_before_the_number(zoo):
    assert np.array_equal(taken.taken(zoo, state(zoo)).picture, ROUGH)
    s = state(zoo, None, take="4")
    one = taken.taken(zoo, s)
    assert one.words == "Test picture 4 of toys, class one" and one.label == "one"
    assert np.array_equal(one.picture, zoo.real("toys").pictures[4])
    assert taken.put(zoo, s) == {"drawing": Picture.of(one.picture)}
    with pytest.raises(ValueError, match=r"^There is no test picture 12 of toys: they are numbered from 0 to 11\.$"):
        taken.taken(zoo, state(zoo, None, take="12"))


def test_a_data_set_without_pictures_takes_a_generated_one(zoo):
    one = taken.taken(zoo, state(zoo, None, "photos", take="5"))
    assert np.array_equal(one.picture, zoo.samples(["photos/colour"], [5])["photos/colour"][0])
    assert one.words == "Drawn by Colour GAN from seed 5: no pictures of photos come with the zoo"


def test_an_empty_picture_is_refused_in_one_sentence(zoo):
    s = state(zoo, np.full((8, 8, 1), 9, np.uint8))
    told = {value.sentence for value in parts_of(PAGE, zoo, s).values() if isinstance(value, Refusal)}
    assert told == {"The picture is empty: all its pixels are alike."}


def test_a_variant_of_another_size_leaves_the_others(styled_zoo):
    zoo = Zoo(styled_zoo)
    s = state(zoo, variants_toys="Plain GAN")
    s.values["variants"] = (PLAIN, "toys/styled")
    html = last(REBUILT, zoo, s)
    assert "Styled GAN draws pictures of 32 × 32 pixels, and this one is 8 × 8 pixels." in html
    assert len(in_html(html)) == 2
    assert len(page.path(zoo, s).entries) == 1


def test_a_damaged_discriminator_leaves_the_picture(zoo):
    (zoo.folder / PLAIN / "discriminator.safetensors").write_bytes(b"no weights")
    html = last(REBUILT, zoo, state(zoo))
    assert html.count("No verdict of its D:") == 1 and len(in_html(html)) == 6


# Into another one -------------------------------------------------------------------------------------------


def test_the_way_begins_at_the_picture_and_ends_at_the_seed(zoo):
    for key in (PLAIN, TOLD):
        one = rebuilding.rebuild(zoo, key, ROUGH)
        way = rebuilding.between(zoo, one, 5, 9)
        end = zoo.samples([key], [5], one.label)[key][0]
        assert way.shape == (9, 8, 8, 1)
        np.testing.assert_allclose(way[0].astype(int), one.picture, atol=1)
        np.testing.assert_allclose(way[-1].astype(int), end, atol=1)


def test_styles_are_mixed_where_a_network_has_some(styled_zoo, monkeypatch):
    monkeypatch.setitem(rebuilding.EFFORTS, "quick", (3, 600.0))
    zoo = Zoo(styled_zoo)
    key = "toys/styled_told"
    one, other = (rebuilding.rebuild(zoo, key, zoo.samples([key], [n], n)[key][0]) for n in (0, 1))
    way = rebuilding.between(zoo, one, other, 5)
    assert one.space == "w"
    for picture, end in ((one, way[0]), (other, way[-1])):
        np.testing.assert_array_equal(picture.picture, end)
    end = zoo.samples([key], [7], one.label)[key][0]
    np.testing.assert_allclose(rebuilding.between(zoo, one, 7, 3)[-1].astype(int), end, atol=1)


def test_a_second_picture_is_the_end_of_the_way(zoo):
    seeded = last(MORPHS, zoo, state(zoo))
    s = state(zoo, second_toys=Picture.of(255 - ROUGH).text, variants_toys="Told GAN")
    walk, end = page.morph(zoo, s), rebuilding.rebuild(zoo, TOLD, 255 - ROUGH)
    np.testing.assert_allclose(walk.pictures[0][-1, 0].astype(int), end.picture, atol=1)
    assert "your picture to the second picture" in walk.captions[0] and "class" in walk.captions[0]
    assert in_html(last(MORPHS, zoo, s)) and "your picture to seed 0" in seeded


def pressed(html: str) -> tuple[str, dict]:
    """(view, query) of the link that looks like a button."""
    query = json.loads(re.search(r'class="go"[^>]* data-change="([^"]+)"', html)[1].replace("&quot;", '"'))
    return query.pop("view")[0], query


def test_what_was_found_becomes_key_frames_of_interpolate(zoo):
    """Your picture becomes a seed, then your second one; a third is added to these."""
    s = state(zoo)
    view, query = pressed(page.key_frames(zoo, s))
    other = resolve(interpolate.PAGE, zoo, {"data": ["toys"], **query})
    assert view == "interpolate" and not other.problems and other.keys == "A, 0"
    walk = interpolate.walk(zoo, other)
    for entry, pictures in zip(walk.entries, walk.pictures, strict=True):
        np.testing.assert_array_equal(pictures[0, 0], rebuilding.rebuild(zoo, entry.key, ROUGH).picture)
    cards = [part.make(zoo, other) for part in interpolate.PAGE.parts if isinstance(part, Html) and part.when(other)]
    assert any(one and "Picture A · Told GAN" in one for one in cards)

    s = resolve(PAGE, zoo, {"data": ["toys"], **query, "drawing_toys": [Picture.of(ROUGH).text],
                            "second_toys": [Picture.of(255 - ROUGH).text]})  # fmt: skip
    html = page.key_frames(zoo, s)
    _, query = pressed(html)
    assert query["keys"] == ["A, B"] and len(query["found_toys"]) == 6 and "Use both pictures" in html
    walk = interpolate.walk(zoo, resolve(interpolate.PAGE, zoo, {"data": ["toys"], **query}))
    per = walk.axes[0].per
    for entry, pictures in zip(walk.entries, walk.pictures, strict=True):
        np.testing.assert_array_equal(pictures[0, 0], rebuilding.rebuild(zoo, entry.key, ROUGH).picture)
        np.testing.assert_array_equal(pictures[per, 0], rebuilding.rebuild(zoo, entry.key, 255 - ROUGH).picture)
    s = resolve(PAGE, zoo, {"data": ["toys"], **query, "drawing_toys": [Picture.of(ROUGH[::-1]).text]})
    assert pressed(page.key_frames(zoo, s))[1]["keys"] == ["A, B, C"]
    many = [held(PLAIN, Latent("z", None, np.zeros(6)), letter) for letter in walks.LETTERS]
    s = resolve(PAGE, zoo, {"data": ["toys"], "found_toys": many, "drawing_toys": [Picture.of(ROUGH).text]})
    assert pressed(page.key_frames(zoo, s))[1]["keys"] == [", ".join(walks.LETTERS)]  # the last one gives way


# Latents ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [PLAIN, TOLD])
def test_a_latent_in_a_link_draws_the_picture_again(zoo, key):
    one = rebuilding.rebuild(zoo, key, ROUGH)
    np.testing.assert_array_equal(rebuilding.draw_latent(zoo, key, one.text), one.picture)
    (text,) = page.kept_query(one).values()
    (card,) = in_html(page.from_latent(zoo, state(zoo, latent=text)))
    assert card.shape == (8 * 18, 8 * 18)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.from_regex(r"(z|w)(\.[0-9]{1,4})?\.[A-Za-z0-9_-]{1,40}", fullmatch=True))
def test_nonsense_is_no_latent(zoo, text):
    for key in (PLAIN, TOLD):
        try:
            assert rebuilding.draw_latent(zoo, key, text).shape == (8, 8, 1)
        except ValueError as error:
            assert re.fullmatch(r"[^\n]+\.", str(error))


def test_latents_of_others_are_refused(zoo):
    one, told = rebuilding.rebuild(zoo, PLAIN, ROUGH), rebuilding.rebuild(zoo, TOLD, ROUGH)
    for key, text, said in (
        (TOLD, one.text, "takes one of 3 classes, from 0; this latent has none"),
        (PLAIN, told.text, "takes no class"),
        (PLAIN, Latent("z", None, np.zeros(3)).text, "has 6 numbers; this text holds 3."),
        (PLAIN, Latent("z", None, np.full(6, np.nan)).text, "a value that is not a number"),
        (PLAIN, Latent("w", None, np.zeros(6)).text, "has no styles"),
    ):
        with pytest.raises(ValueError, match=said):
            rebuilding.draw_latent(zoo, key, text)


def test_the_files(zoo):
    s = state(zoo)
    files = {part.called(s): part.make(zoo, s) for part in PAGE.parts if isinstance(part, Download)}
    latents = json.loads(files["latents-toys.json"])
    one = rebuilding.rebuild(zoo, PLAIN, ROUGH)
    assert [each["variant"] for each in latents] == [PLAIN, "toys/deep", TOLD]
    np.testing.assert_allclose(latents[0]["latent"], one.latent, rtol=1e-4)
    assert files["your-picture-toys.png"].startswith(b"\x89PNG")


# For programs -----------------------------------------------------------------------------------------------


def test_programs_get_the_same(zoo):
    sent = base64.b64encode(compose.png(ROUGH)).decode()
    (plain, told) = rebuild(zoo, [PLAIN, TOLD], sent)
    one = rebuilding.rebuild(zoo, PLAIN, ROUGH)
    np.testing.assert_array_equal(picture_of(plain["picture"]), one.picture[..., 0])
    np.testing.assert_array_equal(picture_of(plain["difference"]), drawn.difference(ROUGH, one.picture))
    assert plain["decibels"] == one.decibels and plain["latent"] == one.latent.tolist() and plain["label"] is None
    assert told["label"] in ("zero", "one", "two") and told["verdict"].startswith("Its D finds")
    (held,) = rebuild(zoo, [TOLD], sent, label="two")
    assert held["label"] == "two"
    json.dumps([{k: v for k, v in one.items() if k not in ("picture", "difference")} for one in (plain, told)])


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({}, "Give either a picture or the number of a test picture."),
        ({"picture": "A", "test": 3}, "Give either a picture or the number of a test picture."),
        ({"test": 12}, "There is no test picture 12 of toys: they are numbered from 0 to 11."),
        ({"test": 3}, "The picture is empty: all its pixels are alike."),
        (
            {"picture": base64.b64encode(compose.png(ROUGH[:5])).decode()},
            "The picture is 8 pixels wide and 5 high",
        ),
        ({"picture": "what?"}, "must be a picture file as base64"),
    ],
)
def test_programs_are_refused_in_one_sentence(zoo, question, said):
    with pytest.raises(ValueError) as refused:
        rebuild(zoo, [PLAIN], **question)
    assert said in str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(ValueError, match=f"at most {MOST}"):
        rebuild(zoo, [f"toys/{i}" for i in range(17)], test=1)


def test_the_page_shows_a_part_each(zoo):
    values = parts_of(PAGE, zoo, state(zoo))
    assert not [value for value in values.values() if isinstance(value, Refusal)]
    assert sum(isinstance(part, Scrubber) and value is not None for part, value in values.items()) == 1
    assert all(isinstance(value, str) or value is None for part, value in values.items() if isinstance(part, Html))


@pytest.mark.parametrize("title", ["MNIST", "Fashion-MNIST", "CelebA"])
def test_what_a_decibel_means_is_said_of_the_data_set_that_is_shown(title):
    shipped = Zoo(SHIPPED)
    s = resolve(PAGE, shipped, {"data": [title]})
    said, real = page.how(shipped, s), shipped.real(s.data)
    assert s.data and "digit" not in said and (f"test pictures of {title} have" in said) == (real is not None)
    if real is not None:
        each = [
            10 * np.log10(255**2 / ((a - b) ** 2).mean()) for a, b in itertools.pairwise(real.pictures.astype(float))
        ]
        assert int(re.search(r"about (\d+) dB\.</p>$", said)[1]) == pytest.approx(np.median(each), abs=1)
