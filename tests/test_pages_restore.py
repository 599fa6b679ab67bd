"""Restore: damages against the engine's operators, answers against the truth by hand, refusals in one sentence."""

import base64
import json

import numpy as np
import pytest
import torch
from page_helpers import in_html, parts_of

from demo.draw import compose
from demo.page import Picture, Refusal, resolve
from demo.pages import restore as page
from demo.pages.restore import PAGE, SEARCHED, restore
from demo.zoo import rebuilding, restoring
from demo.zoo.zoo import Zoo
from gan_models.latent import OPERATORS, operator
from gan_models.latent.operators import as_float
from gan_models.registry import register

FIXTURE = "looked_zoo"
PLAIN, TOLD, COLOUR = "toys/plain", "toys/told", "photos/colour"
ROUGH = np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)
MIDDLE = restoring.centre(8, 8)
RESTORED = next(part for part in PAGE.parts if part.make is page.restored)


def state(zoo: Zoo, picture: np.ndarray = ROUGH, data: str = "toys", **query: str):
    query = {"data": data, f"drawing_{data}": Picture.of(picture).text, **query}
    s = resolve(PAGE, zoo, {name: [text] for name, text in query.items()})
    assert not s.problems
    return s


def sent(picture: np.ndarray) -> str:
    return base64.b64encode(compose.png(picture)).decode()


# Damages ----------------------------------------------------------------------------------------------------


def test_a_new_operator_appears_by_itself(zoo, monkeypatch):
    monkeypatch.setattr("gan_models.latent.operators.OPERATORS", there := dict(OPERATORS))

    @register(there, word="bring the contrast back", loses=False, projection=False, sigma=False)
    def pale(x):
        """Half the contrast."""
        return x / 2

    assert restoring.operators(8, 1)["pale"] == "bring the contrast back"
    s = state(zoo, damage="pale")
    assert s.damage == "pale" and page.titles(s)["pale"] == "bring the contrast back"
    made = page.harm(zoo, s)
    np.testing.assert_allclose(made.seen[..., 0], ROUGH[..., 0] / 2 + 63.75, atol=0.51)
    assert len(in_html(list(RESTORED.make(zoo, s))[-1])) == 3


def test_only_what_changes_a_picture_is_offered():
    assert list(restoring.operators(8, 1)) == ["mask", "downscale", "noisy"]
    assert list(restoring.operators(8, 3)) == ["mask", "downscale", "grey", "noisy"]
    assert (restoring.factors(28), restoring.factors(64)) == ([2, 4, 7], [2, 4, 8, 16])


def test_a_hole():
    made = restoring.damage(ROUGH, "mask")
    assert MIDDLE.sum() == 16 and MIDDLE[2:6, 2:6].all() and np.array_equal(made.hole, MIDDLE)
    assert np.array_equal(made.seen[~MIDDLE], ROUGH[~MIDDLE])
    assert np.array_equal(made.completed(255 - ROUGH), np.where(MIDDLE[..., None], 255 - ROUGH, ROUGH))
    for hole, said in (
        (np.zeros((8, 8), bool), "The hole is empty: paint what is to be filled."),
        (np.ones((8, 8), bool), "The hole covers the whole picture"),
        (np.ones((5, 8), bool), "The hole is 8 pixels wide and 5 high, the picture 8 × 8 pixels."),
    ):
        with pytest.raises(ValueError, match=said):
            restoring.damage(ROUGH, "mask", hole)


def test_the_others():
    small = restoring.damage(ROUGH, "downscale", factor=2)
    expected = ROUGH.reshape(4, 2, 4, 2).mean((1, 3))
    np.testing.assert_allclose(small.seen[..., 0], expected, atol=0.51)
    assert small.hole is None and np.array_equal(small.completed(ROUGH), ROUGH)
    noisy = restoring.damage(ROUGH, "noisy", sigma=0.3, factor=9)  # it has no factor
    assert torch.equal(noisy.left, operator("noisy", sigma=0.3).observe(ROUGH[None]))
    with pytest.raises(ValueError, match="8 pixels are shrunk by"):
        restoring.damage(ROUGH, "downscale", factor=3)
    with pytest.raises(ValueError, match="The picture is empty"):
        restoring.damage(np.zeros((8, 8, 1), np.uint8), "mask")


# Answers ----------------------------------------------------------------------------------------------------


def test_plain_methods_by_hand(zoo):
    hole = np.zeros((8, 8), bool)
    hole[3, 4] = True
    made = restoring.damage(ROUGH, "mask", hole)
    smooth, mean, nearest = restoring.plain(zoo, "toys", made)
    around = [int(ROUGH[y, x, 0]) for y, x in ((2, 4), (4, 4), (3, 3), (3, 5))]
    assert smooth.pictures[0][3, 4, 0] == pytest.approx(np.mean(around), abs=1)
    training = restoring.training_pictures(zoo, "toys", (8, 8, 1))
    assert mean.pictures[0][3, 4, 0] == round(float(training[:, 3, 4, 0].mean()))
    off = ((training.astype(float) - ROUGH) ** 2)[:, ~hole].sum((1, 2))
    assert nearest.pictures[0][3, 4, 0] == training[off.argmin(), 3, 4, 0]
    for one in (smooth, mean, nearest):
        assert np.array_equal(one.pictures[0][~hole], ROUGH[~hole]) and one.seen in ("zero", "one", "two")
        error = abs(int(one.pictures[0][3, 4, 0]) - int(ROUGH[3, 4, 0])) or 1e-9
        assert one.in_hole == pytest.approx(min(99, 20 * np.log10(255 / error)))
        assert one.decibels == pytest.approx(min(99, 20 * np.log10(255 / (error / 8))))

    flat = np.tile(np.linspace(0, 255, 8).astype(np.uint8)[:, None], (1, 8))[..., None]
    (bicubic, *_) = restoring.plain(zoo, "toys", restoring.damage(flat, "downscale", factor=2))
    assert bicubic.title == "Bicubic" and np.abs(bicubic.pictures[0].astype(int) - flat).max() < 30
    (blurred, *_) = restoring.plain(zoo, "toys", restoring.damage(flat, "noisy", sigma=0.0))
    assert np.abs(blurred.pictures[0][1:-1].astype(int) - flat[1:-1]).max() <= 1


def test_without_training_pictures_the_plain_method_stands_alone(zoo):
    made = restoring.damage(np.dstack([ROUGH, 255 - ROUGH, ROUGH]), "grey")
    (grey,) = restoring.plain(zoo, "photos", made)
    assert grey.title == "The grey picture itself" and grey.seen == "" and grey.in_hole is None
    assert np.ptp(grey.pictures[0].astype(int), axis=2).max() == 0


@pytest.mark.parametrize("key", [PLAIN, TOLD])
def test_a_variant_fills_the_hole_of_its_own_picture(zoo, key):
    own = zoo.samples([key], [4])[key][0]
    made = restoring.damage(own, "mask")
    one = restoring.restore(zoo, key, made)
    assert 1 <= len(one.pictures) <= restoring.MOST_ANSWERS
    for picture in one.pictures:
        assert np.array_equal(picture[~MIDDLE], own[~MIDDLE])
    assert one.in_hole == pytest.approx(rebuilding.psnr(own[2:6, 2:6], one.pictures[0][2:6, 2:6]))
    assert one.in_hole > 15 and bool(one.label) == (key == TOLD)
    shown = [as_float(p[None]) for p in one.pictures]
    for i, a in enumerate(shown):
        assert all((a - b).square().mean().sqrt() > 0.01 for b in shown[:i])


def test_a_class_that_is_told_is_taken(zoo):
    made = restoring.damage(ROUGH, "downscale", factor=2)
    assert {restoring.restore(zoo, TOLD, made, label=name).label for name in ("zero", "two")} == {"zero", "two"}
    s = state(zoo, told_toys="two", variants_toys="Told GAN")
    assert "Found with class two." in list(RESTORED.make(zoo, s))[-1]
    assert page.classes(zoo, s)[0] == SEARCHED


def test_the_page_shows_the_answers(zoo):
    hole = np.zeros((8, 8, 1), np.uint8)
    hole[:4] = 255
    s = state(zoo, hole_toys=Picture.of(hole).text)
    values = parts_of(PAGE, zoo, s)
    assert not [value for value in values.values() if isinstance(value, Refusal)]
    html = next(value for part, value in values.items() if part.make is page.before)
    assert "50 % of the pixels are missing" in html and len(in_html(html)) == 5
    steps = list(RESTORED.make(zoo, s))
    assert "1 of 3 variants" in steps[1] and "waits" not in steps[-1] and "dB in the hole" in steps[-1]
    one = restoring.restore(zoo, PLAIN, page.harm(zoo, s))
    np.testing.assert_array_equal(
        in_html(steps[-1])[0], compose.enlarge(one.pictures[0], compose.scale_of(8, 140))[..., 0]
    )


def test_a_hole_over_all_is_refused_in_one_sentence(zoo):
    s = state(zoo, hole_toys=Picture.of(np.full((8, 8, 1), 255, np.uint8)).text)
    told = {value.sentence for value in parts_of(PAGE, zoo, s).values() if isinstance(value, Refusal)}
    assert told == {"The hole covers the whole picture: nothing is known, so every picture would be right."}


# For programs -----------------------------------------------------------------------------------------------


def test_programs_get_the_same(zoo):
    hole = MIDDLE[..., None].astype(np.uint8) * 255
    found = restore(zoo, [PLAIN, TOLD], picture=sent(ROUGH), hole=sent(hole), label="two")
    one = restoring.restore(zoo, PLAIN, restoring.damage(ROUGH, "mask"))
    (plain, told) = found["answers"]
    assert plain["decibels"] == one.decibels and plain["in_hole"] == one.in_hole and told["label"] == "two"
    assert [each["title"] for each in found["plain"]] == ["Smooth fill", "Mean picture", "Nearest training picture"]
    assert found["truth_seen"] in ("zero", "one", "two")
    assert plain["pictures"][0].data == compose.png(one.pictures[0])
    json.dumps({**plain, "pictures": None})
    colour = zoo.samples([COLOUR], [1])[COLOUR][0]
    found = restore(zoo, [COLOUR], "grey", picture=sent(colour))
    assert found["answers"][0]["in_hole"] is None and found["truth_seen"] == ""


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"damage": "grey"}, "There is no damage 'grey' of these pictures; there is mask, downscale, noisy."),
        ({"damage": "identity"}, "There is no damage 'identity'"),
        ({"factor": 2}, 'The damage "mask" takes no factor.'),
        ({"damage": "noisy", "sigma": 3.0}, "sigma is a number from 0 to 2"),
        ({"damage": "downscale", "factor": 3}, "8 pixels are shrunk by 2, 4"),
        ({"hole": sent(np.zeros((8, 8), np.uint8))}, "The hole is empty"),
        ({"hole": sent(np.full((8, 8), 255, np.uint8))}, "The hole covers the whole picture"),
        (
            {"hole": sent(np.full((9, 8), 255, np.uint8))},
            "The hole is 8 pixels wide and 9 high; it must be 8 × 8",
        ),
        ({"test": 3}, "Give either a picture or the number of a test picture."),
        ({"label": "nine"}, "nine"),
    ],
)
def test_programs_are_refused_in_one_sentence(zoo, question, said):
    with pytest.raises(ValueError) as refused:
        restore(zoo, [TOLD], **{"picture": sent(ROUGH), **question})
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_the_endpoint_names_every_factor_that_it_takes():
    with pytest.raises(ValueError) as error:
        restoring.damage(np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1), "downscale", factor=3)
    taken = str(error.value).removeprefix("28 pixels are shrunk by ").partition(", not")[0]
    assert f"{' or '.join(taken.rsplit(', ', 1))} at 28 pixels" in page.restore.__doc__
