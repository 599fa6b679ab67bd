"""A drawn figure at the place and of the size that the training pictures have."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from demo.page import Picture, resolve
from demo.pages import anomaly, restore, taken, translate, your_picture
from demo.zoo.zoo import Zoo
from gan_models.pictures import centred
from gan_models.sources import SOURCES, Source


def sheet(rows: slice, columns: slice, size: int = 28) -> np.ndarray:
    made = np.zeros((size, size, 1), np.uint8)
    made[rows, columns] = 255
    return made


def test_a_bar_in_a_corner_by_hand():
    # 10 high and 4 wide becomes 20 x 8. Its centre of mass lies at row 9.5 and column 3.5 of these, so that its first
    # row is round(14 - 9.5) = 4 and its first column round(14 - 3.5) = 10.
    assert np.array_equal(centred(sheet(slice(0, 10), slice(0, 4))), sheet(slice(4, 24), slice(10, 18)))


def test_one_that_stands_right_stays_as_it_is():
    right = sheet(slice(4, 24), slice(10, 18))
    assert np.array_equal(centred(right), right)


def test_the_heavy_side_comes_to_the_middle():
    made = sheet(slice(8, 28), slice(0, 20))
    made[8:28, 10:20] = 40  # its left half weighs 255 / 40 times as much
    middle = (4.5 * 255 + 14.5 * 40) / 295
    left = round(14 - middle)
    assert np.argwhere(centred(made)[..., 0]).min(0).tolist() == [4, left] == [4, 8]  # of 20 columns, no more fit in 28


def faint_dots() -> np.ndarray:
    """Two dots just bright enough to be a figure, which a smaller picture averages away."""
    picture = np.zeros((8, 8, 1), np.uint8)
    picture[0, 0] = picture[7, 7] = 33
    return picture


@given(arrays.arrays(np.uint8, (28, 28, 1)) | arrays.arrays(np.uint8, (8, 8, 1)) | arrays.arrays(np.uint8, (1, 1, 1)))
@example(faint_dots())
def test_any_picture_stays_one(picture):
    before, made = picture.copy(), centred(picture)
    assert made.shape == picture.shape and made.dtype == np.uint8 and np.array_equal(picture, before)
    assert bool(made.max() > 32) == bool(picture.max() > 32)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(2, 8), st.integers(2, 8))
def test_a_figure_comes_out_alike_wherever_it_was_drawn(top, left, height, width):
    made = centred(sheet(slice(top, top + height), slice(left, left + width)))
    assert np.array_equal(made, centred(sheet(slice(0, height), slice(0, width))))
    (first, _), (last, _) = np.argwhere(made[..., 0] > 0).min(0), np.argwhere(made[..., 0] > 0).max(0)
    assert abs((first + last + 1) / 2 - 14) <= 1


def test_bright_paper_and_nothing_at_all_stay():
    for same in (255 - sheet(slice(0, 9), slice(0, 4)), np.zeros((28, 28, 1), np.uint8)):
        assert np.array_equal(centred(same), same)


@pytest.fixture
def zoo(zoo_folder, monkeypatch) -> Zoo:
    monkeypatch.setitem(SOURCES, "toys", Source("toys", centred=True))
    return Zoo(zoo_folder)


@pytest.mark.parametrize("page", [your_picture.PAGE, restore.PAGE])
def test_a_visitor_may_switch_it_off(zoo, page):
    corner = sheet(slice(0, 3), slice(0, 2), 8)
    query = {"data": ["toys"], "drawing_toys": [Picture.of(corner).text]}
    s = resolve(page, zoo, query)
    assert s.shown["centred"] and s.centred
    assert np.array_equal(taken.taken(zoo, s).picture, centred(corner)) and not np.array_equal(centred(corner), corner)
    assert "centred" in taken.taken(zoo, s).words
    s = resolve(page, zoo, {**query, "centred": ["false"]})
    assert np.array_equal(taken.taken(zoo, s).picture, corner) and "centred" not in taken.taken(zoo, s).words
    s = resolve(page, zoo, {"data": ["photos"]})
    assert not s.shown["centred"]


def test_every_page_that_takes_a_whole_picture_offers_it():
    for page in (your_picture.PAGE, restore.PAGE, anomaly.PAGE, translate.PAGE):
        assert page.control("centred").first is True, page.name
    assert SOURCES["mnist"].centred and not SOURCES["fashion_mnist"].centred


def test_a_drawing_is_centred_before_it_is_translated_or_scored(zoo):
    corner = sheet(slice(0, 3), slice(0, 2), 8)
    s = resolve(anomaly.PAGE, zoo, {"data": ["toys"], "own_toys": [Picture.of(corner).text]})
    assert np.array_equal(taken.brought(s, s.own.array), centred(corner))
