"""What the library is handed: each argument in every form that means something, all others a ValueError of one line."""

import itertools
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import CLASSES, doubles, gan, small
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gan_models
from gan_models import CheckpointError, Recipe, views
from gan_models.home import SHIPPED
from gan_models.metrics import classes
from gan_models.pictures import tile
from gan_models.sampling import latents

resource = pytest.importorskip("resource", reason="not on Windows")

BARE = gan(small(Recipe(name="bare", network="mlp"), size=8))
TOLD = gan(small(Recipe(name="told", network="mlp", conditional=True), size=8))
STYLED = gan(small(Recipe(name="styled", network="stylegan2"), size=8))
GANS = [BARE, TOLD, STYLED]
PICTURES = BARE.sample(range(3))

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.sampled_from([*CLASSES, "slerp", "lerp", "coarse", "fine", [[]], {}, {1: 2}, object(), int, 1j, np.nan, 2**70]),
    st.sampled_from([np.float32(0.5), np.int8(3), np.zeros(2), np.zeros((2, 3)), np.array("a"), np.array(2)]),
    st.sampled_from([torch.zeros(2), torch.tensor(3), torch.zeros(2, 3, dtype=torch.bfloat16), torch.tensor([1j])]),
)
"""Anything at all"""
LISTS = st.one_of(ODD, st.lists(ODD, max_size=4), st.tuples(ODD, ODD), st.lists(st.lists(ODD, max_size=3), max_size=3))
SOME = settings(max_examples=150, deadline=None)


def pictures_or_a_sentence(call, *arguments, **named):
    """The answer, which must be finite or uint8; or None where it was a ValueError of one line of bounded length."""
    try:
        made = call(*arguments, **named)
    except ValueError as error:
        text = str(error)
        assert type(error) is ValueError and text.endswith(".") and "\n" not in text and 10 < len(text) < 400
        return None
    assert made.dtype == np.uint8 or np.isfinite(made).all()
    return made


@pytest.mark.parametrize("g", GANS, ids=lambda g: g.recipe.name)
@SOME
@given(seeds=LISTS, labels=LISTS, truncation=ODD)
def test_sample_draws_or_says_why_not(g, seeds, labels, truncation):
    made = pictures_or_a_sentence(g.sample, seeds, labels, truncation)
    assert made is None or (made.shape == (len(seeds), 8, 8, 1))


@pytest.mark.parametrize("g", GANS, ids=lambda g: g.recipe.name)
@SOME
@given(value=LISTS, which=st.sampled_from(["seeds", "labels", "truncation"]))
@example(value=5, which="seeds")
@example(value=math.nan, which="truncation")
@example(value=-1, which="truncation")
@example(value=math.inf, which="truncation")
@example(value=[20, 20], which="labels")
@example(value="zero", which="labels")
def test_one_wrong_argument_among_right_ones_is_told(g, value, which):
    right = {"seeds": [1, 2], "labels": [0, 1] if g.recipe.classes else None, "truncation": 1.0}
    pictures_or_a_sentence(g.sample, **{**right, which: value})


@SOME
@given(st.data())
def test_paths_maps_mixes_and_truncations_draw_or_say_why_not(data):
    g = data.draw(st.sampled_from(GANS))
    right = {
        "seeds": [1, 2],
        "labels": [0, 1] if g.recipe.classes else None,
        "truncation": 0.7,
        "steps": 2,
        "how": "lerp",
    }
    name = data.draw(st.sampled_from(list(right)))
    asked = {**right, name: data.draw(LISTS.filter(lambda x: not (name == "steps" and isinstance(x, int) and x > 99)))}
    pictures_or_a_sentence(g.interpolate, **asked)
    corners = {**asked, "seeds": asked["seeds"] if name == "seeds" else [1, 2, 3, 4]}
    corners["labels"] = corners["labels"] * 2 if name != "labels" and g.recipe.classes else corners["labels"]
    pictures_or_a_sentence(g.latent_map, **corners)
    pictures_or_a_sentence(
        g.mix, asked["seeds"], data.draw(LISTS), data.draw(LISTS), asked["labels"], asked["truncation"]
    )
    pictures_or_a_sentence(g.mix, [1, 2], [3, 4], data.draw(LISTS), right["labels"], asked["truncation"])
    pictures_or_a_sentence(g.truncations, [1, 2], data.draw(LISTS), right["labels"])


@SOME
@given(pictures=LISTS, labels=LISTS, conditional=st.booleans())
@example(pictures=PICTURES / 255, labels=None, conditional=False)
@example(pictures=PICTURES.astype(int), labels=None, conditional=False)
@example(pictures=PICTURES[0], labels=None, conditional=False)
@example(pictures=PICTURES[..., 0], labels=None, conditional=False)
@example(pictures=PICTURES[:, :7], labels=None, conditional=False)
@example(pictures=PICTURES.repeat(3, 3), labels=None, conditional=False)
@example(pictures=PICTURES, labels=[0, 1, 3], conditional=True)
@example(pictures=PICTURES, labels=[0, 1], conditional=True)
@example(pictures=PICTURES, labels=[0, 1, -1], conditional=True)
@example(pictures=PICTURES, labels=None, conditional=True)
@example(pictures=PICTURES, labels=[0, 1, 2], conditional=False)
def test_a_wrong_score_is_refused(pictures, labels, conditional):
    assert pictures_or_a_sentence((TOLD if conditional else BARE).score, pictures, labels) is None


@SOME
@given(z=ODD, y=ODD, truncation=ODD)
def test_a_call_with_wrong_tensors_is_refused(z, y, truncation):
    for g in GANS:
        for call in (g, g.pictures):
            assert pictures_or_a_sentence(call, z, y, truncation) is None
            right = torch.zeros(2, g.recipe.z_dim), torch.tensor([0, 1]) if g.recipe.classes else None
            if not (g.recipe.classes and isinstance(y, torch.Tensor)):
                made = pictures_or_a_sentence(lambda *a, call=call: np.asarray(call(*a)), right[0], y, 1.0)
                assert made is None or y is None
            pictures_or_a_sentence(lambda *a, call=call: np.asarray(call(*a)), *right, truncation)


@pytest.mark.parametrize("y", [torch.tensor([0, 3]), torch.tensor([-1, 0]), torch.tensor([0]), torch.zeros(2, 4)])
def test_a_call_with_wrong_labels_is_refused(y):
    with pytest.raises(ValueError, match=r"label|y is a tensor"):
        TOLD(torch.zeros(2, TOLD.recipe.z_dim), y)


def test_every_form_of_a_right_argument_means_the_same():
    expected = TOLD.sample([4, 9], [2, 0], 0.5)
    weights = [[0, 0, 1], [1.0, 0, 0]]
    for seeds in ((4, 9), np.array([4, 9], np.uint8), torch.tensor([4, 9]), iter([4, 9]), range(4, 10, 5)):
        np.testing.assert_array_equal(TOLD.sample(seeds, [2, 0], 0.5), expected)
    for labels in (
        ["two", "zero"], ("two", 0), [np.int64(2), torch.tensor(0)], np.array([2, 0]), torch.tensor([2, 0]),
        np.array(["two", "zero"]), weights, np.array(weights, np.float16), torch.tensor(weights).bfloat16(),
        [2, weights[1]], iter([2, 0]),
    ):  # fmt: skip
        np.testing.assert_array_equal(TOLD.sample([4, 9], labels, 0.5), expected)
    for truncation in (np.float32(0.5), torch.tensor(0.5), np.array(0.5)):
        np.testing.assert_array_equal(TOLD.sample([4, 9], [2, 0], truncation), expected)
    for labels in (["two", "zero"], np.array([2, 0]), torch.tensor([2, 0]), [2, 0]):
        np.testing.assert_array_equal(TOLD.score(expected, labels), TOLD.score(expected, [2, 0]))
    np.testing.assert_array_equal(TOLD.score(torch.from_numpy(expected), [2, 0]), TOLD.score(expected, [2, 0]))
    np.testing.assert_array_equal(TOLD.score(list(expected), [2, 0]), TOLD.score(expected, [2, 0]))
    path = TOLD.interpolate([4, 9], 3, labels=["two", "zero"])
    np.testing.assert_array_equal(path, TOLD.interpolate([4, 9], np.int64(3), labels=[2, 0]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: BARE.sample(5), "seeds are a list of whole numbers from 0 to 2^32 - 1, not 5."),
        (lambda: BARE.sample([True]), "a seed is a whole number from 0 to 2^32 - 1, not True."),
        (lambda: BARE.sample([1], truncation=math.nan), "the truncation is a number from 0 to 100, not nan."),
        (lambda: BARE.sample([1], truncation=-0.5), "the truncation is a number from 0 to 100, not -0.5."),
        (lambda: BARE.sample([1], truncation="1"), "the truncation is a number from 0 to 100, not '1'."),
        (lambda: BARE.interpolate([1, 2], steps=2.5), "steps are a whole number, not 2.5."),
        (lambda: BARE.interpolate([1, 2], how=["lerp"]), "a path is one of slerp, lerp, not ['lerp']."),
        (
            lambda: TOLD.sample([1], [20]),
            "a label of told is the name of a class or a whole number from 0 to 2, not 20.",
        ),
        (lambda: TOLD.sample([1], ["thre"]), "told has no class 'thre' (there are one, two, zero)."),
        (lambda: TOLD.sample([1], ["zeroo"]), "told has no class 'zeroo' (did you mean 'zero'?)."),
        (
            lambda: BARE.score(PICTURES / 255),
            "pictures are uint8 [N, 8, 8, 1], 0 to 255, not float64 [3, 8, 8, 1]; (x * 255).round().astype('uint8') "
            "makes them of floats from 0 to 1.",
        ),
        (lambda: BARE.score(PICTURES[:, :4]), "pictures are uint8 [N, 8, 8, 1], 0 to 255, not uint8 [3, 4, 8, 1]."),
        (lambda: BARE(torch.zeros(2, 5)), "z is a tensor of floats [N, 6], not float32 [2, 5]."),
        (lambda: STYLED.mix([1], [2], 4), "levels are coarse, middle, fine, or a list of sides in pixels, not 4."),
    ],
)  # fmt: skip
def test_the_sentences(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == words


def test_a_class_name_of_thousands_is_not_read_back_in_full():
    names = tuple(f"class {k}" for k in range(1000))
    g = gan(replace(TOLD.recipe, class_names=names))
    assert pictures_or_a_sentence(g.sample, [1], ["x" * 10_000]) is None


# Tensors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("g", GANS, ids=lambda g: g.recipe.name)
def test_floats_of_every_precision_draw_what_float32_draws(g, kind):
    z, strength = latents([4, 9], g.recipe.z_dim).to(kind), torch.tensor([[0.3], [0.7]]).to(kind)
    y = torch.tensor([[0.25, 0.25, 0.5], [1, 0, 0]]).to(kind) if g.recipe.classes else None
    exact = [None if t is None else t.float() for t in (z, y, strength)]
    np.testing.assert_array_equal(g.pictures(z, y, strength), g.pictures(*exact))
    assert torch.equal(g(z, y, strength), g(*exact)) and g(z, y).dtype == torch.float32
    for space in ("z", "w") if g.sides else ("z",):
        np.testing.assert_array_equal(g.at(z, y, space), g.at(exact[0], exact[1], space))
    if g.recipe.classes:  # thirds sum to 1 within the rounding of their precision
        assert g.pictures(z, torch.full((2, 3), 1 / 3).to(kind)).shape == (2, 8, 8, 1)


@pytest.mark.parametrize("g", GANS, ids=lambda g: g.recipe.name)
def test_another_default_precision_changes_nothing(g):
    def made():
        all_ = [g.sample([4, 9]), g.interpolate([4, 9], 5), g.truncations([4, 9], [0.5, 1]), g.sample([])]
        label = [0, 1] if g.recipe.classes else None
        return [*all_, g.score(all_[0], label), *([g.mix([4], [9])] if g.sides else [])]

    usual = made()
    with doubles():
        again = made()
    for one, other in zip(usual, again, strict=True):
        np.testing.assert_array_equal(one, other)


Z, Y = torch.zeros(2, 6), torch.eye(3)[:2]
BOUND = "numbers from -1,000,000 to 1,000,000, not"
SHARES = "a mixture of labels is 3 weights, none below 0, that sum to 1, not"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: BARE(Z * math.nan), f"z is of {BOUND} nan."),
        (lambda: BARE.pictures(Z - math.inf), f"z is of {BOUND} -inf."),
        (lambda: BARE.at(Z.double() + 1e300, None), f"z is of {BOUND} 1e+300."),
        (lambda: STYLED.at(Z * math.nan, None, "w"), f"w is of {BOUND} nan."),
        (lambda: BARE(Z, None, Z[:, :1] * math.nan), "a truncation is a number from 0 to 100, not nan."),
        (lambda: BARE.pictures(Z, None, Z[:, :1] - 1), "a truncation is a number from 0 to 100, not -1."),
        (lambda: BARE.pictures(Z, None, Z[:, :1] + 1e30), "a truncation is a number from 0 to 100, not 1e+30."),
        (lambda: BARE(Z, None, Z[:, :1] > 0), "a tensor of truncations is of numbers [2, 1], not bool [2, 1]."),
        (lambda: TOLD(Z, Y * math.nan), f"{SHARES} [nan, nan, nan]."),
        (lambda: TOLD.pictures(Z, Y * 2), f"{SHARES} [2.0, 0.0, 0.0]."),
        (lambda: TOLD.pictures(Z, Y[:1] * 2 - Y[1:].expand(2, -1)), f"{SHARES} [2.0, -1.0, 0.0]."),
        (lambda: TOLD.at(Z, Y * 0), f"{SHARES} [0.0, 0.0, 0.0]."),
        (lambda: STYLED.at(Z, None, "bogus"), "a space is one of z, w, not 'bogus'."),
        (lambda: STYLED.at(Z, None, ["w"]), "a space is one of z, w, not ['w']."),
        (lambda: STYLED.at([[0.0] * 6], None, "w"), f"w is a tensor of floats [N, 6], not {[[0.0] * 6]}."),
        (lambda: BARE.at([5], None), "z is a tensor of floats [N, 6], not [5]."),
        (lambda: STYLED.at(Z, None, "w", Z[:, :1]), "the truncation is a number from 0 to 100, not"),
    ],
)  # fmt: skip
def test_wrong_numbers_in_a_tensor_are_told_and_not_blamed_on_the_weights(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert type(error.value) is ValueError and str(error.value).startswith(words) and "\n" not in str(error.value)


# Amounts ------------------------------------------------------------------------------------------------------


HUGE = st.one_of(
    st.integers(6, 30).map(lambda digits: 10**digits + 1),
    st.integers(4_301, 5_000).map(lambda digits: 10**digits),  # Python writes no such number out
)
ENDLESS = st.one_of(
    HUGE.map(range), st.just(()).map(lambda _: itertools.count()), st.sampled_from([0, 1]).map(itertools.repeat),
    st.just(()).map(lambda _: (k % 3 for k in itertools.count())),
    st.sampled_from([np.broadcast_to(np.uint8(1), 10**12), torch.zeros(1, dtype=torch.int64).expand(10**12)]),
)  # fmt: skip
"""More than anybody can have, in a form that takes no room"""


def refused_before_it_costs(call, *arguments, **named) -> str:
    """The one sentence of a ValueError; RLIMIT_AS makes a MemoryError of what is allocated before it."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 1_000_000_000, before[1]))
    began = time.process_time()
    try:
        with pytest.raises(ValueError) as error:
            call(*arguments, **named)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text and 10 < len(text) < 400 and time.process_time() - began < 5
    return text


linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="RLIMIT_AS and /proc are Linux's")


@linux
@pytest.mark.parametrize("g", [BARE, TOLD, STYLED], ids=lambda g: g.recipe.name)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_an_endless_list_or_an_absurd_number_is_refused_before_anything_is_allocated(g, data):
    many, n = data.draw(ENDLESS), data.draw(HUGE)
    labels = [0, 1] if g.recipe.classes else None
    wide = torch.zeros(1, g.recipe.z_dim).expand(10**12, -1)
    calls = [
        lambda: g.sample(many), lambda: g.truncations(many, [1]), lambda: g.truncations([1], many),
        lambda: g.truncations(range(2_000), [1] * 1_000), lambda: g.interpolate(many),
        lambda: g.interpolate([1, 2], n, labels=labels), lambda: g.latent_map(many),
        lambda: g.latent_map([1, 2, 3, 4], n), lambda: g.latent_map([1, 2, 3, 4], 2_000), lambda: g.mix(many, [1]),
        lambda: g.mix([1], many), lambda: g.mix([1], [2], many), lambda: g.levels(many),
        lambda: g.sample([1, 2], many), lambda: g.sample([2**64 + n]), lambda: g.sample([1], truncation=n),
        lambda: g(wide), lambda: g.pictures(wide), lambda: g.at(wide, None, "w"), lambda: g.score(many),
        lambda: g.score([many]),
        lambda: g.score(np.broadcast_to(np.uint8(1), (10**12, 8, 8, 1)), labels),
        lambda: g.score([np.broadcast_to(np.uint8(1), (10**12, 8, 1))]), lambda: g.score(PICTURES, many),
        lambda: latents(many, 6), lambda: latents([1], n),
    ]  # fmt: skip
    if g.recipe.classes:
        calls += [lambda: g.sample([1], [many]), lambda: g.interpolate([1, 2], labels=many)]
    refused_before_it_costs(data.draw(st.sampled_from(calls)))


@linux
@settings(max_examples=10, deadline=None)
@given(n=HUGE)
def test_absurd_numbers_are_refused_by_what_lies_below(n):
    found = torch.zeros(3, dtype=torch.int64)
    for call in (
        lambda: tile(PICTURES, 100 * n), lambda: tile(PICTURES, 2, gap=n), lambda: tile(PICTURES, 0),
        lambda: classes.histogram(found, n), lambda: classes.modes(found, n), lambda: classes.histogram(found, 0),
        lambda: gan_models.build(replace(BARE.recipe, network_args={"width": 65_000})), lambda: limits_of(n),
    ):  # fmt: skip
        refused_before_it_costs(call)
    views.image_smoothing(torch.zeros(1, 1, 8, 8), 1e30, 0.0)  # no kernel that is wider than the picture


def limits_of(n: int):
    return Recipe(name="x", z_dim=n)


def test_what_is_refused_for_its_number_is_told_with_the_number():
    wide = torch.zeros(1, 6).expand(10**12, -1)
    assert "1,000,000,000,000 pictures of 8 x 8" in refused_before_it_costs(STYLED.at, wide, None, "w")
    few = refused_before_it_costs(BARE.truncations, [1], np.ones(300_000))
    assert few.startswith("that would be 300,000 pictures of 8 x 8 pixels, for which 1,200,000 are drawn, 0.1 GB;")
    text = refused_before_it_costs(BARE.latent_map, [1, 2, 3, 4], 2_000)
    assert text.startswith("that would be 4,000,000 pictures of 8 x 8 pixels, 0.4 GB; one call takes at most 1,000,000")
    assert "at most 1,000,000 at a time; here are more." in refused_before_it_costs(BARE.sample, range(10**12))


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "", 7.5, None, "cpu:x", object(), "ipu", ["cpu"]])
def test_a_device_that_is_not_there_is_told_in_one_sentence(device):
    for ask in (lambda: gan_models.load("mnist/gan", device), lambda: gan_models.build(BARE.recipe, device)):
        with pytest.raises(ValueError, match=r"^there is no device .* on this machine: give cpu, or cuda.*\.$"):
            ask()


# Names of checkpoints -----------------------------------------------------------------------------------------


def test_the_shipped_zoo_is_found_by_its_keys_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped, by_path = gan_models.load("mnist/dcgan"), gan_models.load(SHIPPED / "mnist" / "dcgan")
    np.testing.assert_array_equal(shipped.sample([3]), by_path.sample([3]))
    assert "hub" not in shipped.provenance
    # A folder that is here goes first.
    gan_models.save(tmp_path / "mnist" / "dcgan", BARE.recipe, BARE.G)
    assert gan_models.load("mnist/dcgan").recipe == BARE.recipe


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "dcgan",
            "there is no such folder. The zoo that comes with the code has celeba/dcgan, fashion_mnist/dcgan, mnist",
        ),
        ("checkpoints/mnist/acgan", "has mnist/acgan."),
        ("/nowhere/checkpoints/mnist/acgan/", "has mnist/acgan."),
        ("mnist/acgam/", "has mnist/acgan,"),
        ("x" * 5000, "there is no such folder."),
        ("a\0b", "there is no such folder."),
        (5, "is a folder, or a name such as mnist/dcgan, not 5."),
        (None, "not None."),
        (b"mnist/dcgan", "not b'mnist/dcgan'."),
    ],
)
def test_a_name_that_is_nowhere_is_told_where_its_like_is(source, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError) as error:
        gan_models.load(source)
    assert words in str(error.value) and "\n" not in str(error.value) and len(str(error.value)) < 500


def test_a_name_that_the_hub_does_not_have_either(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=r"no folder mnist/dcgann here, and on the Hub: .* has mnist/dcgan\b"):
        gan_models.load("mnist/dcgann")
