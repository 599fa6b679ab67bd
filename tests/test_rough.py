"""Figures of few images show how few: captions, tables, cards and ablations."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoos import EXTRACTOR, REFERENCE, block, measure

from demo.pages import home
from demo.zoo import ablation, columns, figures, leaderboard
from demo.zoo.effects import judge
from demo.zoo.files import _block
from demo.zoo.zoo import Zoo
from gan_models.metrics import record
from gan_models.metrics.names import FEW, is_rough
from train.measure import evaluate
from train.publish.card import render


def few(fd: float, spread: float = 0.2, n: int = 10_000, real: int = 30, features: int = 8, **more) -> dict:
    """Figures of a checkpoint that was held against `real` images."""
    made = {**block(fd, spread, **more), "n": n}
    return {**made, "reference": {**REFERENCE, "n": real}, "extractor": {**EXTRACTOR, "features": features}}


@pytest.fixture
def tiny(measured_zoo):
    """measured_zoo, measured against 30 test images."""
    toys = measured_zoo / "toys"
    for name, fd in (("plain", 40), ("deep", 12.31), ("told", 20)):
        measure(toys / name, few(fd))
    anchors = json.loads((toys / "anchors.json").read_text())
    for row in anchors["rows"]:
        row["reference"] = {**REFERENCE, "n": 30}
    (toys / "anchors.json").write_text(json.dumps(anchors))
    return measured_zoo


@pytest.mark.parametrize(
    ("generated", "real", "features", "rough"),
    [
        (10_000, 10_000, 64, False), (10_000, 1000, 64, False), (10_000, 999, 64, True), (999, 10_000, 64, True),
        (2000, 2000, 2048, True), (10_000, 2048, 2048, False), (10_000, 1000, None, False), (10_000, 30, None, True),
    ],
)  # fmt: skip
def test_few_are_fewer_than_a_thousand_or_than_the_features(generated, real, features, rough):
    assert is_rough(generated, real, features) == rough


@given(
    st.integers(2, 10**6), st.integers(2, 10**6), st.integers(1, 4096),
    st.floats(0, 1e6, allow_subnormal=False), st.floats(1e-4, 1e3),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_figure_is_shown_more_surely_than_its_size_can_carry(n, real, features, fd, spread):
    made = few(fd, spread, n, real, features)
    rough = is_rough(n, real, features)
    words = [figures.distance_text(_block(made)), record.text(made, made["figures"]["fd"])]
    assert all(("≈" in one) == rough and ("±" in one) != rough for one in words)
    assert f"n = {n:,} against {real:,} real" in evaluate.line(made)


def test_captions_say_how_few(tiny):
    zoo = Zoo(tiny)
    quality = "FD-toys-cnn ≈ 12 (floor 0.86, n = 10,000 against 30 real, too few)"
    assert zoo.facts("toys/deep")["quality"] == quality and zoo.caption("toys/deep", range(4)).endswith(quality)
    tiles = home.tiles(zoo, zoo.catalog().of("toys"))
    assert [tile.words for tile in tiles if tile.entry][1] == "FD ≈ 12 · floor 0.86"
    assert "to 30 test images" in home.legend(zoo, zoo.catalog().of("toys"))
    assert "≈ marks a rough figure" in home.legend(zoo, zoo.catalog().of("toys"))


def test_tables_say_how_few_and_show_no_spread(tiny):
    table = leaderboard.leaderboard(Zoo(tiny), "toys")
    assert table.floor and not any(row.spreads for row in (*table.rows, *table.anchors))
    for name in ("fd", "kd", "recall"):
        column = table.column(name)
        words = [column.text(row.values[name], row.spreads.get(name)) for row in (*table.rows, *table.anchors)]
        assert all(one.startswith("≈ ") and "±" not in one for one in words)
    assert not table.column("parameters").rough
    assert any("fewer images than 1,000 (n = 10,000 against 30 real)" in note for note in table.notes)


def test_fewer_than_the_features_are_few(measured_zoo):
    toys = measured_zoo / "toys"
    (toys / "anchors.json").unlink()
    for name in ("plain", "deep", "told"):
        measure(toys / name, few(12.31, real=5000, n=5000, features=6000))
    table = leaderboard.leaderboard(Zoo(measured_zoo), "toys")
    assert any("fewer images than the extractor's 6,000 features" in note for note in table.notes)


def test_enough_images_are_not_marked(measured_zoo):
    zoo = Zoo(measured_zoo)
    table = leaderboard.leaderboard(zoo, "toys")
    assert not any(column.rough for column in table.columns) and not any("rough" in note for note in table.notes)
    assert "≈" not in home.legend(zoo, zoo.catalog().of("toys"))
    assert columns.Column("fd", "FD", "", decimals=1).text(12.31, 0.2) == "12.3 ± 0.2"


def test_a_card_says_how_few(tiny):
    text = render(tiny / "toys" / "told", "user/told")
    assert "| FD-toys-cnn | ≈ 20 |" in text and "10,000 generated pictures against 30 test images" in text
    assert "≈: too few images" in text and "mean ± standard deviation" not in text


def test_few_images_tell_no_difference_from_one_seed(family_zoo):
    toys = family_zoo / "toys"
    measure(toys / "root", few(20, 0.5))
    measure(toys / "noisy", few(5, 0.5))
    found = ablation.ablation(Zoo(family_zoo), "toys")
    (trick,) = [one for one in found.tricks if one.variant == "noisy"]
    assert {effect.verdict for effect in trick.effects} == {"unclear"}
    assert {effect.reason for effect in trick.effects} == {"too few images"}
    assert trick.sentence.endswith("its figures come from too few images to show any difference.")
    assert judge(found.column("fd"), (0,), (20.0,), (5.0,), (0.5, 0.5)).verdict == "better"


def test_a_curve_says_what_it_is_held_against(measured_zoo):
    path = measured_zoo / "toys" / "deep" / "recipe.json"
    content = json.loads(path.read_text())
    content["provenance"]["eval"]["reference"] = 5000
    path.write_text(json.dumps(content))
    assert leaderboard.curves(Zoo(measured_zoo), "toys/deep").distance == "FD-toys-cnn, n = 2,000 against 5,000 real"
    assert FEW == 1000
