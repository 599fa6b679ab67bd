"""Metrics of nearest neighbours: precision, recall, density, coverage, nearest training images, memorisation."""

import pytest
import torch
from features import broken, normal
from prdc import compute_prdc

from gan_models.metrics.neighbours import closest, memorisation, nearest, prdc, radii

# Precision, recall, density, coverage


def package(real: torch.Tensor, fake: torch.Tensor, k: int) -> dict:
    return compute_prdc(real.double().numpy(), fake.double().numpy(), k)


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("n, m, d", [(100, 100, 2), (130, 57, 8), (41, 200, 64)])
def test_prdc_is_the_packages(n, m, d, k):
    real, fake = normal(n, d), normal(m, d, seed=1)
    real[::2] += 10  # kinds that only one of them has: no figure is 0 or 1
    fake[::3] -= 10
    want = package(real, fake, k)
    assert all(0 < figure < 1 for figure in want.values())
    for chunk in (16, 1000):  # neither divides the sets
        assert vars(prdc(real, fake, k, chunk=chunk)) == pytest.approx(want, rel=1e-12)
    assert vars(prdc(real, fake, k, real_radii=radii(real, k))) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_prdc_with_ties_and_duplicates_is_the_packages(k):
    # Points of a coarse grid: whole squares are exact in both, and many distances are equal or 0.
    real, fake = ((normal(90, 2, seed=s) * 2).round() for s in (0, 1))
    assert len(real.unique(dim=0)) < 60
    assert vars(prdc(real, fake, k, chunk=32)) == pytest.approx(package(real, fake, k), rel=1e-12)


def test_a_tie_is_outside_also_where_numbers_are_rounded():
    # In the ball of each image lie itself and the k - 1 nearer ones; the k-th is on the border.
    x = normal(300, 64) + 10
    assert vars(prdc(x, x.clone(), chunk=64)) == {
        "precision": 1,
        "recall": 1,
        "density": pytest.approx(1),
        "coverage": 1,
    }
    # Six of each: all radii are 0, and nothing is inside a ball without a volume.
    copies = (0.37 * x).repeat(6, 1)
    assert radii(copies).max() == 0
    assert vars(prdc(copies, copies)) == dict.fromkeys(("precision", "recall", "density", "coverage"), 0)


def test_prdc_tells_a_dropped_mode_from_bad_pictures():
    left, right = normal(200, 8), normal(200, 8, seed=1) + 20
    dropped = prdc(torch.cat([left, right]), normal(400, 8, seed=2))
    assert dropped.precision > 0.8 > 0.55 > dropped.recall
    assert dropped.coverage < 0.55
    bad = prdc(left, torch.cat([normal(200, 8, seed=3), normal(200, 8, seed=4) + 20]))
    assert bad.recall > 0.8 > 0.55 > bad.precision
    assert bad.density < 0.7


def test_radii_by_hand():
    x = torch.tensor([[0.0], [1.0], [3.0], [3.0]])
    assert radii(x, 1).tolist() == [1, 1, 0, 0]
    assert radii(x, 2, chunk=3).tolist() == pytest.approx([3, 2, 2, 2])
    assert radii(x, 3).tolist() == pytest.approx([3, 2, 3, 3])


def test_broken_sets_have_no_neighbours():
    x = normal(8, 3)
    with pytest.raises(ValueError, match="not finite"):
        prdc(x, broken(x))
    with pytest.raises(ValueError, match="not finite"):
        radii(broken(x))
    with pytest.raises(ValueError, match="6 or more images"):
        prdc(x, x[:5])
    with pytest.raises(ValueError, match="k is 0"):
        radii(x, 0)
    with pytest.raises(ValueError, match="widths 3 and 2"):
        prdc(x, x[:, :2])
    with pytest.raises(ValueError, match="8 real images and radii"):
        prdc(x, x, real_radii=radii(x)[:7])


# Nearest training images


def plain(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """By differences, one pair at a time."""
    far = torch.cdist(x.flatten(1).double(), y.flatten(1).double(), compute_mode="donot_use_mm_for_euclid_dist")
    return far.min(1).values


@pytest.mark.parametrize("chunk", [7, 50, 2048])
def test_nearest_of_pictures_and_of_features(chunk):
    draw = torch.Generator().manual_seed(0)
    a, b = (torch.randint(0, 256, (n, 1, 9, 9), generator=draw, dtype=torch.uint8) for n in (60, 130))
    torch.testing.assert_close(nearest(a, b, chunk), plain(a, b), rtol=1e-12, atol=0)
    x, y = normal(60, 20), normal(130, 20, seed=1)
    torch.testing.assert_close(nearest(x, y, chunk), plain(x, y), rtol=1e-12, atol=0)


def test_closest_says_which_row_it_is():
    x, y = torch.tensor([[0.0, 0], [9, 9]]), torch.tensor([[5.0, 5], [9, 8], [3, 4], [-9, 0]])
    distances, at = closest(x, y, chunk=3)
    assert distances.tolist() == [5, 1] and at.tolist() == [2, 1]


def test_a_copy_is_at_distance_zero():
    draw = torch.Generator().manual_seed(0)
    y = torch.randint(0, 256, (300, 3, 16, 16), generator=draw, dtype=torch.uint8)
    assert nearest(y[[5, 200, 299]], y, chunk=64).tolist() == [0, 0, 0]
    features = normal(300, 64) + 100
    assert nearest(features[[5, 200, 299]], features, chunk=64).tolist() == [0, 0, 0]


def test_nearest_refuses_what_cannot_be_compared():
    x = normal(8, 3)
    with pytest.raises(ValueError, match="one shape"):
        nearest(x, x[:, :2])
    with pytest.raises(ValueError, match="one shape"):
        nearest(x, x[:0])
    with pytest.raises(ValueError, match="one unit"):
        nearest(x, x.byte())
    for a, b in ((x, broken(x)), (broken(x), x)):
        with pytest.raises(ValueError, match="finite"):
            nearest(a, b)


def test_memorisation_by_hand():
    # 1 < 2, 1 < 3, 2 = 2, 2 < 3: (1 + 1 + 1/2 + 1) / 4
    assert memorisation(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.0])).closer == 0.875
    # The closest 1 % of 1, 2, ..., 300 end at 3; within 3/4 of that, 2.25, is one of the ten.
    held_out, generated = torch.arange(300, 0, -1.0), torch.tensor([2.0, 3.0, *[100.0] * 8])
    found = memorisation(generated, held_out)
    assert found.copies == 0.2
    assert found.flagged
    assert not memorisation(generated.clamp(min=2.3), held_out).flagged
    assert not memorisation(torch.cat([generated, torch.full((10,), 100.0)]), held_out).flagged  # 1 of 20 is not more


@pytest.fixture(scope="module")
def landscapes():
    """(training set, held-out set, a function that draws n more): smooth uint8 pictures of eight dimensions."""
    basis = torch.nn.functional.interpolate(normal(8, 1, 4, 4, seed=5), 12, mode="bicubic").flatten(1)

    def draw(n: int, seed: int, spread: float = 1.0) -> torch.Tensor:
        return (127 + 20 * spread * normal(n, 8, seed=seed) @ basis).round().clamp(0, 255).byte().view(n, 1, 12, 12)

    return draw(3000, 1), draw(500, 2), draw


@pytest.mark.parametrize("share", [1.0, 0.2])
@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_a_copying_generator_is_flagged(landscapes, share, noise):
    train, held_out, draw = landscapes
    made = draw(500, 3)
    n = int(500 * share)
    made[:n] = (train[:n].float() + noise * normal(n, 1, 12, 12)).round().clamp(0, 255).byte()
    found = memorisation(nearest(made, train), nearest(held_out, train))
    assert found.flagged
    assert found.copies > 0.9 * share
    assert found.closer > 0.5 + 0.4 * share


def test_an_honest_generator_is_not_flagged(landscapes):
    train, held_out, draw = landscapes
    far = nearest(held_out, train)
    found = memorisation(nearest(draw(500, 3), train), far)
    assert not found.flagged
    assert found.closer == pytest.approx(0.5, abs=0.05)
    assert found.copies == pytest.approx(0.01, abs=0.02)
    # Typical pictures only are closer, and rightly so.
    typical = memorisation(nearest(draw(500, 3, spread=0.7), train), far)
    assert typical.closer > 0.7
    assert not typical.flagged


def test_memorisation_refuses_what_are_no_distances():
    good = torch.ones(3)
    for bad in (torch.tensor([-1.0]), torch.tensor([torch.nan]), torch.zeros(0), torch.ones(2, 2)):
        with pytest.raises(ValueError, match="generated images"):
            memorisation(bad, good)
        with pytest.raises(ValueError, match="held-out images"):
            memorisation(good, bad)
