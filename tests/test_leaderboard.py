"""What was measured, as tables: figures in their units, what cannot be compared, files that are damaged."""

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from zoos import EXTRACTOR, REFERENCE, TOYS, block, edit, measure

from demo.zoo import columns, files, leaderboard, published
from demo.zoo.files import LARGEST
from gan_models.metrics.names import figure_text

FIXTURE = "measured_zoo"
ROOT = Path(__file__).parent.parent


# The leaderboard --------------------------------------------------------------------------------------------


def test_rows_stand_by_distance_in_the_units_of_the_columns(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    assert [row.key for row in table.rows] == ["toys/deep", "toys/told", "toys/plain"]
    assert (table.extractor, table.n) == ({"name": "toys-cnn", "hash": EXTRACTOR["hash"]}, 10_000)
    assert table.reference == REFERENCE
    deep, told, plain = table.rows
    assert (deep.title, deep.year, deep.anchor) == ("Deep GAN", 2015, False)
    assert (deep.values["fd"], deep.spreads["fd"]) == (12.31, 0.2)
    assert plain.values["smallest_share"] == pytest.approx(5) and plain.spreads["smallest_share"] == pytest.approx(1)
    assert told.values["label_accuracy"] == pytest.approx(98) and deep.values["label_accuracy"] is None
    assert told.values["class_fd"] == 31
    assert deep.values["parameters"] == 4000 and deep.values["work"] == 40 and deep.values["work_per_picture"] == 0.25
    assert (deep.values["n"], deep.values["seeds"], plain.values["training_seeds"]) == (10_000, 3, 1)
    assert table.notes == () and table.unmeasured == ()
    assert json.loads(json.dumps(asdict(table), allow_nan=False))["rows"][0]["key"] == "toys/deep"


def test_every_row_has_a_value_or_none_for_every_column_and_no_column_is_empty(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    rows = (*table.rows, *table.anchors)
    for column in table.columns:
        assert any(row.values[column.name] is not None for row in rows), column.name
    assert {frozenset(row.values) for row in rows} == {frozenset(column.name for column in table.columns)}
    assert "modes" not in rows[0].values and "memorisation_pixels" not in rows[0].values


def test_columns_say_what_a_figure_is_and_what_it_cannot_tell(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    fd = table.column("fd")
    assert (fd.title, fd.better, fd.main) == ("FD-toys-cnn", "lower", True)
    assert table.column("kd").title == "KD-toys-cnn" and table.column("recall").better == "higher"
    assert table.column("n").better is None
    assert all(column.help.endswith(".") and "\n" not in column.help for column in table.columns)
    for name in ("fd", "kd", "precision", "recall", "smallest_share", "label_accuracy"):
        assert "can't tell" in table.column(name).help
    assert "FID" not in json.dumps(asdict(table))
    everything = list(columns._all("toys-cnn", [50], {}))
    assert all(c.better in ("lower", "higher", None) for c in everything)
    assert len({c.name for c in everything}) == len({c.title for c in everything}) == len(everything)


def test_cells(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    deep, told, _ = table.rows

    def cell(row, name):
        return table.column(name).text(row.values[name], row.spreads.get(name))

    assert cell(deep, "fd") == "12.31 ± 0.20"  # as many decimals as show the floor, 0.86
    assert cell(deep, "label_accuracy") == "–" and cell(told, "label_accuracy") == "98.0 ± 1.0"
    assert table.column("kd").text(-1e-9) == "0.00000"
    assert cell(deep, "n") == "10,000" and cell(deep, "work") == "40"


def test_only_inception_is_called_fid(toys, zoo):
    measure(toys / "plain", {**block(50), "extractor": {"name": "inception", "hash": "00", "features": 2048}})
    table = leaderboard.leaderboard(zoo, "toys", "inception")
    assert (table.column("fd").title, table.column("kd").title) == ("FID", "KID")
    assert zoo.caption("toys/plain").endswith("FID 50.0 (n = 10,000 against 5,000 real)")


def test_costs_that_metrics_do_not_name_come_from_the_checkpoint(toys, zoo):
    measure(toys / "plain", block(40))
    values = leaderboard.leaderboard(zoo, "toys").rows[-1].values
    facts = zoo.facts("toys/plain")
    assert (values["parameters"], values["images"], values["work"]) == (facts["parameters"], 20_000, None)
    recipe = zoo.entry("toys/plain").recipe
    assert values["steps"] == 20_000 // (recipe.batch * recipe.critic_steps)


def test_anchors_stand_beside_the_rows_with_the_floor_first(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    assert [(row.key, row.anchor, row.values["fd"]) for row in table.anchors] == [
        ("train", True, 0.86), ("noise", True, 60), ("one_class", True, 165),
    ]  # fmt: skip
    assert table.floor is table.anchors[0] and table.anchors[0].values["parameters"] is None


def test_anchors_out_of_order_are_a_note(toys, zoo):
    edit(toys / "anchors.json", lambda content: content["rows"].reverse())
    notes = " ".join(leaderboard.leaderboard(zoo, "toys").notes)
    assert "“One class only” above “Noise”" in notes and "out of order" in notes


def test_classifier_gains_are_columns_and_rows(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    told = next(row for row in table.rows if row.key == "toys/told")
    assert (told.values["cas"], told.values["cas_real"]) == (pytest.approx(90), pytest.approx(95))
    assert (told.values["gain_50"], told.values["gain_200"]) == (pytest.approx(-3), pytest.approx(5))
    assert told.spreads["gain_200"] == pytest.approx(2)
    names = [column.name for column in table.columns]
    assert names.index("cas") < names.index("gain_50") < names.index("gain_200") < names.index("parameters")
    assert [(one.real, one.generator_saw, one.scratch) for one in table.augmentation] == [
        (50, 60_000, False), (200, 60_000, False), (50, 50, True),
    ]  # fmt: skip
    assert table.augmentation[0].without == pytest.approx(70) and table.augmentation[0].gain == pytest.approx(-3)


# The Pareto front -------------------------------------------------------------------------------------------


def rows_of(*points) -> list[leaderboard.Row]:
    """Rows named a, b, ... of (cost, distance)."""
    made = zip("abcdefgh", points, strict=False)
    return [leaderboard.Row(key, key, None, False, {"images": cost, "fd": fd}, {}) for key, (cost, fd) in made]


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ([(1, 9), (2, 5), (3, 7), (4, 1)], "abd"),
        ([(1, 1), (2, 2), (3, 3)], "a"),
        ([(3, 1), (2, 2), (1, 3)], "cba"),
        ([(1, 5), (1, 4), (2, 4)], "b"),  # the same cost, and the same distance at a higher one
        ([(1, 4), (1, 4), (2, 3)], "abc"),  # equals do not beat each other
        ([(None, 1), (2, 5)], "b"),
        ([], ""),
    ],
)
def test_front(points, front):
    assert "".join(leaderboard.front(rows_of(*points), "images")) == front


def test_fronts_of_the_table(zoo):
    fronts = leaderboard.leaderboard(zoo, "toys").fronts
    assert fronts["parameters"] == ("toys/plain", "toys/deep")  # told is told the class: ranked apart
    assert fronts["images"] == ("toys/deep",)  # as few images as plain, and nearer
    assert set(fronts) == set(leaderboard.COSTS)


def test_what_is_worse_than_noise_is_on_no_front(toys, zoo):
    assert leaderboard.front(rows_of((1, 9), (2, 5), (3, 7), (4, 1)), "images", noise=6) == ("b", "d")
    edit(toys / "anchors.json", lambda c: c["rows"][1]["figures"]["fd"].update(mean=17))
    table = leaderboard.leaderboard(zoo, "toys")
    assert {keys for keys in table.fronts.values()} == {("toys/deep",)}
    measure(toys / "deep", block(18), cost={"parameters": 1})
    assert not any(leaderboard.leaderboard(zoo, "toys").fronts.values())


def test_those_that_are_told_the_class_are_ranked_apart(toys, zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    assert [row.key for row in table.ranked] == ["toys/deep", "toys/plain"]
    assert [row.key for row in table.apart] == ["toys/told"] and table.rows[1].told
    assert not any("toys/told" in keys for keys in table.fronts.values())
    for name in ("plain", "deep"):
        (toys / name / "metrics.json").unlink()
    table = leaderboard.leaderboard(zoo, "toys")  # alone they are ranked among themselves
    assert [row.key for row in table.ranked] == ["toys/told"] and table.apart == ()
    assert set(table.fronts.values()) == {("toys/told",)}


# Captions ---------------------------------------------------------------------------------------------------


def test_captions_name_the_distance_with_floor_and_n(zoo):
    quality = "FD-toys-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000 against 5,000 real)"
    assert zoo.facts("toys/deep")["quality"] == quality
    assert zoo.caption("toys/deep", range(4)).endswith(f"parameters · {quality}")
    assert zoo.path_caption("toys/deep", [1, 2]).endswith(quality)
    assert zoo.facts("photos/colour")["quality"] is None


def test_a_floor_of_another_reference_is_not_named(toys, zoo):
    measure(toys / "deep", {**block(12.31), "reference": {**REFERENCE, "hash": "ffff"}})
    assert zoo.facts("toys/deep")["quality"] == "FD-toys-cnn 12.3 (n = 10,000 against 5,000 real)"


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (12.31, 0.2, "12.3 ± 0.2"), (0.857, 0, "0.857"), (146.2, 2.4, "146 ± 2"), (38.24, 0.012, "38.2 ± 0.01"),
        (0.00123, 0.0002, "0.00123 ± 0.00020"), (23456, 12, "23,456 ± 12"), (0, 0, "0"), (-0.5, 0, "−0.500"),
        (99.99, 0.5, "100.0 ± 0.5"), (0.01148, 0.002, "0.0115 ± 0.0020"),
    ],
)  # fmt: skip
def test_figure_text(value, spread, text):
    assert figure_text(value, spread) == text


def test_files_are_read_again_only_when_they_change(toys, zoo, monkeypatch):
    reads, read = [], files.record.unchecked
    monkeypatch.setattr(files.record, "unchecked", lambda folder: reads.append(folder) or read(folder))
    for _ in range(3):
        zoo.caption("toys/deep")
        leaderboard.leaderboard(zoo, "toys")
    assert len(reads) == 3  # one for each of the toys
    measure(toys / "deep", block(7))
    assert "FD-toys-cnn 7.00" in zoo.caption("toys/deep") and len(reads) == 4
    weights = toys / "deep" / "generator.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")
    assert zoo.facts("toys/deep")["quality"] is None


def test_captions_cost_little(zoo):
    zoo.caption("toys/deep")
    start = time.process_time()  # not by the clock, which counts what else the machine does
    for _ in range(100):
        zoo.caption("toys/deep")
    assert (time.process_time() - start) / 100 < 0.02


# Curves and shares ------------------------------------------------------------------------------------------


def test_curves_are_columns_by_images(zoo):
    curve = leaderboard.curves(zoo, "toys/deep")
    assert curve.columns["images"] == [100 * i for i in range(1, 41)]
    assert list(curve.columns) == ["images", "d_loss", "g_loss", "real_logit", "fd"]
    assert all(len(column) == 40 for column in curve.columns.values())
    assert [fd for fd in curve.columns["fd"] if fd is not None] == [400 / 9, 400 / 19, 400 / 39]
    assert [i for i, row in enumerate(curve.shares) if row] == [9, 19, 39] and curve.shares[9] == [0.1, 0.2, 0.7]
    assert (curve.distance, curve.n) == ("FD-toys-cnn, n = 2,000", 2000)
    assert curve.class_names == ("zero", "one", "two") and curve.notes == ()
    assert json.loads(json.dumps(asdict(curve)))["title"] == "Deep GAN"


def test_a_checkpoint_without_a_curve_has_an_empty_one(zoo):
    curve = leaderboard.curves(zoo, "toys/plain")
    assert curve.columns == {"images": []} and curve.shares == [] and "no training curve" in curve.notes[0]
    with pytest.raises(ValueError, match="no checkpoint 'toys/none'"):
        leaderboard.curves(zoo, "toys/none")


def test_damaged_lines_of_a_curve_are_left_out(toys, zoo):
    lines = [
        '{"images": 300, "d_loss": 3, "fd": "near", "shares": [0.5, 0.6, 0.5]}', '{"images": 100, "d_loss": 1, "fd"',
        "", "[1, 2]", "null", '{"images": "200"}', '{"images": NaN}', '{"images": -1}', "\x00\xff",
        '{"images": 200, "d_loss": NaN, "g_loss": 2, "shares": [0.5, 0.5]}',
        '{"images": 100, "d_loss": Infinity, "g_loss": true, "shares": [0.2, 0.3, 0.5]}',
        '{"images": 300, "shares": [0.25, 0.25, 0.5]}', "[" * 100_000,
    ]  # fmt: skip
    (toys / "deep" / "stats.jsonl").write_text("\n".join(lines), encoding="latin-1")
    curve = leaderboard.curves(zoo, "toys/deep")
    assert curve.columns == {"images": [100, 200, 300], "d_loss": [None, None, 3], "g_loss": [None, 2, None]}
    assert curve.shares == [[0.2, 0.3, 0.5], None, [0.25, 0.25, 0.5]]
    assert curve.notes == ("8 of 13 lines of the training curve are damaged and left out.",)


def test_a_huge_curve_is_not_read(toys, zoo):
    (toys / "deep" / "stats.jsonl").write_text(" " * (LARGEST + 1))
    assert leaderboard.curves(zoo, "toys/deep").columns == {"images": []}
    (toys / "deep" / "stats.jsonl").write_text("".join(f'{{"images": {i}, "a": 1}}\n' for i in range(12_000)))
    assert len(leaderboard.curves(zoo, "toys/deep").columns["images"]) == 4000


def test_shares_stand_beside_those_of_real_images(zoo):
    seen = leaderboard.shares(zoo, "toys")
    assert seen.class_names == ("zero", "one", "two") and seen.reference == (0.3, 0.35, 0.35)
    assert [key for key, *_ in seen.rows] == TOYS
    assert seen.rows[0] == ("toys/plain", "Plain GAN", (0.7, 0.25, 0.05))
    assert (seen.n, seen.extractor["name"]) == (10_000, "toys-cnn")


def test_shares_of_other_classes_are_left_out(toys, zoo):
    measure(toys / "plain", {**block(40), "class_names": ["a", "b", "c"]})
    seen = leaderboard.shares(zoo, "toys")
    assert [key for key, *_ in seen.rows] == TOYS[1:] and "Plain GAN" in seen.notes[0]
    (toys / "anchors.json").unlink()
    seen = leaderboard.shares(zoo, "toys")
    assert seen.reference is None and "equal shares" in seen.notes[-1]


# Published figures ------------------------------------------------------------------------------------------


def test_published_figures_are_set_apart():
    for dataset in ("mnist", "fashion_mnist", "cifar10", "celeba", "stacked_mnist"):
        found = published.published(dataset)
        assert found.rows and "Other people's" in found.sentence and found.sentence.endswith(".")
        assert all(row.dataset == dataset and row.source and row.protocol for row in found.rows)
    assert published.published("toys").rows == () and published.published("toys").sentence == ""


def test_published_figures_are_those_of_the_papers(zoo):
    def value(dataset, variant, name="FID", source=""):
        rows = [r for r in published.published(dataset).rows if (r.variant, r.figure) == (variant, name)]
        (row,) = [r for r in rows if source in r.source]
        return row.value

    assert [value(d, "WGAN-GP", source="Lucic") for d in ("mnist", "fashion_mnist", "cifar10", "celeba")] == [
        20.3, 24.5, 55.8, 30.0,
    ]  # fmt: skip
    assert [value(d, "NS GAN") for d in ("mnist", "fashion_mnist", "cifar10", "celeba")] == [6.8, 26.5, 58.5, 55.0]
    assert (
        value("cifar10", "DCGAN", source="StudioGAN") == 48.3 and value("cifar10", "DCGAN", source="xyfJASON") == 24.7
    )
    assert value("stacked_mnist", "DCGAN", "Modes") == 99 and value("stacked_mnist", "R3GAN", "Reverse KL") == 0.029
    keys = [(r.source, r.dataset, r.variant, r.figure) for r in published.FIGURES]
    assert len(keys) == len(set(keys)) == 20 + 10 + 7 + 1 + 10


def test_neither_the_core_nor_the_tables_import_torch_or_altair():
    code = (
        "import sys, demo.zoo.zoo, demo.zoo.leaderboard; "
        "print(*{'torch', 'altair', 'pandas', 'streamlit'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
