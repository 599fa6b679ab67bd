"""Style mixing and truncation as the front ends get them from the core."""

import subprocess
import sys

import numpy as np
import pytest

import gan_models
from benchmarks.browser import ROOT
from demo.draw import compose
from demo.draw import styles as drawn_styles
from demo.zoo import styles
from demo.zoo.entries import CONDITIONAL
from demo.zoo.zoo import Zoo

FIXTURE = "styled_zoo"
STYLED, TOLD = "toys/styled", "toys/styled_told"
ROWS, COLUMNS = [5, 2, 9], [7, 0]


def test_a_table_holds_the_unmixed_seeds_and_every_pair(zoo, styled_zoo):
    gan = gan_models.load(styled_zoo / STYLED)
    mixed = zoo.mix([STYLED], ROWS, COLUMNS, "coarse", truncation=0.5)[STYLED]
    assert (mixed.sides, mixed.taken, mixed.rows, mixed.columns) == ((4, 8, 16, 32), (4, 8), (5, 2, 9), (7, 0))
    assert mixed.pictures.shape == (4, 3, 32, 32, 1) and mixed.pictures.dtype == np.uint8
    assert (mixed.pictures[0, 0] == 255).all()
    assert (mixed.pictures[1:, 0] == gan.sample(ROWS, truncation=0.5)).all()
    assert (mixed.pictures[0, 1:] == gan.sample(COLUMNS, truncation=0.5)).all()
    for i, row in enumerate(ROWS, 1):
        for j, column in enumerate(COLUMNS, 1):
            assert (mixed.pictures[i, j] == gan.mix([row], [column], "coarse", truncation=0.5)[0]).all()
    assert mixed.words == "4 and 8 px from the columns, 16 and 32 px from the rows"
    assert zoo.mix_caption(STYLED, mixed, truncation=0.5).startswith(
        "Styled GAN · toys · rows seeds 5, 2, 9, columns seeds 7, 0: 4 and 8 px from the columns, 16 and 32 px from "
        "the rows · truncation 0.5 · 20k images shown"
    )


@pytest.mark.parametrize(
    ("levels", "taken", "words"),
    [
        ("middle", (16,), "16 px from the columns, 4, 8 and 32 px from the rows"),
        ("fine", (32,), "32 px from the columns, 4, 8 and 16 px from the rows"),
        ([32, 4], (4, 32), "4 and 32 px from the columns, 8 and 16 px from the rows"),
        ([4, 8, 16, 32], (4, 8, 16, 32), "4, 8, 16 and 32 px from the columns"),
        ([], (), "4, 8, 16 and 32 px from the rows"),
    ],
)
def test_levels_come_from_the_columns_and_are_named_in_pixels(zoo, levels, taken, words):
    mixed = zoo.mix([STYLED], ROWS, COLUMNS, levels)[STYLED]
    assert (mixed.taken, mixed.words) == (taken, words)
    for i in range(1, 4):
        same = [(mixed.pictures[i, j] == mixed.pictures[0, j]).all() for j in (1, 2)]
        assert same == [len(taken) == 4] * 2
        assert (mixed.pictures[i, 1] == mixed.pictures[i, 0]).all() == (not taken)


def test_a_conditional_table_is_of_one_class(zoo, styled_zoo):
    gan = gan_models.load(styled_zoo / TOLD)
    own = zoo.mix([TOLD], ROWS, COLUMNS)[TOLD]
    assert (own.pictures[0, 1:] == gan.sample(COLUMNS, [2, 2])).all()  # 5 mod 3: of the first row
    assert "· class two ·" in zoo.mix_caption(TOLD, own)
    told = zoo.mix([STYLED, TOLD], ROWS, COLUMNS, label="one")
    assert list(told) == [STYLED, TOLD]
    assert (told[TOLD].pictures[1:, 0] == gan.sample(ROWS, [1, 1, 1])).all()
    assert "· class one ·" in zoo.mix_caption(TOLD, told[TOLD], "one")
    assert "class" not in zoo.mix_caption(STYLED, told[STYLED], "one")


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"keys": ["toys/plain"]}, "Plain GAN has no styles to mix: its network is not style-based."),
        ({"levels": "finest"}, "Levels are coarse, middle, fine, or a list of sides in pixels, not 'finest'."),
        ({"levels": [7]}, "The levels of styled are 4, 8, 16, 32, not 7."),
        ({"levels": None}, "Levels are coarse, middle, fine, or a list of sides in pixels, not None."),
        ({"levels": 4}, "Levels are coarse, middle, fine, or a list of sides in pixels, not 4."),
        ({"levels": {"coarse": 1}}, "Levels are coarse, middle, fine, or a list of sides in pixels, not {"),
        ({"rows": []}, "No seed is given."),
        ({"columns": [-1]}, "A seed is a whole number"),
        ({"truncation": 3}, "The truncation is a number from 0 to 2"),
        ({"rows": range(40), "columns": range(40)}, "At most 1,024 pictures"),
        ({"keys": [TOLD], "label": "nine"}, "has no class 'nine'"),
        ({"keys": []}, "No variant is chosen."),
    ],
)
def test_a_mix_that_cannot_be_gets_one_sentence(zoo, ask, words):
    with pytest.raises(ValueError) as refused:
        zoo.mix(**{"keys": [STYLED], "rows": ROWS, "columns": COLUMNS, **ask})
    assert words in str(refused.value) and "\n" not in str(refused.value)


def test_torn_weights_are_left_out(zoo, styled_zoo):
    (styled_zoo / STYLED / "generator.safetensors").write_bytes(b"these are no weights")
    assert list(zoo.mix([STYLED, TOLD], ROWS, COLUMNS)) == [TOLD]
    assert any(STYLED in problem for problem in zoo.problems())


def test_truncations_are_samples_from_the_mean_outwards(zoo):
    keys = ["toys/plain", "toys/told", STYLED, TOLD]
    strips = zoo.truncations(keys, ROWS)
    assert list(strips) == keys
    for key, strip in strips.items():
        for value, row in zip(styles.STEPS, strip, strict=True):
            assert (row == zoo.samples([key], ROWS, truncation=value)[key]).all()
        if key != "toys/told" and key != TOLD:
            assert (strip[0] == strip[0, 0]).all() and (strip[4] != strip[4, 0]).any()  # the classes differ in those
    told = zoo.truncations([TOLD], ROWS, "one", [0, 2])[TOLD]
    assert told.shape == (2, 3, 32, 32, 1) and (told[0] == told[0, 0]).all()
    assert (told[1] == zoo.samples([TOLD], ROWS, "one", 2)[TOLD]).all()
    for values, words in (([], "No truncation is given."), (["x"], "number from 0 to 2"), ([0] * 400, "At most 1,024")):
        with pytest.raises(ValueError, match=words):
            zoo.truncations([STYLED], ROWS, values=values)


def test_a_kind_of_variant_is_known_without_torch(styled_zoo):
    code = (
        "import sys; from demo.zoo.entries import STYLE_BASED; from demo.zoo.zoo import Zoo; zoo = Zoo(sys.argv[1]);"
        "print([e.key for e in zoo.catalog() if STYLE_BASED.fit(e)]); assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, styled_zoo], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == str([STYLED, TOLD])
    assert Zoo(styled_zoo).facts(TOLD)["styled"] and not Zoo(styled_zoo).facts("toys/told")["styled"]
    assert CONDITIONAL.none("variants trained on MNIST", code="`{}`") == (
        "None of the variants trained on MNIST takes a class. `python -m train.cgan` trains one."
    )


def test_a_crossed_table_by_hand():
    table = np.arange(6, dtype=np.uint8).reshape(2, 3, 1, 1, 1)
    white = [255] * 8
    assert compose.crossed(table, 1).tolist() == [
        [0, 255, 255, 255, 1, 255, 2],
        white[:7], white[:7], white[:7],
        [3, 255, 255, 255, 4, 255, 5],
    ]  # fmt: skip
    colour = np.zeros((2, 2, 4, 4, 3), np.uint8)
    assert compose.crossed(colour, 2).shape == (2 * 4 * 2 + 3 * 2, 2 * 4 * 2 + 3 * 2, 3)


def test_a_strip_has_a_named_row_per_truncation():
    grey = np.zeros((7, 2, 28, 28, 1), np.uint8)
    made = drawn_styles.strip(grey, styles.STEPS)
    assert made.shape[0] == 7 * 3 * 28 + 6 * 3 and made.shape[1] > 2 * 3 * 28 + 3
    assert (made[:, : made.shape[1] - (2 * 3 * 28 + 3)] < 128).any()  # the names
