"""Sampling: image k of seed s is always the same picture; paths against numbers by hand; what is refused."""

from dataclasses import replace
from math import sin, sqrt

import numpy as np
import pytest
import torch
from helpers import gan, noise, small

import train
from gan_models.paths import slerp
from gan_models.pictures import tile
from gan_models.sampling import along, between, chunks, latents, mixtures, to_uint8

RECIPES = train.recipes()
GANS = {name: gan(small(recipe)) for name, recipe in RECIPES.items()}
LABELLED = {name: g for name, g in GANS.items() if g.recipe.classes}
BARE = {name: g for name, g in GANS.items() if not g.recipe.classes}
STYLED = {name: g for name, g in GANS.items() if g.sides}
STYLED["stylegan2-conditional"] = gan(small(replace(RECIPES["stylegan2"], conditional=True)))
for g in STYLED.values():
    g.G.mean.normal_(generator=torch.Generator().manual_seed(0))


def one(gans):
    return next(iter(gans.values()))


# Seeds


@pytest.mark.parametrize("g", GANS.values(), ids=GANS)
def test_image_k_does_not_depend_on_the_number_or_the_order_of_images(g):
    seeds = list(range(37))
    all_of_them = g.sample(seeds)
    assert all_of_them.shape == (37, 28, 28, 1) and all_of_them.dtype == np.uint8
    assert all_of_them.std() > 5 and len({p.tobytes() for p in all_of_them}) == 37  # else nothing is compared
    for n in (1, 2, 15, 16, 17):
        assert np.array_equal(g.sample(seeds[:n]), all_of_them[:n])
    order = np.random.default_rng(0).permutation(37)
    assert np.array_equal(g.sample(order), all_of_them[order])
    assert np.array_equal(g.sample([5, 5, 5]), all_of_them[[5, 5, 5]])


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_at_full_width_too_a_picture_is_the_same_to_the_last_bit(recipe):
    # Of another width, other kernels run: what counts is the float that G makes, before it is rounded.
    width = {k: v for k, v in recipe.network_args.items() if k == "width"}
    args = {**small(recipe).network_args, **width}
    if not width:
        del args["width"]
    g = gan(small(recipe, network_args=args, z_dim=recipe.z_dim))
    y = mixtures(g.recipe, [1] * 20 if g.recipe.classes else None, 20)
    z = latents(range(20), g.recipe.z_dim)
    order = torch.tensor([*range(19, -1, -1)])

    def floats(z, y):
        with torch.inference_mode():
            return torch.cat([g(*part)[:n] for n, *part in chunks(z, y)])

    made = floats(z, y)
    assert made.std() > 0.02
    assert torch.equal(floats(z[order], None if y is None else y[order]), made[order])
    assert torch.equal(floats(z[:3], None if y is None else y[:3]), made[:3])


def test_a_latent_is_the_seeds_own_and_normal():
    z = latents(range(400), 50)
    assert torch.equal(z[123], torch.randn(50, generator=torch.Generator().manual_seed(123)))
    assert z.mean().item() == pytest.approx(0, abs=0.02) and z.std().item() == pytest.approx(1, abs=0.02)
    assert latents([2**32 - 1, 0], 4).shape == (2, 4)


def test_sampling_leaves_the_global_random_numbers_alone():
    before = torch.get_rng_state()
    one(GANS).sample([1, 2])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("g", LABELLED.values(), ids=LABELLED)
def test_without_labels_the_class_is_the_seed_modulo_the_classes(g):
    assert np.array_equal(g.sample([4, 5, 6]), g.sample([4, 5, 6], labels=[1, 2, 0]))
    assert not np.array_equal(g.sample([4, 5, 6]), g.sample([4, 5, 6], labels=[0, 0, 0]))


@pytest.mark.parametrize("g", LABELLED.values(), ids=LABELLED)
def test_a_mixture_of_one_class_is_that_class(g):
    assert np.array_equal(g.sample([3, 4], [[0, 0, 1], [0, 1, 0]]), g.sample([3, 4], [2, 1]))
    halves = g.sample([3, 4], [[0.5, 0.5, 0], [0.2, 0.3, 0.5]])
    assert not np.array_equal(halves, g.sample([3, 4], [0, 2]))


def test_truncation_scales_the_latent():
    g = one(BARE)
    z = latents([7], g.recipe.z_dim)
    assert np.array_equal(g.sample([7], truncation=0.5), g.pictures(z * 0.5))
    zero = g.sample([1, 2], truncation=0.0)
    assert np.array_equal(zero[0], zero[1])


@pytest.mark.parametrize("g", STYLED.values(), ids=STYLED)
def test_truncation_of_a_style_based_network_leads_to_the_mean_style(g):
    y = mixtures(g.recipe, g.labels_of([1, 2, 3]), 3)
    z = latents([1, 2, 3], g.recipe.z_dim)
    with torch.no_grad():
        style = torch.lerp(g.G.members(z, y) @ g.G.mean, g.G.style(z, y), 0.25)
        expected = to_uint8(g.G.draw([style] * len(g.sides))).numpy()
    made = g.sample([1, 2, 3], truncation=0.25)
    assert np.abs(made.astype(int) - expected).max() <= 1
    zero = g.sample([1, 1 + 3 * 5], truncation=0.0)  # of one class
    assert np.array_equal(zero[0], zero[1])
    assert not np.array_equal(made, g.sample([1, 2, 3]))
    path = g.interpolate([1, 4], steps=3, truncation=0.25)
    assert np.array_equal(path[[0, -1]], g.sample([1, 4], truncation=0.25))


# Style mixing


@pytest.mark.parametrize("g", STYLED.values(), ids=STYLED)
def test_mixing_takes_the_levels_of_the_other_seed(g):
    assert g.sides == (7, 14, 28)
    a, b = [1, 4, 7] * 6, [10, 13, 16] * 6  # more than one part; of one class in threes
    assert np.array_equal(g.mix(a, b, []), g.sample(a))
    assert np.array_equal(g.mix(a, b, g.sides), g.sample(b))
    kinds = [g.mix(a, b, levels) for levels in ("coarse", "middle", "fine")]
    assert all(k.shape == (18, 28, 28, 1) and k.dtype == np.uint8 for k in kinds)
    assert len({k[0].tobytes() for k in [*kinds, g.sample(a), g.sample(b)]}) == 5
    for kind, side in zip(kinds, g.sides, strict=True):
        assert np.array_equal(kind, g.mix(a, b, [side]))
        others = [s for s in g.sides if s != side]
        assert np.array_equal(g.mix(b, a, others), kind)
    assert np.array_equal(g.mix([5], [5], "fine"), g.sample([5]))
    assert np.array_equal(g.mix(a, b, g.sides, truncation=0.5), g.sample(b, truncation=0.5))
    assert np.array_equal(g.mix(a[:2], b[:2], "middle"), kinds[1][:2])
    assert g.mix([], []).shape == (0, 28, 28, 1)


def test_mixing_by_hand():
    g = one(STYLED)
    z = latents([3, 9], g.recipe.z_dim)
    with torch.no_grad():
        a, b = g.G.style(z[:1]), g.G.style(z[1:])
        expected = to_uint8(g.G.draw([b, a, b])).numpy()
    assert np.abs(g.mix([3], [9], [28, 7]).astype(int) - expected).max() <= 1


def test_levels_are_thirds():
    g = gan(replace(one(STYLED).recipe, size=64))
    assert g.sides == (4, 8, 16, 32, 64)
    assert [g.levels(k) for k in ("coarse", "middle", "fine")] == [(4, 8), (16, 32), (64,)]
    assert g.levels([64, 4]) == (4, 64)


def test_a_conditional_mix_takes_labels():
    g = STYLED["stylegan2-conditional"]
    assert np.array_equal(g.mix([4, 5], [8, 9], "fine"), g.mix([4, 5], [8, 9], "fine", labels=[1, 2]))
    assert np.array_equal(g.mix([4, 5], [8, 9], g.sides), g.sample([8, 9], labels=[1, 2]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g: g.mix([1], [2, 3]), "1 seeds and 2 others"),
        (lambda g: g.mix([1], [2], "finest"), "coarse, middle, fine, or a list of sides in pixels, not 'finest'"),
        (lambda g: g.mix([1], [2], [8]), "are 7, 14, 28, not 8"),
        (lambda g: g.mix([1], [-2]), "a seed is a whole number"),
        (lambda g: g.mix([1], [2], labels=[0]), "is unconditional"),
        (lambda g: one(BARE).mix([1], [2]), "has no styles to mix"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(one(STYLED))


@pytest.mark.parametrize("g", GANS.values(), ids=GANS)
def test_no_seeds_give_no_pictures(g):
    assert g.sample([]).shape == (0, 28, 28, 1)


# Paths


def test_lerp_by_hand():
    keys = torch.tensor([[0.0, 4.0], [2.0, 0.0], [2.0, 8.0]])
    path = along(keys, np.array([0, 0.25, 1, 1.5, 2]), "lerp")
    assert path.tolist() == [[0, 4], [0.5, 3], [2, 0], [2, 4], [2, 8]]


def test_slerp_by_hand():
    # Between (1, 0) and (0, 1) the path is the circle: at a third, (cos 30, sin 30) degrees.
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    third = slerp(a, b, torch.tensor([[1 / 3]]))[0].tolist()
    assert third == pytest.approx([3**0.5 / 2, 0.5], abs=1e-6)
    # At 60 degrees and halfway, both weigh sin 30 / sin 60, whatever their lengths.
    a, b = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.5, 3**0.5 / 2]])
    weight = sin(np.pi / 6) / sin(np.pi / 3)
    half = slerp(a, b, torch.tensor([[0.5]]))[0].tolist()
    assert half == pytest.approx([weight * 2.5, weight * 3**0.5 / 2], abs=1e-6)


@pytest.mark.parametrize("other", [1.0, -1.0, 2.5])
def test_slerp_between_parallel_latents_is_finite_and_on_their_line(other):
    a = torch.randn(1, 16, generator=torch.Generator().manual_seed(0))
    for t in (0.0, 0.3, 0.5, 1.0):
        z = slerp(a, other * a, torch.tensor([[t]]))
        assert z.isfinite().all()
        assert torch.nn.functional.cosine_similarity(z, a).abs().item() == pytest.approx(1, abs=1e-3) or z.norm() < 1e-2


def test_slerp_keeps_the_length_where_lerp_loses_it():
    a, b = latents([1], 512), latents([2], 512)
    half = torch.tensor([[0.5]])
    assert slerp(a, b, half).norm() / a.norm() > 0.95
    assert torch.lerp(a, b, half).norm() / a.norm() < 0.8


@pytest.mark.parametrize("how", ["slerp", "lerp"])
@pytest.mark.parametrize("g", GANS.values(), ids=GANS)
def test_key_frames_of_a_path_are_the_pictures_of_their_seeds(g, how):
    labels = [2, 0, 1] if g.recipe.classes else None
    path = g.interpolate([3, 8, 5], steps=9, how=how, labels=labels)
    assert path.shape == (9, 28, 28, 1)
    assert np.array_equal(path[[0, 4, 8]], g.sample([3, 8, 5], labels=labels))
    assert len({p.tobytes() for p in path}) == 9


def test_the_ends_are_exact_for_any_number_of_steps_and_with_truncation():
    g = one(BARE)
    for steps in (2, 3, 7, 50):
        path = g.interpolate([3, 8], steps=steps, truncation=0.7)
        assert len(path) == steps
        assert np.array_equal(path[[0, -1]], g.sample([3, 8], truncation=0.7))


@pytest.mark.parametrize("g", LABELLED.values(), ids=LABELLED)
def test_a_path_mixes_its_labels_linearly_and_keeps_the_first_class_without(g):
    same_seed = g.interpolate([4, 4], steps=5, labels=(0, 2), how="lerp")
    assert np.array_equal(same_seed[1], g.sample([4], [[0.75, 0, 0.25]])[0])
    assert np.array_equal(g.interpolate([4, 9], steps=4), g.interpolate([4, 9], steps=4, labels=(1, 1)))


def test_a_map_is_bilinear_or_made_of_arcs():
    """Corners a, b over c, d; x to the right, y down."""
    corners = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    x, y = np.array([0, 1, 0, 1, 0.5, 0.25]), np.array([0, 0, 1, 1, 0.5, 0.5])
    flat = between(corners, x, y, "lerp")
    assert torch.equal(flat[:4], corners)
    # a/4 + b/4 + c/4 + d/4 = (1/2, 1/4, 1/4); at x = 1/4: 3a/8 + b/8 + 3c/8 + d/8 = (1/2, 1/8, 3/8)
    assert torch.allclose(flat[4:], torch.tensor([[0.5, 0.25, 0.25], [0.5, 0.125, 0.375]]))

    r, x, y = sqrt(0.5), np.array([0.5, 0.5, 0, 1, 0.5]), np.array([0, 1, 0.5, 0.5, 0.5])
    round_ = between(corners, x, y, "slerp")
    edges = [[r, r, 0], [r, 0, r], [r, 0, r], [r, r, 0]]  # top a-b, bottom c-d, left a-c, right b-d: 45 degrees each
    assert torch.allclose(round_[:4], torch.tensor(edges), atol=1e-6)
    # Between (r, r, 0) and (r, 0, r), 60 degrees apart: their sum over its length, sqrt(3).
    assert torch.allclose(round_[4], torch.tensor([2 * r, r, r]) / sqrt(3), atol=1e-6)
    assert torch.allclose(between(corners, x, y), round_)


@pytest.mark.parametrize("g", GANS.values(), ids=GANS)
def test_edges_of_a_map_are_paths_and_a_loop_closes(g):
    labels = [2, 0, 1, 2] if g.recipe.classes else None
    made = g.latent_map([3, 8, 5, 1], 3, labels=labels)
    assert made.shape == (3, 3, 28, 28, 1)
    assert np.array_equal(made[::2, ::2].reshape(4, 28, 28, 1), g.sample([3, 8, 5, 1], labels=labels))
    for edge, (a, b) in zip((made[0], made[2], made[:, 0], made[:, 2]), ((0, 1), (2, 3), (0, 2), (1, 3)), strict=True):
        ends = None if labels is None else [labels[a], labels[b]]
        path = g.interpolate([[3, 8, 5, 1][i] for i in (a, b)], 3, labels=ends)
        assert np.abs(edge.astype(int) - path).max() <= 1
    loop, there = g.interpolate([3, 8], 4, loop=True), g.interpolate([3, 8], 3)
    assert np.array_equal(loop[:3], there) and np.abs(loop[3].astype(int) - there[1]).max() <= 1  # 1/2, 1, 1/2 back


# What is refused


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g: g.sample([-1]), "a seed is a whole number from 0 to 2\\^32 - 1, not -1"),
        (lambda g: g.sample([2**32]), "a seed is a whole number"),
        (lambda g: g.sample([1.5]), "a seed is a whole number"),
        (lambda g: g.sample([float("nan")]), "a seed is a whole number"),
        (lambda g: g.sample(["a"]), "a seed is a whole number"),
        (lambda g: g.interpolate([1]), "two seeds or more, not 1"),
        (lambda g: g.interpolate([1, 2], steps=1), "two steps or more, not 1"),
        (lambda g: g.interpolate([1, 2], how="arc"), "one of slerp, lerp, not 'arc'"),
        (lambda g: g.latent_map([1, 2, 3]), "four corners, not 3"),
        (lambda g: g.latent_map([1, 2, 3, 4], 1), "two steps or more, not 1"),
        (lambda g: g.latent_map([1, 2, 3, 4], how="arc"), "one of slerp, lerp, not 'arc'"),
    ],
)
@pytest.mark.parametrize("gans", [BARE, LABELLED], ids=["bare", "labelled"])
def test_wrong_seeds_and_paths_are_refused(gans, call, words):
    with pytest.raises(ValueError, match=words):
        call(one(gans))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0], "2 seeds and 1 labels"),
        ([0, 1, 2], "2 seeds and 3 labels"),
        ([0, 3], "a whole number from 0 to 2"),
        ([-1, 0], "a whole number from 0 to 2"),
        ([0.0, 1.0], "a whole number from 0 to 2"),
        (1, "label"),
        (["a", "b"], "has no class 'a'"),
        ([[0.5, 0.5]] * 2, "3 weights"),
        ([[0.5, 0.6, 0]] * 2, "sum to 1"),
        ([[1.5, -0.5, 0]] * 2, "none below 0"),
        ([[float("nan"), 1, 0]] * 2, "sum to 1"),
    ],
)
@pytest.mark.parametrize("g", LABELLED.values(), ids=LABELLED)
def test_wrong_labels_are_refused(g, labels, words):
    with pytest.raises(ValueError, match=words):
        g.sample([1, 2], labels)


@pytest.mark.parametrize("g", BARE.values(), ids=BARE)
def test_an_unconditional_gan_takes_no_labels(g):
    with pytest.raises(ValueError, match="is unconditional: it takes no labels"):
        g.sample([1], [0])


@pytest.mark.parametrize("g", LABELLED.values(), ids=LABELLED)
def test_a_conditional_generator_says_that_it_needs_labels(g):
    with pytest.raises(ValueError, match="conditional"):
        mixtures(g.recipe, None, 3)
    with pytest.raises(ValueError, match="conditional"):
        g(latents([1], g.recipe.z_dim))


# Scores


@pytest.mark.parametrize("g", GANS.values(), ids=GANS)
def test_a_score_is_ds_logit(g):
    data = noise(g.recipe, 5)
    pictures = data.images.permute(0, 2, 3, 1).numpy()
    y = data.labels if g.recipe.classes else None
    with torch.no_grad():
        expected = g.D(data.images.float() / 127.5 - 1, y).logits
    assert g.score(pictures, y).tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_a_score_needs_d_and_labels_where_the_recipe_has_classes():
    pictures = noise(one(LABELLED).recipe, 2).images.permute(0, 2, 3, 1).numpy()
    with pytest.raises(ValueError, match="needs a label"):
        one(LABELLED).score(pictures)
    blind = type(one(BARE))(one(BARE).recipe, one(BARE).G)
    with pytest.raises(ValueError, match="without its discriminator"):
        blind.score(pictures)


# Pixels


def test_pixels_are_rounded_and_clamped():
    # (x + 1) * 127.5, to the nearest, a half to the even one
    x = torch.tensor([-1.2, -1, -0.999, -0.9922, 0, 0.5, 1, 1.3]).view(1, 1, 2, 4)
    assert to_uint8(x).flatten().tolist() == [0, 0, 0, 1, 128, 191, 255, 255]


def test_every_level_comes_back_from_the_data_as_it_was():
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert to_uint8(levels.float() / 127.5 - 1).flatten().tolist() == list(range(256))


def test_channels_go_last():
    x = torch.zeros(1, 3, 2, 2)
    x[0, 2, 0, 1] = 1
    assert to_uint8(x)[0, 0, 1].tolist() == [128, 128, 255]


def test_a_sheet_is_laid_out_row_by_row():
    pictures = np.arange(1, 6, dtype=np.uint8).reshape(5, 1, 1, 1).repeat(2, 1).repeat(2, 2)
    sheet = tile(pictures, columns=3, gap=1, background=9)
    assert sheet.tolist() == [
        [1, 1, 9, 2, 2, 9, 3, 3],
        [1, 1, 9, 2, 2, 9, 3, 3],
        [9, 9, 9, 9, 9, 9, 9, 9],
        [4, 4, 9, 5, 5, 9, 9, 9],
        [4, 4, 9, 5, 5, 9, 9, 9],
    ]
    assert tile(pictures, columns=5).shape == (2, 10)
    assert tile(pictures.repeat(3, 3), columns=2, gap=2).shape == (3 * 2 + 2 * 2, 2 * 2 + 2, 3)
