"""Distances and figures of classes against numbers worked out by hand, and against the packages that others use."""

from math import log, sqrt

import numpy as np
import pytest
import torch
import torch_fidelity
from features import broken, normal
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


def gaussian(mean, cov) -> Moments:
    return Moments(torch.tensor(mean, dtype=torch.float64), torch.tensor(cov, dtype=torch.float64), 100)


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
