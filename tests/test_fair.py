"""What makes a comparison fair: other measures of the same pictures, several trainings, the same budget, tables to take
along, and why the same latents do not correspond."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_helpers import parts_of, run_python
from zoos import EXTRACTOR, REFERENCE, TOYS, block, figure, measure, record_film

from demo.draw import charts
from demo.page import Box, Pictures, resolve
from demo.pages import compare, home
from demo.zoo import correspondence, equal, exports, leaderboard, ranks, yardsticks
from demo.zoo.words import budget_text
from demo.zoo.zoo import Zoo

PIXELS = {"extractor": None, "reference": REFERENCE, "n": 10_000, "seeds": [0, 1, 2]}
FREE = {**PIXELS, "extractor": {"name": "efficientnet-lite0", "hash": "ee", "features": 1280}}
BALANCED = {**PIXELS, "extractor": EXTRACTOR}


def by(balanced: float, free: float, sliced: float) -> dict:
    """The yardsticks of a metrics.json."""
    heads = {"class_balanced": BALANCED, "label_free": FREE, "sliced_wasserstein": PIXELS}
    values = (balanced, free, sliced)
    return {name: {**head, "figure": figure(v, 0.1)} for (name, head), v in zip(heads.items(), values, strict=True)}


@pytest.fixture
def zoo(measured_zoo) -> Zoo:
    """Of the toys deep (FD 12.31), told (20) and plain (40) the pixels say the reverse, the label-free one nearly."""
    toys = measured_zoo / "toys"
    for name, fd, others in (("deep", 12.31, (12, 7, 9)), ("told", 20, (30, 6, 5)), ("plain", 40, (35, 9, 3))):
        measure(toys / name, block(fd, 0.2), yardsticks=by(*others), cost={"images": 1000, "parameters": 10})
    heads = {
        name: {k: v for k, v in one.items() if k in ("extractor", "reference")} for name, one in by(0, 0, 0).items()
    }
    row = {"name": "train", "title": "Real", "figures": {name: figure(1) for name in heads}}
    (toys / "yardsticks.json").write_text(json.dumps({"format": 1, "measures": heads, "rows": [row]}))
    return Zoo(measured_zoo)


# Other measures ---------------------------------------------------------------------------------------------


def test_other_measures_are_columns_beside_the_same_measures_of_the_anchors(zoo):
    table = leaderboard.leaderboard(zoo, "toys")
    deep = table.rows[0]
    assert [deep.values[name] for name in yardsticks.NAMES] == [12, 7, 9] and deep.spreads["label_free"] == 0.1
    assert table.floor.values["sliced_wasserstein"] == 1 and table.anchors[1].values["label_free"] is None
    titles = [table.column(name).title for name in yardsticks.NAMES]
    assert titles == ["Class-balanced FD", "Label-free FD", "Sliced Wasserstein"]
    assert not [note for note in table.notes if "so far" in note]


def test_where_the_orders_disagree_is_said_pair_by_pair(zoo):
    balanced, free, sliced = leaderboard.leaderboard(zoo, "toys").orders
    assert (balanced.opposed, free.opposed, sliced.opposed) == (0, 1, 3) and balanced.examples == ()
    assert free.examples == (
        "Deep GAN is better than Told GAN in FD-toys-cnn (12.3 against 20.0), but worse in Label-free FD (7.00 against "
        "6.00).",
    )
    assert free.sentence == "The two agree on 2 of 3 pairs (Kendall's tau 0.33)."


def test_what_is_not_measured_by_another_measure_is_one_sentence(zoo, measured_zoo):
    measure(measured_zoo / "toys" / "plain", block(40))
    (note,) = [note for note in leaderboard.leaderboard(zoo, "toys").notes if "so far" in note]
    assert note == (
        "Of 3 variants 2 were measured by Class-balanced FD, Label-free FD and Sliced Wasserstein so far: python -m "
        "train evaluate measures the rest."
    )
    for name in ("deep", "told"):
        measure(measured_zoo / "toys" / name, block(40))
    (note,) = [note for note in leaderboard.leaderboard(zoo, "toys").notes if "so far" in note]
    assert note.startswith("Of 3 variants none was measured by") and leaderboard.leaderboard(zoo, "toys").orders == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(n=2000),
        lambda one: one.update(reference={**REFERENCE, "hash": "ffff"}),
        lambda one: one.update(extractor={"name": "other", "hash": "ff"}),
    ],
)
def test_figures_of_different_sights_never_stand_in_one_column(zoo, measured_zoo, change):
    others = by(1, 1, 1)
    change(others["label_free"])
    measure(measured_zoo / "toys" / "plain", block(40), yardsticks=others)
    table = leaderboard.leaderboard(zoo, "toys")
    plain = next(row for row in table.rows if row.key == "toys/plain")
    assert plain.values["label_free"] is None and plain.values["class_balanced"] == 1
    assert any(note.startswith("Label-free FD: 1 variant measured on other") for note in table.notes)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        [*yardsticks.NAMES, "extractor", "reference", "n", "figure", "mean", "measures", "rows", "figures", "name"]
    ), inner, max_size=4), max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(junk)
def test_a_damaged_file_of_other_measures_is_left_out(content):
    for one in yardsticks.parse(content).values():
        assert one.n > 0 and abs(one.figure.mean) < float("inf")
    sights, anchors = yardsticks.parse_anchors(content)
    assert all(set(some) <= set(sights) for some in anchors.values())


def test_a_rank_deficient_distance_says_so_where_it_is_shown(measured_zoo):
    few = {**block(40), "n": 1000, "extractor": {**EXTRACTOR, "features": 1280}}
    measure(measured_zoo / "toys" / "plain", few)
    (measured_zoo / "toys" / "anchors.json").unlink()
    for name in ("deep", "told"):
        (measured_zoo / "toys" / name / "metrics.json").unlink()
    zoo = Zoo(measured_zoo)
    said = "Rank-deficient: 1,000 pictures cannot fill a covariance of 1,280 features"
    assert any(note.startswith(said) for note in leaderboard.leaderboard(zoo, "toys").notes)
    assert zoo.caption("toys/plain").endswith("(n = 1,000 against 5,000 real, rank-deficient)")


# Several trainings ------------------------------------------------------------------------------------------


def record_seeds(zoo: Zoo, values: dict[str, tuple[float, ...]], told: tuple[str, ...] = ()) -> None:
    recipes = {name: {"name": name, "title": name.title(), "conditional": name in told} for name in values}
    runs = [
        {"variant": name, "seed": seed, "figures": {"fd": figure(v)}}
        for name, some in values.items() for seed, v in enumerate(some)
    ]  # fmt: skip
    content = {
        "format": 1,
        "dataset": "toys",
        "images": 100_000,
        "extractor": EXTRACTOR,
        "recipes": recipes,
        "runs": runs,
    }
    (zoo.folder / "toys" / "seeds.json").write_text(json.dumps(content))


def test_without_a_record_one_training_seed_is_said_and_there_is_no_place(zoo):
    found = ranks.ranks(zoo, "toys")
    assert found.rows == () and found.sentence.startswith("Each row comes from one training")
    assert charts.ranks(found) is None


def test_ties_are_called_ties_and_those_told_the_class_are_ranked_among_themselves(zoo):
    values = {"a": (1, 1.1, 1.2), "b": (1.1, 1, 1.3), "c": (5, 5.1, 5.2), "d": (0.1, 0.2, 0.1)}
    record_seeds(zoo, values, told=("d",))
    found = ranks.ranks(zoo, "toys")
    assert {row.title: (row.place, row.ties) for row in found.rows} == {
        "A": ("1 to 2", ("B",)), "B": ("1 to 2", ("A",)), "C": ("3", ()), "D": ("1", ()),
    }  # fmt: skip
    assert [row.told for row in found.rows] == [False, False, False, True]
    assert found.rows[2].text() == "5.10 ± 0.10" and found.distance == "FD-toys-cnn"
    assert "3 trainings of each variant with the seeds 0, 1 and 2, of 100,000 images each" in found.sentence
    made = charts.ranks(found).to_dict()
    assert "C 5.10 ± 0.10, place 3" in made["description"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 99, "runs": []}', '{"format": 1, "runs": [{"seed": 0}]}']
)
def test_a_damaged_record_is_a_note(zoo, content):
    (zoo.folder / "toys" / "seeds.json").write_text(content)
    found = ranks.ranks(zoo, "toys")
    assert found.rows == () and found.notes and "seeds.json of toys" in found.notes[0]
    assert str(zoo.folder) not in found.notes[0]


# The same budget --------------------------------------------------------------------------------------------


def watch(zoo: Zoo, name: str, looks: dict[int, float], n: int = 2000) -> None:
    folder = zoo.folder / "toys" / name
    (folder / "stats.jsonl").write_text("".join(json.dumps({"images": i, "fd": fd}) + "\n" for i, fd in looks.items()))
    recipe = json.loads((folder / "recipe.json").read_text())
    recipe["provenance"]["eval"] = {"extractor": EXTRACTOR, "n": n, "every": 100}
    (folder / "recipe.json").write_text(json.dumps(recipe))


@pytest.fixture
def watched(zoo) -> Zoo:
    watch(zoo, "plain", {100: 9, 200: 8, 400: 4})
    watch(zoo, "deep", {101: 5, 200: 6, 300: 2})
    watch(zoo, "told", {200: 7})
    record_film(zoo.folder / "toys" / "plain", [0, 90, 205, 400])
    record_film(zoo.folder / "toys" / "deep", [0, 190, 300])
    return zoo


def test_all_stand_at_the_largest_number_of_images_that_most_share(watched):
    found = equal.equal(watched, TOYS)
    assert (found.images, found.distance) == (200, "FD-toys-cnn, n = 2,000")
    assert [(row.key, row.distance, row.told) for row in found.rows] == [
        ("toys/deep", 6, False), ("toys/told", 7, True), ("toys/plain", 8, False),
    ]  # fmt: skip
    at = equal.equal(watched, TOYS, 100)
    assert [(row.key, row.images) for row in at.rows] == [("toys/deep", 101), ("toys/plain", 100)]
    assert [(one.title, one.reason) for one in at.missing] == [
        ("Told GAN", "It was measured at other numbers of images, the nearest 200")
    ]
    assert found.choices == (100, 200)


def test_looks_of_another_number_of_pictures_do_not_compare(watched):
    watch(watched, "told", {200: 7}, n=500)
    found = equal.equal(watched, TOYS)
    assert [row.key for row in found.rows] == ["toys/deep", "toys/plain"]
    assert "another number of pictures" in found.missing[0].reason
    with pytest.raises(ValueError, match="1 image or more"):
        equal.equal(watched, TOYS, 0)


def test_compare_shows_the_frames_nearest_to_the_budget_with_their_distance(watched, monkeypatch):
    s = resolve(compare.PAGE, watched, {"data": ["toys"], "equal": ["true"], "images": ["4"]})
    assert s.budget == 200 and list(s.offers["budget"]) == ["100", "200"]
    entries, captions, pictures = compare.drawn(watched, s)
    assert [getattr(e, "key", e) for e in entries] == ["Real data", "toys/plain", "toys/deep"]  # told has no film
    assert "205 of 400 images shown" in captions[1] and "190 of 300" in captions[2]
    shown = compare.moments(watched, s)
    assert "at 200 images shown" in shown and "FD-toys-cnn 8.00" in shown and "FD-toys-cnn 6.00" in shown
    assert "FD-toys-cnn 12.3" not in shown  # that is of the trained network
    assert compare.name(s) == "compare-toys-200-images.png"
    made = run_python(watched, compare.python(watched, s), monkeypatch)
    assert list(made) == ["Plain GAN", "Deep GAN"]
    for ours, theirs in zip(pictures[1:], made.values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


OTHER = {"images": "9", "seed": "500", "seeds": "3, 8", "class_toys": "two", "truncation": "0.5", "look": "5",
         "budget_toys": "100"}  # fmt: skip
"""Of each setting of Compare another value than the first one"""


@pytest.mark.parametrize("mode", [{}, {"equal": ["true"]}])
def test_each_setting_of_compare_that_is_shown_changes_what_is_shown_and_no_other_does(mode, watched):
    query = {"data": ["toys"], "images": ["4"], "look": ["4"], **mode}
    settled = ("data", "variants", "equal")

    def seen(**texts) -> tuple:
        s = resolve(compare.PAGE, watched, {**query, **{name: [text] for name, text in texts.items()}})
        assert not s.problems
        return s, [str(one) for one in parts_of(compare.PAGE, watched, s).values()], compare.python(watched, s)

    s, *before = seen()
    changes = {name for name, text in OTHER.items() if [*seen(**{name: text})[1:]] != before}
    assert changes == {c.link(s) for c in compare.PAGE.controls if s.shown[c.name] and c.name not in settled}
    assert s.equal != any(isinstance(one, Pictures) and one.when(s) for one in compare.PAGE.parts), "a click does this"
    folds = [box for box in compare.PAGE.items if isinstance(box, Box) and "truncation" in str(box.title)]
    assert [s.seen(box) for box in folds] == [not s.equal], "an empty fold is not shown"
    s = resolve(compare.PAGE, watched, {name: texts for name, texts in query.items() if name != "look"})
    assert ("Click a picture above" in compare.closer(watched, s)) != s.equal


def test_without_a_switch_no_budget_is_offered(watched):
    s = resolve(compare.PAGE, watched, {"data": ["toys"]})
    assert s.offers["budget"] == {} and not s.shown["budget"]


def test_a_budget_that_nobody_was_looked_at_is_a_sentence(zoo_folder):
    s = resolve(compare.PAGE, Zoo(zoo_folder), {"data": ["toys"], "equal": ["true"]})
    with pytest.raises(ValueError, match="cannot be shown at an equal budget"):
        compare.moments(Zoo(zoo_folder), s)


def test_the_python_of_look_closer_gives_its_scores(zoo, monkeypatch):
    s = resolve(compare.PAGE, zoo, {"data": ["toys"], "look": ["4"], "class_toys": ["two"], "truncation": ["0.5"]})
    monkeypatch.chdir(zoo.folder.parent)
    space: dict = {}
    exec(compare.python(zoo, s), space)
    looks = list(space["looks"].values())
    assert [look.seed for look in looks] == [4, 4, 4] and looks[-1].label == "two"
    drawn = zoo.samples(["toys/told"], [4], "two", 0.5)["toys/told"][0]
    np.testing.assert_array_equal(looks[-1].picture, drawn)
    assert len(space["pictures"]) == 3


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((400_000, 32, 3_016_704), "400k images · width 32 · 3.0 M multiply-adds"),
        ((1_200_000, None, 573_440), "1.2M images · 0.57 M multiply-adds"), ((None, None, None), ""),
        ((22_000, 8, 27_435_008), "22k images · width 8 · 27 M multiply-adds"),
    ],
)  # fmt: skip
def test_budgets_in_one_line(facts, text):
    assert budget_text(*facts) == text


# Tables to take along ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", exports.TABLES)
def test_every_table_is_the_same_as_csv_and_as_json(watched, family_zoo, name):
    zoo, dataset = (Zoo(family_zoo), "toys") if name == "ablation" else (watched, "toys")
    if name == "training_seeds":
        record_seeds(zoo, {"a": (1, 1.1), "b": (2, 2.5)})
    dataset = "mnist" if name == "published" else dataset
    zoo = Zoo() if name == "published" else zoo
    plain = json.loads(exports.table(zoo, dataset, name, "json"))
    read = list(csv.DictReader(io.StringIO(exports.table(zoo, dataset, name, "csv").decode())))
    assert len(plain) == len(read) > 1
    for one, row in zip(plain, read, strict=True):
        for key, value in one.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                assert float(row[key]) == value, key  # every digit


def test_the_leaderboard_as_a_file_holds_the_whole_recipe_of_each_row(zoo):
    rows = json.loads(exports.table(zoo, "toys", "leaderboard", "json"))
    assert [row["title"] for row in rows][:3] == ["Deep GAN", "Told GAN", "Plain GAN"]
    for row in rows:
        if row["kind"] == "variant":
            assert row["recipe"] == zoo.entry(row["key"]).recipe.to_json()
    (first, *_) = csv.DictReader(io.StringIO(exports.table(zoo, "toys", "leaderboard", "csv").decode()))
    assert first["recipe.network"] == "dcgan" and first["fd"] == "12.31" and first["fd_spread"] == "0.2"


def test_a_table_without_rows_or_an_unknown_one_is_a_sentence(zoo):
    with pytest.raises(ValueError, match="“Training seeds” of this data set has no rows yet"):
        exports.table(zoo, "toys", "training_seeds", "csv")
    with pytest.raises(ValueError, match="not 'scores' as 'csv'"):
        exports.table(zoo, "toys", "scores", "csv")


@given(st.text(max_size=8))
@settings(max_examples=60, deadline=None)
def test_no_cell_of_a_csv_is_a_formula(text):
    read = list(csv.reader(io.StringIO(exports.as_csv([{"title": text, "recipe": {text: [text]}}]).decode())))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in read for cell in row)


# The same latents -------------------------------------------------------------------------------------------


def test_agreement_and_chance_by_hand():
    same, chance = correspondence._shares([np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])])
    assert (same, chance) == (0.75, 0.5 * 0.25 + 0.5 * 0.75)


def test_the_same_seeds_in_several_networks_are_shown_and_counted(looked_zoo):
    zoo = Zoo(looked_zoo)
    s = resolve(compare.PAGE, zoo, {"data": ["toys"]})
    first, last = list(compare.correspond(zoo, s))
    assert "a row for each of Plain GAN, Deep GAN" in first and "Told GAN" not in first  # who is told has no say
    assert correspondence.WHY in first and last.startswith(first)
    found = correspondence.agreement(zoo, correspondence.networks(zoo, "toys"))
    assert found.sentence() in last and found.seeds == 100


def test_one_network_alone_has_nothing_to_correspond_with(zoo_folder):
    zoo = Zoo(zoo_folder)
    assert list(compare.correspond(zoo, resolve(compare.PAGE, zoo, {"data": ["photos"]}))) == []


# Budgets in sight -------------------------------------------------------------------------------------------


def test_tiles_and_cards_say_what_each_variant_was_given(measured_zoo):
    cost = {"images": 1000, "multiply_adds_per_image": 5e6, "multiply_adds_per_picture": 250_000}
    measure(measured_zoo / "toys" / "told", block(20), cost=cost)
    zoo = Zoo(measured_zoo)
    recipe = zoo.entry("toys/told").recipe
    budget = f"20k images · width {recipe.network_args['width']} · 0.25 M multiply-adds"
    assert zoo.facts("toys/told")["budget"] == budget
    wall = list(home.wall(zoo, resolve(home.PAGE, zoo, {"data": ["toys"]})))[-1]
    words = " · ".join(f"<span>{part}</span>" for part in budget.split(" · "))
    assert words in wall and wall.count("told the class") == 1  # the one conditional variant is badged
    shown = compare.grids(zoo, resolve(compare.PAGE, zoo, {"data": ["toys"]}))
    caption = shown.partition("<b>Told GAN</b>")[2].partition("<figcaption>")[2].partition("</figcaption>")[0]
    assert caption.startswith(f"{budget}<br>") and "images shown" not in caption  # said once


def test_the_front_page_says_why_latents_do_not_correspond(measured_zoo):
    zoo = Zoo(measured_zoo)
    wall = list(home.wall(zoo, resolve(home.PAGE, zoo, {"data": ["toys"]})))[-1]
    answer = wall.partition(f"<details><summary>{home.WHY}</summary>")[2]
    assert answer.startswith(f"<p>{correspondence.WHY} <a ") and "view=compare" in answer.partition("</details>")[0]
