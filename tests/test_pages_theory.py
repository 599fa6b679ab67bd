"""Theory: what the page says beside its figures is true wherever its sliders stand."""

import re

import numpy as np
import pytest
from page_helpers import misprints

from demo.page import resolve
from demo.pages import theory
from demo.zoo.playground import distances
from demo.zoo.zoo import Zoo

(SLIDER,) = (control for control in theory.PAGE.controls if control.name == "shift")
POSITIONS = [round(at, 3) for at in np.arange(SLIDER.least, SLIDER.most + SLIDER.step / 2, SLIDER.step).tolist()]
NAMES = {"JS": "JS", "KL": "KL", "EMD": "Earth Mover's distance"}
SAID = {
    "right": r"(?<!not )says? in which direction to go",
    "wrong": "points the wrong way",
    "flat": "has the gradient 0: it does not say",
    "none": "is infinite and has no gradient",
}


@pytest.fixture
def nothing(tmp_path) -> Zoo:
    return Zoo(tmp_path)


def said(words: str, name: str) -> list[str]:
    """What the sentences say of a distance."""
    sentences = [one for one in re.split(r"(?<=[a-z])\. ?", words) if NAMES[name] in one or "All three" in one]
    return [way for one in sentences for way, pattern in SAID.items() if re.search(pattern, one)]


@pytest.mark.parametrize("shape", theory.SHAPES)
def test_the_sentence_on_one_dimension_is_true_at_every_place_of_the_slider(nothing, shape):
    assert len(POSITIONS) == 81
    for shift in POSITIONS:
        s = resolve(theory.PAGE, nothing, {"game": [theory.LINE], "shape": [shape], "shift": [str(shift)]})
        text = theory.read_off(nothing, s)
        table, words = text.split("</table>")
        words = re.sub(r"<[^>]*>", "", words).replace("&#x27;", "'")
        assert not s.problems and not misprints(text)
        if shift == 0:
            assert words == "The densities lie on each other: all distances and their gradients are 0."
            continue
        near = [shift - np.sign(shift) * 0.0125, shift, shift + np.sign(shift) * 0.0125]
        made = distances(shape, [min(max(at, -4.0), 4.0) for at in near])
        rows = dict(zip(NAMES, re.findall(r"<td>([^<]*)</td></tr>", table), strict=True))  # the gradients
        for name in NAMES:
            closer, here, further = made.values[name]
            rises = further > closer
            if not np.isfinite(here):
                expected, number = "none", "–"
            elif rows[name] in ("0.000", "−0.000"):
                expected, number = "flat", rows[name]
            else:
                expected, number = "right" if rises else "wrong", rows[name]
            assert said(words, name) == [expected], (shift, name, words)
            assert rows[name] == number
        assert ("do not overlap" in words) == (shape == "uniform" and abs(shift) > 1.01), (shift, words)


def test_where_two_peaks_pass_each_other_js_points_the_wrong_way(nothing):
    s = resolve(theory.PAGE, nothing, {"game": [theory.LINE], "shape": ["two peaks"], "shift": ["1.1"]})
    text = theory.read_off(nothing, s)
    assert "JS points the wrong way" in text and "KL and the Earth Mover&#x27;s distance say in which direction" in text
