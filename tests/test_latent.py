"""The search for latents: operators, a linear generator whose answer is known, determinism, limits, what is refused."""

import numpy as np
import pytest
import torch
from helpers import gan, small
from hypothesis import given, settings
from hypothesis import strategies as st

import train
from gan_models import GAN, Recipe
from gan_models.latent import OPERATORS, Operator, fit, operator
from gan_models.latent.operators import as_float
from gan_models.latent.space import draw
from gan_models.sampling import CHUNK, latents

RECIPES = train.recipes()
HOLE = np.ones((28, 28), bool)
HOLE[7:21, 7:21] = False
SETTINGS = {"mask": {"known": HOLE}, "downscale": {"factor": 2}}


class Linear(torch.nn.Module):
    """G(z) = W z, whose least squares answer is known; with classes, plus a picture of the class."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        rng = torch.Generator().manual_seed(3)
        self.size, self.channels = recipe.size, recipe.channels
        values = recipe.channels * recipe.size**2
        self.weight = torch.nn.Parameter(torch.randn(values, recipe.z_dim, generator=rng) * 0.3)
        self.classes = torch.nn.Parameter(torch.randn(max(recipe.classes, 1), values, generator=rng))

    def forward(self, z, y=None):
        flat = z @ self.weight.T + (0 if y is None else y @ self.classes)
        return flat.view(-1, self.channels, self.size, self.size)


def linear(**fields) -> GAN:
    recipe = Recipe(name="linear", size=28, z_dim=8, network="mlp", **fields)
    return GAN(recipe, Linear(recipe))


def on_sphere(g: GAN, n: int) -> torch.Tensor:
    z = latents(range(5_000, 5_000 + n), g.recipe.z_dim)
    return z * (g.recipe.z_dim**0.5 / z.norm(dim=1, keepdim=True))


@pytest.fixture(scope="module")
def drawn() -> GAN:
    return gan(small(RECIPES["dcgan"]))


# Operators


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("channels", [1, 3])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_operator_is_linear_and_its_gradient_is_its_adjoint(name, channels, seed):
    """<A x, v> = <x, A'v>, with A'v as the gradient has it."""
    op, rng = operator(name, **SETTINGS.get(name, {})), torch.Generator().manual_seed(seed)
    x = torch.randn(2, channels, 28, 28, dtype=torch.float64, generator=rng, requires_grad=True)
    v = torch.randn(op(x).shape, dtype=torch.float64, generator=rng)
    other = torch.randn(x.shape, dtype=torch.float64, generator=rng)
    (adjoint,) = torch.autograd.grad((op(x) * v).sum(), x)
    assert (op(other) * v).sum().item() == pytest.approx((other * adjoint).sum().item(), rel=1e-9, abs=1e-9)
    assert op.shape(Recipe(name="x", size=28, channels=channels)) == op(x).shape[1:]


def test_what_is_observed_of_a_picture():
    pictures = np.zeros((2, 28, 28, 3), np.uint8)
    pictures[..., 0] = 255
    assert operator("grey").observe(pictures)[0, 0, 0, 0] == pytest.approx(0.299 - 0.587 - 0.114)
    assert operator("downscale", factor=7).observe(pictures).shape == (2, 3, 4, 4)
    one = operator("noisy", sigma=0.5).observe(pictures, [7, 8])
    again = operator("noisy", sigma=0.5).observe(pictures[:1], [7])
    assert torch.equal(one[:1], again) and (one - as_float(pictures)).std() == pytest.approx(0.5, abs=0.02)
    hidden = operator("mask", known=HOLE).observe(pictures)
    assert not hidden[:, :, 14, 14].any() and hidden[0, 0, 0, 0] == 1


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: operator("identify"), "there is no operator 'identify'"),
        (lambda: operator("mask"), "mask needs known"),
        (lambda: operator("grey", factor=2), "grey takes no 'factor'; it takes nothing"),
        (lambda: operator(["mask"]), "there is no operator"),
        (lambda: operator("mask", known=~HOLE | HOLE)(torch.zeros(1, 1, 8, 8)), r"a mask is bool \[8, 8\]"),
        (lambda: operator("mask", known=HOLE & False)(torch.zeros(1, 1, 28, 28)), "covers the whole picture"),
        (lambda: operator("mask", known=HOLE * 1)(torch.zeros(1, 1, 28, 28)), "a mask is bool"),
        (lambda: operator("downscale", factor=3)(torch.zeros(1, 1, 28, 28)), "shrunk by 2, 4, 7, 14, not by 3"),
        (lambda: operator("downscale", factor=0)(torch.zeros(1, 1, 28, 28)), "not by 0"),
        (lambda: operator("noisy", sigma=-1)(torch.zeros(1, 1, 28, 28)), "sigma is a number from 0 to 2"),
        (lambda: operator("noisy", sigma=float("nan"))(torch.zeros(1, 1, 28, 28)), "sigma is a number"),
        (lambda: operator("noisy").observe(np.zeros((2, 28, 28, 1), np.uint8), [1]), "2 pictures need as many seeds"),
        (lambda: operator("mask", known="abc")(torch.zeros(1, 1, 28, 28)), r"a mask is bool \[28, 28\]"),
        (lambda: operator("noisy").observe(np.zeros((2, 28, 28, 1))), "pictures are uint8 .*, not float64"),
        (lambda: operator("grey").observe(np.zeros((28, 28, 1), np.uint8)), r"not uint8 \[28, 28, 1\]"),
        (lambda: operator("grey").observe(None), "not NoneType"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_a_sentence(made, words):
    with pytest.raises(ValueError, match=words):
        made()


def test_a_new_operator_is_one_function():
    from gan_models.registry import register

    try:

        @register(OPERATORS, word="mirror", loses=False, projection=False, sigma=False)
        def mirror(x):
            return x.flip(3)

        g = linear()
        z = on_sphere(g, 1)
        found = fit(g, Operator("mirror")(g(z)), "mirror", restarts=4, steps=300)
        assert (found.latents[0, 0] - z[0]).abs().max() < 1e-3
    finally:
        del OPERATORS["mirror"]


# A generator whose answer is known


@pytest.mark.parametrize("name", ["identity", "mask", "downscale"])
def test_a_linear_generators_least_squares_answer_is_found(name):
    g = linear()
    z = on_sphere(g, 3)
    op = operator(name, **SETTINGS.get(name, {}))
    columns = op(g(torch.eye(8))).flatten(1).T.double()
    known = torch.linalg.lstsq(columns, op(g(z)).flatten(1).T.double()).solution.T
    found = fit(g, op(g(z)), op, restarts=4, steps=400)
    assert (found.latents[:, 0].double() - known).abs().max() < 1e-4
    assert (found.errors[:, 0] < 1e-8).all() and found.stopped == "" and found.space == "z"
    assert (np.diff(found.history, axis=0) <= 0).all() and found.history.shape == (401, 3)
    assert (np.diff(found.errors, axis=1) >= 0).all()  # best first


def test_where_no_latent_fits_the_answer_is_the_nearest_on_the_sphere():
    g = linear()
    z = on_sphere(g, 1)
    found = fit(g, g(3 * z), restarts=4, steps=300)
    assert found.latents.norm(dim=-1).numpy() == pytest.approx(8**0.5, rel=1e-5)
    w = g.G.weight.double()
    at = found.latents[0, 0].double()
    slope = w.T @ (w @ at - 3 * w @ z[0].double())
    assert (slope - slope @ at / (at @ at) * at).norm() < 1e-3 * slope.norm()  # no way down along the sphere


def test_the_class_is_found_unless_one_is_given():
    g = linear(conditional=True, class_names=("a", "b", "c"))
    z, asked = on_sphere(g, 3), torch.tensor([2, 0, 1])
    targets = g(z, torch.eye(3)[asked])
    found = fit(g, targets, restarts=8, steps=200)
    assert found.labels[:, 0].tolist() == [2, 0, 1] and (found.latents[:, 0] - z).abs().max() < 1e-3
    given_ = fit(g, targets, labels=["b"] * 3, restarts=4, steps=50)
    assert (given_.labels == 1).all() and given_.errors[0, 0] > 100 * found.errors[0, 0]


@pytest.mark.parametrize("name", ["cgan", "acgan", "stylegan2_conditional"])
def test_a_starting_point_has_the_class_of_its_seed(name):
    """`sample` gives seed s the class s mod K, whatever its place among the seeds."""
    g = gan(small(RECIPES[name]))
    for seed in range(4):
        found, own = fit(g, g.sample([seed]), restarts=1, steps=0, seeds=[seed]), seed % g.recipe.classes
        told = fit(g, g.sample([seed]), labels=[own], restarts=1, steps=0, seeds=[seed])
        assert found.labels.tolist() == [[own]] and np.array_equal(found.errors, told.errors)


def test_numbers_of_numpy_are_numbers(drawn):
    target = drawn.sample([0])
    fit(drawn, target, restarts=np.int64(1), steps=np.int32(1), seconds=np.float32(9))
    clean, same = operator("noisy", sigma=np.float32(0.5)), operator("noisy", sigma=0.5)
    assert torch.equal(clean.observe(target), same.observe(target))


def test_noise_is_fitted_until_what_is_left_is_as_large_as_the_noise():
    g = linear()
    clean = ((g(on_sphere(g, 2)).clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    op = operator("noisy", sigma=0.6)
    found = fit(g, op.observe(clean), op, restarts=2, steps=200)
    free = fit(g, op.observe(clean), restarts=2, steps=200)
    assert (found.errors[:, 0] >= free.errors[:, 0]).all() and (free.errors[:, 0] > 0.3).all()


# What does not change an answer


@pytest.mark.parametrize("name", ["dcgan", "cgan", "sngan", "gan", "r3gan", "stylegan2_conditional"])
def test_an_answer_does_not_depend_on_what_else_is_in_the_call(name):
    """At a width where other kernels run than in a network of a few channels."""
    recipe = RECIPES[name]
    fields = {"network_args": {"width": 16, **recipe.network_args}, "z_dim": recipe.z_dim}
    g = gan(small(recipe, **fields))
    targets = g.sample(range(900, 907), [0, 1, 2, 0, 1, 2, 0] if g.recipe.classes else None)
    common = {"restarts": 3, "steps": 3, "seeds": range(12)}
    both = fit(g, targets, **common)
    for rows in ([0], [6, 3], [5, 4, 3, 2, 1]):
        some = fit(g, targets[rows], **common)
        assert torch.equal(some.latents, both.latents[rows]) and np.array_equal(some.errors, both.errors[rows])
        assert np.array_equal(some.pictures, both.pictures[rows])


def test_the_same_call_gives_the_same_answer_and_leaves_random_numbers_and_weights_alone(drawn):
    state, weights = torch.get_rng_state(), [p.clone() for p in drawn.G.parameters()]
    target = drawn.sample([3])
    with torch.inference_mode():  # as some servers call
        one = fit(drawn, target, restarts=2, steps=4)
    two = fit(drawn, target, restarts=2, steps=4)
    assert torch.equal(one.latents, two.latents) and torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) and b.grad is None for a, b in zip(weights, drawn.G.parameters(), strict=True))
    assert not drawn.G.training


# A network


def test_a_search_comes_nearer_and_its_latents_draw_its_pictures(drawn):
    target = drawn.sample([12_345, 12_346])
    found = fit(drawn, target, restarts=4, steps=60)
    assert (found.psnr[:, 0] > decibels_at(found, 0) + 6).all() and found.path_steps[0] == 0
    assert np.array_equal(draw(drawn, found.latents.flatten(0, 1)), found.pictures.reshape(-1, 28, 28, 1))
    seen = found.pictures[0, 0].astype(float) - target[0]
    assert 4 * np.mean((seen / 255) ** 2) == pytest.approx(found.errors[0, 0], rel=0.1, abs=2e-5)
    assert torch.equal(found.path[-1], found.latents[:, 0]) and len(found.path) == len(found.path_steps) <= 13


def decibels_at(found, step):
    return 10 * np.log10(4 / found.history[step])


def test_a_style_based_network_is_searched_among_its_styles():
    g = gan(small(RECIPES["stylegan2"]))
    with torch.no_grad():
        for layer in (*g.G.convs, *g.G.ups, *g.G.images):
            layer.style.weight.mul_(3)  # an untrained network hardly looks at its styles
        g.G.mean.copy_(g.G.style(latents(range(500), g.recipe.z_dim)).mean(0))
    target = g.sample([7777])
    found = fit(g, target, restarts=4, steps=60)
    assert found.space == "w" and found.psnr[0, 0] > decibels_at(found, 0)[0] + 3
    assert np.array_equal(draw(g, found.latents[:, 0], space="w"), found.pictures[:, 0])
    assert fit(g, target, restarts=1, steps=1, space="z").space == "z"


def test_several_different_answers_stay_where_much_is_lost(drawn):
    op = operator("downscale", factor=14)
    found = fit(drawn, op.observe(drawn.sample([5])), op, restarts=16, steps=40)
    apart = found.different(0)
    assert len(apart) == 8 and apart[0] == 0
    for i in apart:
        for j in apart:
            rms = np.sqrt(np.mean(((found.pictures[0, i].astype(float) - found.pictures[0, j]) / 255) ** 2))
            assert i == j or rms > 0.05
    assert found.different(0, most=2) == apart[:2]


# Limits


def test_a_search_ends_when_its_time_is_over_or_when_it_is_cancelled(drawn):
    target, seen = drawn.sample([1]), []
    ended = fit(drawn, target, restarts=1, steps=5000, seconds=0.3)
    assert ended.stopped == "time" and ended.seconds < 5 and len(ended.history) < 5000
    told = fit(drawn, target, restarts=1, steps=50, progress=lambda at, of: seen.append((at, of)) or at < 3)
    assert told.stopped == "cancelled" and seen == [(1, 50), (2, 50), (3, 50)] and len(told.history) == 4
    assert np.isfinite(told.errors).all()
    with pytest.raises(KeyError):  # what a callback raises is the caller's

        def stop(*_):
            raise KeyError

        fit(drawn, target, restarts=1, steps=50, progress=stop)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"targets": np.zeros((1, 14, 14, 1), np.uint8)}, r"targets of identity are uint8 \[N, 28, 28, 1\]"),
        ({"targets": np.zeros((1, 28, 28, 3), np.uint8)}, "targets of identity"),
        ({"targets": np.zeros((1, 28, 28, 1), np.float32)}, "not float32"),
        ({"targets": np.zeros((0, 28, 28, 1), np.uint8)}, "1 to 64 pictures"),
        ({"targets": np.tile(np.arange(28, dtype=np.uint8)[:, None], (65, 1, 28))[..., None]}, "1 to 64 pictures"),
        ({"targets": np.zeros((1, 28, 28, 1), np.uint8)}, "picture 0 is empty: all its pixels are alike"),
        ({"targets": torch.full((1, 1, 28, 28), float("nan"))}, "finite"),
        ({"targets": torch.full((1, 1, 28, 28), 255.0)}, r"in units of \[-1, 1\], and one holds 255"),
        ({"targets": range(10**12)}, "1 to 64 pictures"),  # none of these may be copied before it is refused
        ({"targets": np.broadcast_to(np.uint8(0), (10**9, 28, 28, 1))}, "1 to 64 pictures"),
        ({"targets": torch.zeros(1, 1, 28, 28).expand(10**8, 1, 28, 28)}, "1 to 64 pictures"),
        ({"targets": [np.zeros((28, 28, 1), np.uint8), np.zeros((5, 28, 1), np.uint8)]}, "all of one shape"),
        ({"targets": 3}, "targets of identity are uint8"),
        ({"seconds": True}, "seconds are a number above 0, not True"),
        ({"restarts": 0}, "restarts are a whole number from 1 to 64"),
        ({"restarts": 4, "seeds": [1, 2]}, "4 restarts need as many seeds or more"),
        ({"steps": 5001}, "steps are a whole number from 0 to 5,000"),
        ({"seconds": 0}, "seconds are a number above 0"),
        ({"space": "w"}, 'has no styles, so its space is "z"'),
        ({"space": "x"}, "a space is one of z, w"),
        ({"labels": [1]}, "takes no labels"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(drawn, change, words):
    arguments = {"targets": drawn.sample([0]), "restarts": 1, "steps": 1, **change}
    with pytest.raises(ValueError, match=words):
        fit(drawn, **arguments)


@pytest.mark.parametrize("name", ["identity", "mask"])
def test_answers_that_fall_behind_stop_where_one_is_right(drawn, name):
    """The best go on in smaller batches, to the same bits whatever else is in the call."""
    op, targets = operator(name, **SETTINGS.get(name, {})), drawn.sample(range(7_000, 7_003))
    rows: list[int] = []
    hook = drawn.G.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
    try:
        found = fit(drawn, op.observe(targets), op, restarts=12, steps=8, seeds=range(32))
        batches = [n for n in rows if n < CHUNK] if name == "identity" else rows
        assert ({8, 4} <= set(batches)) == (name == "identity") and (name == "identity" or min(rows) >= 12)
    finally:
        hook.remove()
    alone = fit(drawn, op.observe(targets[1:2]), op, restarts=12, steps=8, seeds=range(32))
    assert torch.equal(found.latents[1:2], alone.latents) and np.array_equal(found.errors[1:2], alone.errors)
    assert found.errors.shape == (3, 12) and np.isfinite(found.errors).all()
    assert (np.diff(found.errors, axis=1) >= 0).all() and (np.diff(found.history, axis=0) <= 0).all()
