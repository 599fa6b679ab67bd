"""Anomaly scores: AUC and ROC by hand, baselines, and a generator to which one kind of picture is foreign."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from helpers import gan, small
from test_latent import linear

import train
from gan_models.latent import anomaly
from gan_models.latent.features import d_features

RECIPES = train.recipes()


def test_auc_by_hand():
    assert anomaly.auc([1, 2, 3], [4, 5]) == 1 and anomaly.auc([4, 5], [1, 2]) == 0
    assert anomaly.auc([1, 2, 3], [2, 4]) == pytest.approx((1.5 + 3) / 6)
    assert anomaly.auc([1, 1], [1]) == 0.5
    with pytest.raises(ValueError, match="at least one of each"):
        anomaly.auc([], [1])


def test_the_area_under_the_roc_curve_is_the_auc():
    rng = np.random.default_rng(0)
    normal, odd = rng.integers(0, 20, 80), rng.integers(5, 25, 50)
    false, true = anomaly.roc(normal, odd)
    assert false[0] == true[0] == 0 and false[-1] == true[-1] == 1
    assert np.trapezoid(true, false) == pytest.approx(anomaly.auc(normal, odd))


@pytest.mark.parametrize("of", [anomaly.auc, anomaly.roc, anomaly.roc_at])
@pytest.mark.parametrize(
    ("normal", "odd", "words"),
    [([], [1], "at least one of each"), ([1], [], "at least one of each"), ([0, 1], [np.nan], "not finite"),
     ([np.inf], [1], "not finite")],
)  # fmt: skip
def test_scores_without_a_curve_are_refused(of, normal, odd, words):
    with pytest.raises(ValueError, match=words):
        of(normal, odd)


@pytest.mark.parametrize("name", ["dcgan", "cgan", "acgan", "pacgan"])
def test_no_pictures_have_no_scores(name):
    g = gan(small(RECIPES[name]))
    found = anomaly.scores(g, g.sample([1])[:0], restarts=2, steps=2)
    assert found and all(one.shape == (0,) for one in found.values())


def test_what_does_not_go_together_is_refused():
    g = gan(small(RECIPES["cgan"]))
    x = g.sample([1, 2])
    with pytest.raises(ValueError, match="it needs a label from 0 to 2"):
        anomaly.compared(g, x, x, None)
    with pytest.raises(ValueError, match="it needs a label"):
        d_features(g, torch.zeros(1, 1, 28, 28))
    with pytest.raises(ValueError, match=r"have one shape, not \[2, 28, 28, 1\] and \[1, 28, 28, 1\]"):
        anomaly.residual(x, x[:1])


def test_a_roc_curve_at_fixed_places_by_hand():
    normal, odd = np.arange(10), np.array([9.5, 8.5, 5.5, 5.5])  # two of ten normal ones lie above 7.5
    at = dict(zip(anomaly.ROC_AT, anomaly.roc_at(normal, odd), strict=True))
    assert (at[0.0], at[0.05], at[0.1], at[0.3], at[0.4], at[1.0]) == (0.25, 0.25, 0.5, 0.5, 1, 1)


def test_baselines_by_hand():
    rng = np.random.default_rng(1)
    plane = rng.integers(0, 60, (200, 2)) @ rng.integers(0, 2, (2, 16))  # pictures of rank 2
    train_, odd = plane[:150].astype(np.uint8), rng.integers(0, 255, (5, 16)).astype(np.uint8)
    inside = anomaly.pca_residual(train_, plane[150:].astype(np.uint8), 2)
    assert inside == pytest.approx(0, abs=1e-6) and (anomaly.pca_residual(train_, odd, 2) > 0.1).all()
    near = anomaly.neighbour_distance(train_, train_[:3])
    assert near == pytest.approx(0, abs=1e-2)
    far = np.sqrt(((odd[0] / 255.0 - train_ / 255.0) ** 2).sum(1).min())
    assert anomaly.neighbour_distance(train_, odd[:1])[0] == pytest.approx(far, rel=1e-3)


@pytest.mark.parametrize("n", [12, 60])
def test_the_plane_of_few_pictures_of_many_pixels_is_that_of_many_of_few(n):
    rng = np.random.default_rng(2)
    train_, shown = (rng.integers(0, 256, (k, 5, 6)).astype(np.uint8) for k in (n, 7))
    flat, x = (a.reshape(len(a), -1) / 255 for a in (train_, shown))
    _, _, axes = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    off = (x - flat.mean(0)) @ (np.eye(30) - axes[:4].T @ axes[:4])
    assert anomaly.pca_residual(train_, shown, 4) == pytest.approx((off**2).sum(1))
    assert anomaly.pca_residual(train_, train_) == pytest.approx(0, abs=1e-9)  # 32 are more than they span
    alike = np.full((3, 5, 6), 9, np.uint8)
    assert anomaly.pca_residual(alike, alike) == pytest.approx(0)


def test_what_a_generator_cannot_draw_scores_high():
    g = linear()
    with torch.no_grad():
        g.G.weight.mul_(0.3)
    own = g.sample(range(3000, 3006))
    foreign = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1), dtype=np.uint8)
    found = anomaly.scores(g, np.concatenate([own, foreign, np.zeros((1, 28, 28, 1), np.uint8)]), restarts=2, steps=40)
    assert set(found) == {"residual"} and np.isfinite(found["residual"]).all()
    assert anomaly.auc(found["residual"][:6], found["residual"][6:]) == 1


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_variant_gives_its_scores(recipe):
    g = gan(small(recipe))
    x, other = g.sample([1, 2, 3]), g.sample([4, 5, 6])
    labels = [0, 1, 2] if g.recipe.classes else None
    found = anomaly.compared(g, x, other, labels)
    if g.sees_batch:
        assert set(found) == {"residual"}
        with pytest.raises(ValueError, match="judges pictures together"):
            d_features(g, torch.zeros(2, 1, 28, 28))
        return
    expected = 0.9 * found["residual"] + 0.1 * found["features"]
    assert found["anogan"] == pytest.approx(expected) and found["residual"][0] == pytest.approx(
        np.abs(x[0] / 127.5 - other[0] / 127.5).sum()
    )
    alone = anomaly.compared(g, x[1:2], other[1:2], labels and labels[1:2])
    assert alone["features"][0] == pytest.approx(found["features"][1], rel=1e-5)
    assert not anomaly.compared(g, x, x, labels)["features"].any()


def judged(g, n: int = 4):
    """Random pictures, and labels where they are needed."""
    x = torch.rand(n, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return x, torch.arange(n) % g.recipe.classes if g.recipe.classes else None


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_features_are_what_reaches_the_last_layer_and_nothing_of_the_network_changes(recipe):
    g = gan(small(recipe))
    if g.sees_batch:
        return
    x, y = judged(g)
    seen = []
    with g.D.head.register_forward_pre_hook(lambda _, given: seen.append(given[0])):
        verdict = g.D(x, y)
    before = {name: id(m) for name, m in g.D.named_modules()}
    x.requires_grad_()
    found = d_features(g, x, y)
    assert torch.equal(found, seen[0].flatten(1))
    found.sum().backward()
    assert x.grad.abs().sum() > 0
    assert {name: id(m) for name, m in g.D.named_modules()} == before
    assert torch.equal(g.D(x, y).logits, verdict.logits)


def test_threads_that_share_a_gan_get_the_features_of_their_own_pictures():
    g = gan(small(RECIPES["gan"]))
    x, _ = judged(g)
    right = [d_features(g, one) for one in x.split(1)]
    together = threading.Barrier(2)
    layers, head = g.D.layers.forward, g.D.head.forward

    def met(forward):
        def both(*given):
            out = forward(*given)
            together.wait(30)
            return out

        return both

    g.D.layers.forward, g.D.head.forward = met(layers), met(head)  # each thread waits for the other, twice
    with ThreadPoolExecutor(2) as pool:
        for a in (0, 2):
            found = list(pool.map(lambda i: d_features(g, x[i : i + 1]), (a, a + 1)))
            assert torch.equal(found[0], right[a]) and torch.equal(found[1], right[a + 1])
