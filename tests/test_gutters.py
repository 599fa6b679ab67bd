"""What stands between the pictures of a sheet: white in a file, the page itself on a screen."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_helpers import in_html
from PIL import Image

from demo.draw import anomalies, compose, steering, translated
from demo.zoo.anomalies import Item


@given(st.integers(1, 7), st.integers(1, 4), st.sampled_from([1, 3]), st.integers(0, 2), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_on_the_screen_all_that_is_no_picture_is_clear_and_the_pictures_are_the_same(n, columns, channels, gap, scale):
    pictures = np.random.default_rng(n).integers(0, 256, (n, 4, 5, channels), dtype=np.uint8)
    stated, clear = (compose.sheet(pictures, columns, scale, gap, clear=one) for one in (False, True))
    stated = stated.reshape(*stated.shape[:2], channels)
    assert clear.shape == (*stated.shape[:2], channels + 1)
    shown = clear[..., -1] == 255
    assert (clear[..., :-1][shown] == stated[shown]).all() and set(np.unique(clear[..., -1])) <= {0, 255}
    assert shown.sum() == n * 4 * 5 * scale**2 and (stated[~shown] == 255).all()
    assert (np.asarray(Image.open(io.BytesIO(compose.png(clear)))) == clear).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_row_names_and_the_edges_of_a_table_are_clear_too(channels):
    pictures = np.zeros((2, 2, 8, 8, channels), np.uint8)
    named = compose.sheet(pictures, 2, 2, row_names=["a", "b"], clear=True)
    margin = named[:, : named.shape[1] - 2 * 17]
    assert (margin[..., :-1] == compose.MIDDLE).all() and 0 < (margin[..., -1] > 0).mean() < 0.3
    table = compose.crossed(pictures, 1, clear=True)
    assert (table[..., -1] == 0).sum() == table.shape[0] * table.shape[1] - 4 * 64


def test_the_rows_of_translators_are_clear_between_their_pictures_and_white_in_a_file():
    row = translated.Row("Made", "", np.zeros((3, 8, 8, 1), np.uint8))
    (shown,) = in_html(translated.rows([row]))
    (filed,) = translated.sheets([row])
    gaps = (shown[..., -1] == 0).all(0)
    assert gaps.sum() == 2 * 4 and (filed[:, gaps] == 255).all() and (filed[:, ~gaps] == 0).all()


def test_the_strips_of_directions_and_of_anomalies_are_clear_between_their_pictures():
    strip = steering.strip(np.zeros((2, 3, 8, 8, 1), np.uint8), ["a", "b"], 8, clear=True)
    assert (strip[..., -1] == 255).sum() >= 2 * 3 * 64 and (strip[20:, 8, -1] == 0).all()
    assert (strip[:20, :, :-1] == compose.MIDDLE).all() and 0 < (strip[:20, :, -1] > 0).mean() < 0.4
    black = np.zeros((8, 8, 1), np.uint8)
    column = anomalies.column(Item(black, black, 0.0), 8)
    assert [(row[:, -1] == 0).all() for row in column] == [False] * 8 + [True] + [False] * 8 + [True] + [False] * 8


def luminance(grey: int) -> float:
    """Of a grey (WCAG 2.1)."""
    c = grey / 255
    return c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("paper", [255, 24])
def test_row_names_can_be_read_on_both_pages(paper):
    light, dark = sorted((luminance(compose.MIDDLE), luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 4
