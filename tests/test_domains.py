"""The rules that make two domains of one set of pictures, and how near answers are to their truth."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter, grey_dilation, grey_erosion

from gan_models import domains
from gan_models.domains import RULES, apply
from gan_models.metrics.similarity import psnr, ssim

COLOUR = {"grey"}
pictures = st.integers(1, 3).flatmap(lambda n: arrays(np.uint8, (n, 12, 12, 1)))


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=15, deadline=None)
@given(x=pictures)
def test_a_rule_makes_pairs_of_pictures_and_always_the_same(name, x):
    x = x.repeat(3, -1) if name in COLOUR else x
    before = x.copy()
    given_, wanted = apply(name, x)
    assert given_.dtype == wanted.dtype == np.uint8 and len(given_) == len(wanted) == len(x)
    assert given_.ndim == wanted.ndim == 4 and len(RULES[name].names) == 2
    for one, other in zip((given_, wanted), apply(name, x), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(x, before)


@settings(max_examples=20, deadline=None)
@given(x=pictures, radius=st.integers(1, 3))
def test_erosion_and_dilation_are_those_of_scipy(x, radius):
    size = (1, 2 * radius + 1, 2 * radius + 1, 1)
    np.testing.assert_array_equal(domains.extreme(x, radius, np.maximum), grey_dilation(x, size, mode="nearest"))
    np.testing.assert_array_equal(domains.extreme(x, radius, np.minimum), grey_erosion(x, size, mode="nearest"))


def square() -> np.ndarray:
    x = np.zeros((1, 28, 28, 1), np.uint8)
    x[:, 8:20, 8:20] = 200
    return x


def test_outlines_are_thin_and_where_the_form_ends():
    outline, picture = apply("edges", square())
    assert set(np.unique(outline)) == {0, 255} and picture is not None
    assert not any(outline[0, rows].any() for rows in (slice(0, 6), slice(22, 28)))
    assert not outline[0, 10:18, 10:18].any()
    assert all(1 <= (outline[0, 14, part] > 0).sum() <= 2 for part in (slice(0, 14), slice(14, 28)))


def test_an_outline_is_where_the_brightest_neighbour_of_a_blurred_pixel_is_more_than_60_levels_brighter():
    """Pixel by pixel, on pictures whose differences lie around 60."""
    x = np.random.default_rng(0).integers(0, 150, (12, 12, 12, 1), dtype=np.uint8)
    outlines, _ = apply("edges", x)
    for picture, outline in zip(x[..., 0], outlines[..., 0], strict=True):
        blurred = Image.fromarray(np.pad(picture, 5, "edge")).filter(ImageFilter.GaussianBlur(0.5))
        around = np.pad(np.asarray(blurred)[5:-5, 5:-5].astype(int), 1, "edge")
        wanted = [
            [around[r : r + 3, c : c + 3].max() - around[r + 1, c + 1] > 60 for c in range(12)] for r in range(12)
        ]
        np.testing.assert_array_equal(outline > 0, wanted)


def test_grey_is_what_itu_r_601_makes_of_a_colour():
    """0.299 R + 0.587 G + 0.114 B, by hand."""
    x = np.array([[10, 100, 200], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8).reshape(1, 2, 2, 3)
    given_, wanted = apply("grey", x)
    assert given_.shape == (1, 2, 2, 1) and wanted is x
    np.testing.assert_allclose(given_.ravel(), [84.49, 76.245, 149.685, 29.07], atol=0.51)


def test_a_quarter_of_the_side_is_the_mean_of_sixteen_pixels():
    x = np.arange(64, dtype=np.uint8).reshape(1, 8, 8, 1)
    np.testing.assert_array_equal(apply("small", x)[0][0, 0, 0], [round(x[0, :4, :4].mean())])


def test_a_hole_hides_a_square_and_nothing_else():
    x = np.random.default_rng(0).integers(0, 100, (20, 16, 16, 3), dtype=np.uint8)
    holed, whole = apply("hole", x)
    np.testing.assert_array_equal(whole, x)
    missing = (holed == domains.MISSING).all(-1)
    np.testing.assert_array_equal(holed[~missing], x[~missing])
    assert (missing.sum((1, 2)) == 64).all() and len({one.tobytes() for one in missing}) > 10
    assert (apply("hole", x, seed=1)[0] != holed).any()


def test_thin_strokes_lie_within_thick_ones():
    thin, thick = apply("thin", square())
    covered = [(one > 100).sum() for one in (thin, square(), thick)]
    assert covered[0] < covered[1] < covered[2] and not ((thin > 100) & ~(thick > 100)).any()
    assert thin.max() == 200


def test_colours_go_and_the_drawing_stays():
    coloured, plain = apply("coloured", square())
    assert coloured.shape == plain.shape == (1, 28, 28, 3) and (plain[..., 0] == plain[..., 2]).all()
    assert (coloured[0, 14, 14] > coloured[0, 0, 0]).all() and len(np.unique(coloured.reshape(-1, 3), axis=0)) == 2


@pytest.mark.parametrize(
    "name, shape, said",
    [
        ("grey", (2, 8, 8, 1), "needs colour pictures"),
        ("coloured", (2, 8, 8, 3), "needs grey pictures"),
        ("small", (2, 10, 10, 1), "needs a side that 4 divides, and these have 10 pixels"),
        ("oil", (2, 8, 8, 1), "there is no rule 'oil': there are edges, grey"),
    ],
)
def test_a_rule_that_cannot_use_the_pictures_says_so(name, shape, said):
    with pytest.raises(ValueError, match=said):
        apply(name, np.zeros(shape, np.uint8))


# How near -----------------------------------------------------------------------------------------------------


def test_psnr_against_numbers():
    a, b = torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    b[0] += 51  # a fifth of 255: 20 log10(5)
    found = psnr(a, b)
    assert found[0].item() == pytest.approx(13.9794, abs=1e-4) and found[1].isinf()
    with pytest.raises(ValueError, match="alike"):
        psnr(a, b[:1])


@settings(max_examples=10, deadline=None)
@given(x=arrays(np.uint8, (1, 1, 16, 16)), y=arrays(np.uint8, (1, 1, 16, 16)))
def test_ssim_is_the_one_of_the_paper(x, y):
    """Held against scipy's Gaussian filter, cut off at the same 5 pixels."""
    a, b = (one[0, 0].astype(float) for one in (x, y))

    def local(t):
        return gaussian_filter(t, 1.5, truncate=3.5)[5:-5, 5:-5]

    ma, mb = local(a), local(b)
    va, vb, cov = local(a * a) - ma**2, local(b * b) - mb**2, local(a * b) - ma * mb
    c1, c2 = 2.55**2, 7.65**2
    wanted = ((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    assert ssim(x, y).item() == pytest.approx(wanted, abs=1e-6) and ssim(x, x).item() == pytest.approx(1)
    with pytest.raises(ValueError, match="needs pictures of 11 pixels"):
        ssim(x[..., :8, :8], y[..., :8, :8])
