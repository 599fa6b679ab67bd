"""Found latents: exact as text, and as key frames of paths, corners of maps and starts of moves beside seeds."""

import re

import numpy as np
import pytest
import torch
from helpers import gan, small
from hypothesis import given
from hypothesis import strategies as st

import train
from gan_models import CheckpointError
from gan_models.found import Latent, held, read_held
from gan_models.latent import fit
from gan_models.latent.directions import Direction
from gan_models.sampling import latents

RECIPES = train.recipes()
NAMES = ("dcgan", "cgan", "stylegan2")


@pytest.fixture(scope="module")
def made():
    """{name: (network, the Fit of two of its pictures)}."""
    networks = {name: gan(small(RECIPES[name])) for name in NAMES}
    return {
        name: (g, fit(g, g.sample([900, 901]), restarts=4, steps=3, seeds=range(32))) for name, g in networks.items()
    }


@given(
    values=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=70),
    label=st.none() | st.integers(0, 9999),
    space=st.sampled_from("zw"),
)
def test_a_latent_as_text_is_exact(values, label, space):
    one = Latent(space, label, np.array(values, np.float32))
    again = Latent.read(one.text)
    assert again.values.tobytes() == one.values.tobytes() and (again.space, again.label) == (space, label)
    ((name, found),) = read_held([held("user/repo@abc", one, "B")]).items()
    assert name == "B" and found["user/repo@abc"].text == one.text


@given(
    st.text(max_size=30) | st.from_regex(r"[A-B]?:?(mnist/gan)?:?(z|w)\.[0-9.]{0,3}[A-Za-z0-9_-]{0,9}", fullmatch=True)
)
def test_nonsense_is_refused_in_one_sentence(text):
    for read in (Latent.read, lambda text: read_held([text])):
        try:
            read(text)
        except ValueError as error:
            assert re.fullmatch(r"[A-Z][^\n]*[.]", str(error))


@pytest.mark.parametrize("name", NAMES)
def test_a_path_meets_found_latents_and_seeds_to_the_pixel(made, name):
    g, found = made[name]
    first, second = found.texts
    way = g.interpolate([first, 7, second], steps=5)
    np.testing.assert_array_equal(way[[0, 4]], found.pictures[:, 0])
    label = None if found.labels is None else [int(found.labels[0, 0])]
    np.testing.assert_array_equal(way[2], g.sample([7], label)[0])  # a seed keeps the class before it
    np.testing.assert_array_equal(g.interpolate([first, second], 8, loop=True)[[0, 4]], found.pictures[:, 0])
    np.testing.assert_array_equal(g.latent_map([7, first, second, 8], 3)[[0, 2], [2, 0]], found.pictures[:, 0])
    np.testing.assert_array_equal(g.interpolate([3, 7], steps=4), g.interpolate(np.array([3, 7]), steps=4))


def test_between_styles_the_way_is_straight(made):
    g, found = made["stylegan2"]
    first = found.latents[0, 0]
    end = g.G.style(latents([7], g.recipe.z_dim), None)[0]
    middle = g.at(((first + end) / 2)[None], None, "w")
    for how in ("slerp", "lerp"):
        np.testing.assert_array_equal(g.interpolate([found.texts[0], 7], 3, how)[1:2], middle)
    with pytest.raises(ValueError, match="a found style is drawn without truncation: the truncation must be 1"):
        g.interpolate([found.texts[0], 7], 3, truncation=0.5)


def test_a_class_can_be_given_to_a_found_latent(made):
    g, found = made["cgan"]
    own = int(found.labels[0, 0])
    other = (own + 1) % 3
    way = g.interpolate([found.texts[0], found.texts[0]], 2, labels=[None, other])
    np.testing.assert_array_equal(way[0], found.pictures[0, 0])
    np.testing.assert_array_equal(way[1:], g.at(found.latents[0, :1], torch.eye(3)[[other]]))
    style = Latent("w", 2, np.zeros(4, np.float32))
    from gan_models.keys import labels_of

    assert labels_of(g.recipe, [style, 5], [2, None], path=True) == [2, 2]
    with pytest.raises(ValueError, match="style of cgan holds the class that it was found with, two: no other"):
        labels_of(g.recipe, [style], [1])


@pytest.mark.parametrize("name", NAMES)
def test_a_found_latent_is_moved_along_a_direction(made, name):
    g, found = made[name]
    vector = torch.eye(g.recipe.z_dim)[0]
    moved = g.moved([found.texts[0], found.texts[1]], Direction("axis", "sefa", found.space, vector, 2.0), [-1, 0, 2])
    np.testing.assert_array_equal(moved[1], found.pictures[:, 0])
    assert (moved[2] != moved[1]).any()
    if found.space == "w":
        with pytest.raises(ValueError, match="a style cannot be moved along the direction 'axis'"):
            g.moved(found.texts, Direction("axis", "sefa", "z", vector, 2.0), [1])


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("dcgan", Latent("z", None, np.zeros(3)).text, "has 6 numbers; this text holds 3."),
        ("dcgan", Latent("z", 2, np.zeros(6)).text, "dcgan takes no class; this latent has 2."),
        ("cgan", Latent("z", None, np.zeros(6)).text, "takes one of 3 classes, from 0; this latent has none."),
        ("dcgan", Latent("w", None, np.zeros(6)).text, "dcgan has no styles"),
        ("cgan", Latent("z", "2", np.zeros(6)), "takes one of 3 classes, from 0; this latent has '2'."),
        ("cgan", Latent("z", -1, np.zeros(6)), "takes one of 3 classes, from 0; this latent has -1."),
        ("cgan", Latent("z", True, np.zeros(6)), "takes one of 3 classes, from 0; this latent has True."),
        ("dcgan", Latent("q", None, np.zeros(6)), "The space of a latent is z or w, not 'q'."),
        ("dcgan", Latent("z", None, [0.0] * 6), "The numbers of a latent are an array of float32 [6], not list."),
        ("dcgan", Latent("z", None, np.zeros((1, 6))), "are an array of float32 [6], not float64 [1, 6]."),
        ("dcgan", Latent("z", None, np.array(["1"] * 6)), "are an array of float32 [6], not <U1 [6]."),
        ("dcgan", Latent("z", None, np.full(6, np.nan)), "are from -1,000,000 to 1,000,000, not nan."),
        ("dcgan", Latent("z", None, np.full(6, 1e300)), "are from -1,000,000 to 1,000,000, not 1e+300."),
        ("stylegan2", Latent("w", None, np.full(6, -np.inf)), "are from -1,000,000 to 1,000,000, not -inf."),
        ("dcgan", "seven", "a seed is a whole number from 0 to 2^32 - 1, not 'seven'"),
        ("dcgan", "z.A", "cannot be read: a part of its text is missing."),
        ("dcgan", Latent("z", None, np.full(6, np.nan)).text, "a value that is not a number"),
    ],
)
def test_key_frames_that_do_not_fit_are_refused_in_a_sentence(made, name, key, words):
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        made[name][0].interpolate([key, 7], 3)
    assert type(error.value) is ValueError


def test_styles_that_damaged_weights_make_are_blamed_on_the_weights():
    g = gan(small(RECIPES["stylegan2"]))
    g.G.mapping[-1].bias[0] = torch.nan
    with pytest.raises(CheckpointError, match=r"stylegan2 makes styles beyond .*: its weights are damaged"):
        g.interpolate([Latent("w", None, np.zeros(6, np.float32)), 7], 3)
