"""Interpolate with pictures of one's own: they are key frames of every variant, to the pixel."""

import numpy as np
import pytest
from page_helpers import decoded, parts_of, run_python

from demo.page import resolve
from demo.page.maker import Refusal
from demo.page.state import address
from demo.pages import interpolate
from demo.pages.interpolate import PAGE
from demo.zoo import rebuilding, walks
from demo.zoo.walks import MAP
from demo.zoo.zoo import Zoo
from gan_models.found import Latent, held

TOYS = {"data": ["toys"]}


@pytest.fixture
def styled(styled_zoo) -> Zoo:
    return Zoo(styled_zoo)


ALL = ["toys/plain", "toys/told", "toys/styled", "toys/styled_told"]


def latents(zoo: Zoo, seed: int) -> dict:
    """{key: what could have been found for a picture}: points that no seed has."""
    rng, made = np.random.default_rng(seed), {}
    for key in ALL:
        entry = zoo.entry(key)
        label = int(rng.integers(len(entry.classes))) if entry.classes else None
        made[key] = Latent("w" if entry.styled else "z", label, rng.normal(size=entry.recipe.z_dim).astype(np.float32))
    return made


def brought(zoo: Zoo, keys: str, **more) -> dict:
    """A query with two pictures."""
    texts = [held(key, one, letter) for letter, seed in (("A", 0), ("B", 1)) for key, one in latents(zoo, seed).items()]
    titles = [zoo.entry(key).title for key in ALL]
    return {"data": ["toys"], "variants_toys": titles, "found_toys": texts, "keys": [keys], **more}


def test_pictures_are_key_frames_of_every_variant_to_the_pixel(styled, monkeypatch):
    zoo = styled
    query = brought(zoo, "A, 7, b")
    s = resolve(PAGE, zoo, query)
    assert not s.problems and s.found == tuple(query["found_toys"])
    walk = interpolate.walk(zoo, s)
    assert [entry.key for entry in walk.entries] == ALL
    assert walk.axes[0].stops == ("picture A", "seed 7", "picture B", "picture A")
    for entry, pictures in zip(walk.entries, walk.pictures, strict=True):
        for at, seed in ((0, 0), (2, 1)):
            shown = pictures[at * walk.axes[0].per, 0]
            np.testing.assert_array_equal(shown, rebuilding.draw_found(zoo, entry.key, latents(zoo, seed)[entry.key]))
    assert "picture A to seed 7 to picture B" in walk.captions[0] and "classes as they were found" in walk.captions[1]
    again = resolve(PAGE, zoo, address(s, whole=True))  # a link, in a fresh browser
    for one, other in zip(interpolate.walk(zoo, again).pictures, walk.pictures, strict=True):
        np.testing.assert_array_equal(one, other)
    made = run_python(zoo, interpolate.python(zoo, s), monkeypatch)
    for entry, pictures in zip(walk.entries, walk.pictures, strict=True):
        np.testing.assert_array_equal(made[entry.title], pictures[:-1, 0])
    walk = interpolate.walked(zoo, s, 8)
    told = interpolate.interpolate(zoo, ALL, ["A", 7, "B"], 24, loop=True, separate=True, found=query["found_toys"])
    for one, pictures, caption in zip(told, walk.pictures, walk.captions, strict=True):
        assert one["caption"] == caption
        files = [decoded(file.data).reshape(pictures.shape[2:]) for file in one["pictures"]]
        np.testing.assert_array_equal(files, pictures[:-1, 0])


def test_a_map_and_classes_with_pictures(styled, monkeypatch):
    zoo = styled
    query = brought(zoo, "", walk=[MAP], side=["4"], corners=["A, 3, 4, B"])
    s = resolve(PAGE, zoo, {**query, "variants_toys": ["Told GAN"]})
    walk = interpolate.walk(zoo, s)
    for at, seed in ((0, 0), (15, 1)):
        shown = rebuilding.draw_found(zoo, "toys/told", latents(zoo, seed)["toys/told"])
        np.testing.assert_array_equal(walk.pictures[0][at, 0], shown)
    (made,) = run_python(zoo, interpolate.python(zoo, s), monkeypatch).values()
    np.testing.assert_array_equal(made.reshape(walk.pictures[0].shape), walk.pictures[0])
    (told,) = interpolate.latent_map(zoo, ["toys/told"], ["A", 3, 4, "B"], 4, found=query["found_toys"], separate=True)
    np.testing.assert_array_equal([decoded(file.data) for file in told["pictures"]], walk.pictures[0][:, 0, ..., 0])

    s = resolve(PAGE, zoo, {**brought(zoo, "A: two, A"), "variants_toys": ["Told GAN"]})  # it changes its class
    walk = interpolate.walk(zoo, s)
    one = latents(zoo, 0)["toys/told"]
    first = rebuilding.draw_found(zoo, "toys/told", Latent("z", 2, one.values))
    np.testing.assert_array_equal(walk.pictures[0][0, 0], first)
    np.testing.assert_array_equal(walk.pictures[0][walk.axes[0].per, 0], rebuilding.draw_found(zoo, "toys/told", one))
    assert walk.axes[0].stops[:2] == ("picture A · two", "picture A")
    (made,) = run_python(zoo, interpolate.python(zoo, s), monkeypatch).values()
    np.testing.assert_array_equal(made, walk.pictures[0][:-1, 0])
    assert resolve(PAGE, zoo, brought(zoo, "A, B"))["keys_class"] == walks.AS_FOUND


def shown(zoo, query: dict) -> str:
    """All that the page says in HTML or refuses."""
    s = resolve(PAGE, zoo, query)
    said = [one.sentence if isinstance(one, Refusal) else one for one in parts_of(PAGE, zoo, s).values()]
    return "\n".join([*s.problems, *(one for one in said if isinstance(one, str))])


def test_a_variant_without_the_latent_is_left_out_and_named(styled):
    zoo = styled
    assert "A picture of yours can be a key frame as well" in shown(zoo, TOYS)
    query = brought(zoo, "A, 7")
    few = {**query, "found_toys": query["found_toys"][:2]}
    said = shown(zoo, few)
    assert (
        "Left out, since no latent of picture A was found for them: Styled GAN, Told styles." in said
        and said.count("<img") >= 4
    )
    assert [e.key for e in interpolate.walk(zoo, resolve(PAGE, zoo, few)).entries] == ALL[:2]
    alone = {**few, "variants_toys": [zoo.entry("toys/styled").title]}
    assert "None of the chosen variants has a latent of picture A" in shown(zoo, alone)
    assert "There is no picture C of this data set here" in shown(zoo, {**query, "keys": ["A, C"]})
    told = {**brought(zoo, "A: two, A"), "variants_toys": [zoo.entry("toys/styled_told").title]}
    label = latents(zoo, 0)["toys/styled_told"].label
    if label != 2:
        assert "holds the class that it was found with" in shown(zoo, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A", "A found latent is a letter, the key of a variant and the latent"),
        ("A:toys/plain:z.???", "A latent as text is its space"),
        ("A:toys/plain:z.AAA", "a part of its text is missing"),
        (held("toys/plain", Latent("z", None, np.zeros(5)), "A"), "Plain GAN has 6 numbers; this text holds 5."),
        (held("toys/plain", Latent("w", None, np.zeros(6)), "A"), "Plain GAN has no styles"),
        (held("toys/told", Latent("z", 7, np.zeros(6)), "A"), "Told GAN takes one of 3 classes, from 0"),
        (held("toys/plain", Latent("z", None, np.zeros(200_000)), "A"), "at most 100,000 letters"),
    ],
)
def test_a_latent_that_is_none_is_told_in_one_sentence(styled, text, words):
    s = resolve(PAGE, styled, {**TOYS, "found_toys": [text], "keys": ["0, 7"]})
    (problem,) = s.problems
    assert words in problem and interpolate.walk(styled, s).axes[0].stops[0] == "seed 0"
    with pytest.raises(ValueError, match=r"^[A-Z][^\n]*[.]$"):
        interpolate.interpolate(styled, ["toys/plain", "toys/told"], ["A", 7], found=[text])


def test_many_latents_stand_in_no_link(styled):
    query = brought(styled, "A, 7")
    many = [held("toys/plain", Latent("z", None, np.full(6, k)), letter) for letter in "AB" for k in range(90)]
    s = resolve(PAGE, styled, {**query, "found_toys": many})
    assert (
        not s.problems
        and "found_toys" not in address(s)
        and "too long for a link" in shown(styled, {**query, "found_toys": many})
    )


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (["A", 7], "No latent of this picture was found for Plain GAN."),
        (["seven", 7], "not 'seven'"),
        (["A", -1], "seed"),
    ],
)
def test_programs_are_told_which_picture_is_missing(styled, seeds, words):
    with pytest.raises(ValueError, match=words):
        interpolate.interpolate(styled, ["toys/plain"], seeds)
