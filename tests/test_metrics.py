"""Metrics against numbers worked out by hand, and against the packages that others use."""

from math import log, sqrt

import numpy as np
import pytest
import torch
import torch_fidelity
from prdc import compute_prdc
from torch_fidelity.feature_extractor_base import FeatureExtractorBase

from gan_models.metrics.classes import (
    accuracy,
    classwise_frechet,
    histogram,
    kl,
    modes,
    smallest_share,
    stacked_codes,
)
from gan_models.metrics.distances import Moments, frechet, kernel
from gan_models.metrics.neighbours import closest, memorisation, nearest, prdc, radii


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gaussian(mean, cov) -> Moments:
    return Moments(torch.tensor(mean, dtype=torch.float64), torch.tensor(cov, dtype=torch.float64), 100)


def broken(x: torch.Tensor, value: float = torch.nan) -> torch.Tensor:
    x = x.clone()
    x[1, 0] = value
    return x


# Moments and the Frechet distance


@pytest.mark.parametrize("chunk", [1, 64, 1000])
def test_moments_are_numpys_even_far_from_zero(chunk):
    x = normal(150, 5) * 0.01 + 1000
    moments = Moments.of(x, chunk)
    assert moments.n == 150
    assert moments.mean.dtype == moments.cov.dtype == torch.float64
    np.testing.assert_allclose(moments.mean, x.double().mean(0), rtol=1e-12)
    np.testing.assert_allclose(moments.cov, np.cov(x.double().numpy(), rowvar=False), rtol=1e-8)


def test_frechet_of_diagonal_gaussians_by_hand():
    # (3 - 0)^2 + (0 - 4)^2 = 25; sigmas 1, 2 and 4, 2: (1 - 4)^2 + (2 - 2)^2 = 9
    a, b = gaussian([3.0, 0.0], [[1.0, 0.0], [0.0, 4.0]]), gaussian([0.0, 4.0], [[16.0, 0.0], [0.0, 4.0]])
    assert frechet(a, b) == pytest.approx(34, rel=1e-12)


def test_frechet_of_covariances_that_do_not_commute():
    # Of 2 x 2 matrices, Tr (AB)^(1/2) = sqrt(Tr AB + 2 sqrt(det A det B)): here Tr AB = 10, det A = 3, det B = 4.
    a, b = gaussian([0.0, 0.0], [[2.0, 1.0], [1.0, 2.0]]), gaussian([1.0, 0.0], [[1.0, 0.0], [0.0, 4.0]])
    assert frechet(a, b) == pytest.approx(1 + 4 + 5 - 2 * sqrt(10 + 2 * sqrt(12)), rel=1e-12)
    assert frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-12)


def test_frechet_of_singular_covariances():
    flat, upright = gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]]), gaussian([0.0, 0.0], [[0.0, 0.0], [0.0, 9.0]])
    point = gaussian([0.0, 2.0], [[0.0, 0.0], [0.0, 0.0]])
    assert frechet(flat, upright) == pytest.approx(10, rel=1e-12)  # nothing in common: the sum of the traces
    assert frechet(flat, point) == pytest.approx(5, rel=1e-12)
    assert frechet(point, point) == 0
    # Against a line along v the overlap is (v'Bv)^(1/2).
    v, root = normal(30).double(), normal(30, 30, seed=1).double()
    line, full = Moments(v, torch.outer(v, v), 10), Moments(v, root @ root.T, 10)
    want = v.square().sum() + root.square().sum() - 2 * (root.T @ v).norm()
    assert frechet(line, full) == pytest.approx(want.item(), rel=1e-9)


def test_frechet_of_fewer_images_than_features():
    # Of centred images A, B [n, d], divided by sqrt(n - 1), the overlap is the nuclear norm of the small matrix AB'.
    x, y = normal(10, 80).double(), normal(15, 80, seed=1).double() * 2 + 1
    a, b = (x - x.mean(0)) / sqrt(9), (y - y.mean(0)) / sqrt(14)
    shift = (x.mean(0) - y.mean(0)).square().sum()
    want = shift + a.square().sum() + b.square().sum() - 2 * torch.linalg.matrix_norm(a @ b.T, "nuc")
    assert frechet(Moments.of(x), Moments.of(y)) == pytest.approx(want.item(), rel=1e-10)


@pytest.mark.parametrize("n", [20, 500])
def test_a_set_is_at_no_distance_from_itself(n):
    # Scales from 1e-6 to 1e3 as in real features, a dead one, and one that repeats another.
    x = normal(n, 40) * torch.logspace(-6, 3, 40)
    x[:, 5], x[:, 6] = 0, x[:, 39]
    a, b = Moments.of(x), Moments.of(x.flip(0), chunk=7)
    assert 0 <= frechet(a, a) < 1e-12 * a.cov.trace()
    assert 0 <= frechet(a, b) < 1e-12 * a.cov.trace()


def test_broken_sets_have_no_moments():
    x = normal(8, 3)
    with pytest.raises(ValueError, match="features of 1 of 8 images are not finite"):
        Moments.of(broken(x))
    with pytest.raises(ValueError, match="not finite"):
        Moments.of(broken(x, torch.inf))
    with pytest.raises(ValueError, match="2 or more images are needed"):
        Moments.of(x[:1])
    with pytest.raises(ValueError, match=r"\[N, d\], not torch.float32 \[8\]"):
        Moments.of(x[:, 0])
    with pytest.raises(ValueError, match="floats"):
        Moments.of(torch.zeros(4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match="are finite"):
        gaussian([0.0], [[torch.nan]])
    with pytest.raises(ValueError, match=r"\[d\] and \[d, d\]"):
        gaussian([0.0, 1.0], [[1.0]])
    with pytest.raises(ValueError, match="widths 3 and 2"):
        frechet(Moments.of(x), Moments.of(x[:, :2]))


# The kernel distance


def test_kernel_is_the_unbiased_double_sum():
    x, y = normal(7, 3), normal(9, 3, seed=1) + 0.5

    def k(a, b):
        return (sum(p * q for p, q in zip(a.tolist(), b.tolist(), strict=True)) / 3 + 1) ** 3

    of_x = sum(k(x[i], x[j]) for i in range(7) for j in range(7) if i != j) / 42
    of_y = sum(k(y[i], y[j]) for i in range(9) for j in range(9) if i != j) / 72
    both = sum(k(p, q) for p in x for q in y) / 63
    for chunk in (1, 4, 100):
        assert kernel(x, y, chunk) == pytest.approx(of_x + of_y - 2 * both, rel=1e-12)


def test_kernel_has_no_bias():
    # Halves of one distribution: about 0, on either side of it; another distribution: far from it.
    same = [kernel(normal(200, 4, seed=2 * s), normal(200, 4, seed=2 * s + 1)) for s in range(20)]
    assert min(same) < 0 < max(same)
    assert abs(np.mean(same)) < 0.01
    assert kernel(normal(200, 4), normal(200, 4, seed=1) + 1) > 1


def test_broken_sets_have_no_kernel_distance():
    x = normal(8, 3)
    with pytest.raises(ValueError, match="not finite"):
        kernel(x, broken(x))
    with pytest.raises(ValueError, match="2 or more"):
        kernel(x[:1], x)
    with pytest.raises(ValueError, match="widths 3 and 2"):
        kernel(x, x[:, :2])


# Both against torch-fidelity


class Fixed(FeatureExtractorBase):
    """A tiny extractor: a fixed random map of the pixels, then ReLU; float64, as the reference otherwise rounds."""

    def __init__(self, name, features_list, **_):
        super().__init__(name, features_list)

    @staticmethod
    def get_provided_features_list():
        return ("features",)

    @staticmethod
    def get_default_feature_layer_for_metric(metric):
        return "features"

    @staticmethod
    def can_be_compiled():
        return False

    def forward(self, images):
        return (features_of(images),)


def features_of(images: torch.Tensor) -> torch.Tensor:
    """uint8 [N, 3, 4, 4] -> float64 [N, 24]."""
    return (images.flatten(1).double() / 255 @ normal(48, 24, seed=9).double()).relu()


class Pictures(torch.utils.data.Dataset):
    def __init__(self, low: int, high: int, seed: int):
        shape, draw = (120, 3, 4, 4), torch.Generator().manual_seed(seed)
        self.images = torch.randint(low, high, shape, generator=draw, dtype=torch.uint8)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i]


def test_both_distances_are_torch_fidelitys():
    if "gan-fixed" not in torch_fidelity.registry.FEATURE_EXTRACTORS_REGISTRY:
        torch_fidelity.register_feature_extractor("gan-fixed", Fixed)
    a, b = Pictures(0, 256, seed=0), Pictures(30, 200, seed=1)
    # Its kernel distance is a mean over random subsets; one subset as large as the set is the set.
    want = torch_fidelity.calculate_metrics(
        input1=a, input2=b, feature_extractor="gan-fixed", fid=True, kid=True, kid_subsets=1, kid_subset_size=len(a),
        batch_size=50, cuda=False, cache=False, save_cpu_ram=True, verbose=False,
    )  # fmt: skip
    x, y = features_of(a.images), features_of(b.images)
    fid, kid = want["frechet_inception_distance"], want["kernel_inception_distance_mean"]
    assert fid > 0.1
    assert kid > 0.001
    assert frechet(Moments.of(x), Moments.of(y)) == pytest.approx(fid, rel=1e-6)
    assert kernel(x, y) == pytest.approx(kid, rel=1e-6)
    # Features come as float32 from our extractors: no more than that is lost.
    assert frechet(Moments.of(x.float()), Moments.of(y.float())) == pytest.approx(fid, rel=1e-5)
    assert kernel(x.float(), y.float()) == pytest.approx(kid, rel=1e-5)


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


# Classes and modes


def test_histogram_and_its_smallest_share():
    shares = histogram(torch.tensor([0, 2, 2, 3]), 5)
    assert shares.dtype == torch.float64
    assert shares.tolist() == [0.25, 0, 0.5, 0.25, 0]
    assert smallest_share(shares) == 0
    assert smallest_share(histogram(torch.tensor([0, 1, 1, 1]), 2)) == 0.25


def test_kl_by_hand():
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.5, 0.25])
    assert kl(p, q) == pytest.approx(0.5 * log(2))
    assert kl(q, p) == torch.inf  # p lacks a class that q has
    assert kl(p, p) == 0
    assert kl(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])) == pytest.approx(log(2))


def test_accuracy():
    assert accuracy(torch.tensor([1, 2, 3, 3]), torch.tensor([1, 2, 0, 3])) == 0.75


def test_classwise_frechet_is_each_class_alone():
    features, labels = normal(60, 4), torch.arange(60) % 3
    reference = [Moments.of(normal(50, 4, seed=9) + c) for c in range(3)]
    found = classwise_frechet(features, labels, reference)
    assert found == [frechet(Moments.of(features[c::3]), reference[c]) for c in range(3)]
    assert found[0] < found[1] < found[2]


def test_modes_by_hand():
    # Two of four modes, equally often: log 2 from uniform, 0 from a reference that has just these.
    codes = torch.tensor([1, 3, 3, 1])
    assert modes(codes, 4).count == 2
    assert modes(codes, 4).reverse_kl == pytest.approx(log(2))
    assert modes(codes, 4, torch.tensor([0.0, 0.5, 0.0, 0.5])).reverse_kl == 0
    # 1/4 of one, 3/4 of the other: 3/4 log 3/4 + 1/4 log 1/4 + log 4
    assert modes(torch.tensor([0, 1, 1, 1]), 4).reverse_kl == pytest.approx(0.75 * log(3))
    everything = modes(torch.arange(1000).repeat(26))
    assert everything.count == 1000
    assert everything.reverse_kl == pytest.approx(0, abs=1e-12)
    assert modes(torch.zeros(26_000, dtype=torch.int64)).reverse_kl == pytest.approx(log(1000))


def test_stacked_codes():
    codes = stacked_codes(torch.tensor([[0, 0, 7], [1, 2, 3], [9, 9, 9]], dtype=torch.int32))
    assert codes.dtype == torch.int64
    assert codes.tolist() == [7, 123, 999]


def test_classes_refuse_what_they_cannot_count():
    labels, half = torch.tensor([0, 1, 2]), torch.tensor([0.5, 0.5])
    with pytest.raises(ValueError, match="from 0 to 1, not 0 to 2"):
        histogram(labels, 2)
    with pytest.raises(ValueError, match="from 0 to 2, not -1 to 1"):
        histogram(labels - 1, 3)
    with pytest.raises(ValueError, match="integers"):
        histogram(labels.float(), 3)
    with pytest.raises(ValueError, match="N >= 1"):
        histogram(labels[:0], 3)
    with pytest.raises(ValueError, match="2 and 3 classes"):
        kl(half, torch.ones(3) / 3)
    with pytest.raises(ValueError, match="sum to 1, not to 4"):
        kl(half, torch.tensor([1.0, 3.0]))
    with pytest.raises(ValueError, match="none below 0"):
        smallest_share(torch.tensor([torch.nan, 1.0]))
    with pytest.raises(ValueError, match=r"\[3\] predicted labels and \[2\] asked"):
        accuracy(labels, labels[:2])
    with pytest.raises(ValueError, match=r"\[N, 3\]"):
        stacked_codes(labels)
    with pytest.raises(ValueError, match="from 0 to 9"):
        stacked_codes(torch.tensor([[0, 10, 0]]))
    reference = [Moments.of(normal(5, 2))] * 3
    with pytest.raises(ValueError, match="class 1 has 1 images"):
        classwise_frechet(normal(5, 2), torch.tensor([0, 0, 1, 2, 2]), reference)
    with pytest.raises(ValueError, match="class 2 has 0 images"):
        classwise_frechet(normal(4, 2), torch.tensor([0, 0, 1, 1]), reference)
    with pytest.raises(ValueError, match="5 images and 4 labels"):
        classwise_frechet(normal(5, 2), torch.tensor([0, 0, 1, 1]), reference)
    with pytest.raises(ValueError, match="widths 3 and 2"):
        classwise_frechet(normal(6, 3), torch.tensor([0, 0, 1, 1, 2, 2]), reference)
