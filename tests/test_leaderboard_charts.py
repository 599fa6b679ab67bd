"""What was measured, as charts: what each draws, where its axes end, and what it takes."""

import itertools
import json
import math
import re

import pytest
from zoos import block, edit, measure, put

from demo.draw import charts
from demo.draw.charts import costs
from demo.draw.charts.theme import ticks
from demo.zoo import leaderboard
from demo.zoo.zoo import Zoo

FIXTURE = "measured_zoo"


def spec(chart) -> dict:
    """The Vega-Lite specification, after what every chart must have."""
    made = chart.to_dict()
    assert made["width"] == "container" and made["background"] == "transparent"
    assert len(made["description"]) > 40
    assert made["config"]["axis"]["labelColor"] == made["config"]["legend"]["labelColor"] == "currentColor"
    return made


def named(made: dict, name: str) -> dict:
    """A layer by its name."""
    (layer,) = [layer for layer in made["layer"] if layer.get("name") == name]
    return layer


def rows(made: dict, layer: dict) -> list[dict]:
    data = layer.get("data") or made["data"]
    return made["datasets"][data["name"]] if "name" in data else data["values"]


def scales(made: dict, channel: str) -> list[dict]:
    return [
        layer["encoding"][channel]["scale"] for layer in made["layer"] if "scale" in layer["encoding"].get(channel, {})
    ]


@pytest.mark.parametrize("against", leaderboard.COSTS)
def test_quality_chart(zoo, against):
    table = leaderboard.leaderboard(zoo, "toys")
    made = spec(charts.quality(table, against))
    for channel in "xy":
        found = scales(made, channel)
        assert found and all(scale == found[0] and scale["type"] == "log" for scale in found)
    points = [p for layer in ("best", "beaten", "told") for p in rows(made, named(made, layer))]
    assert [p["key"] for p in rows(made, named(made, "told"))] == ["toys/told"]
    assert {p["key"]: (p["x"], p["fd"]) for p in points} == {
        row.key: (row.values[against], row.values["fd"]) for row in table.rows
    }
    assert {p["key"] for p in rows(made, named(made, "best"))} == set(table.fronts[against])
    (left, right), (low, high) = (scales(made, channel)[0]["domain"] for channel in "xy")
    assert all(left < p["x"] < right and low < p["fd"] < high for p in points)
    spread = {p["key"]: (p["least"], p["most"]) for p in rows(made, named(made, "spread"))}
    assert spread["toys/plain"] == (38.5, 41.5)
    assert rows(made, named(made, "anchors")) == []  # none lies in the range of the variants
    beyond = [layer for layer in made["layer"] if "beyond" in layer.get("name", "")]
    assert {layer["name"]: rows(made, layer)[0]["text"] for layer in beyond} == {
        "beyond_above_0": "▲ One class only: 165", "beyond_above_1": "▲ Noise: 60.0",
        "beyond_below_0": "▼ Real training images: 0.860",
    }  # fmt: skip
    assert all(
        re.fullmatch(r"\w+", layer.get("name", "x"), re.ASCII) for layer in made["layer"]
    )  # Vega makes names of them
    names = [row["title"] for side in ("left", "right") for row in rows(made, named(made, f"names_{side}"))]
    assert sorted(names) == sorted(p["title"] for p in rows(made, named(made, "best")))  # the others' are on hover
    assert "title" in [tip["field"] for tip in named(made, "beaten")["encoding"]["tooltip"]]
    assert leaderboard.COSTS[against] in named(made, "best")["encoding"]["x"]["title"]
    assert "FD-toys-cnn" in made["description"] and "Deep GAN with 12.3" in made["description"]


def test_the_front_is_a_staircase_that_no_variant_lies_below(zoo):
    made = spec(charts.quality(leaderboard.leaderboard(zoo, "toys"), "parameters"))
    front = named(made, "front")
    assert front["mark"]["interpolate"] == "step-after"
    right, high = (scales(made, channel)[0]["domain"][1] for channel in "xy")
    assert [(p["x"], p["fd"]) for p in rows(made, front)] == [
        (1000, high), (1000, 40), (4000, 12.31), (right, 12.31),
    ]  # fmt: skip


def test_names_in_the_quality_chart_do_not_overlap_and_stand_below_the_front(measured_zoo):
    for i in range(9):
        folder = measured_zoo / "toys" / f"more{i}"
        put(folder, name=f"more{i}", title=f"Another GAN {i}", year=2020)
        measure(folder, block(20 - i / 3), cost={"parameters": 2000 + i})
    made = spec(charts.quality(leaderboard.leaderboard(Zoo(measured_zoo), "toys")))
    low, high = scales(made, "y")[0]["domain"]
    names = [p for side in ("left", "right") for p in rows(made, named(made, f"names_{side}"))]
    twins = [p for p in names if p["title"].startswith("Another")]
    heights = sorted(math.log(p["label"] / low) / math.log(high / low) * costs.HEIGHT for p in twins)
    assert len(heights) == 9 and min(b - a for a, b in itertools.pairwise(heights)) > costs.LINE * 0.9
    assert all(p["label"] < p["fd"] for p in names)


def test_the_axis_of_the_quality_chart_is_the_range_of_the_variants(toys, zoo):
    """The mean image does not stretch it: anchors beyond are words at its end, one within is a mark at the edge."""
    edit(toys / "anchors.json", lambda c: c["rows"][1]["figures"]["fd"].update(mean=20))
    made = spec(charts.quality(leaderboard.leaderboard(zoo, "toys")))
    assert [(a["fd"], a["text"]) for a in rows(made, named(made, "anchors"))] == [(20, "Noise: 20.0")]
    low, high = scales(made, "y")[0]["domain"]
    taken = math.log(40 / 12.31) / math.log(high / low)
    assert taken > 0.65  # of the height; with the mean image it would be a fifth


def test_a_front_without_variants_is_said(toys, zoo):
    edit(toys / "anchors.json", lambda c: c["rows"][1]["figures"]["fd"].update(mean=17))
    measure(toys / "deep", block(18), cost={"parameters": 1})
    assert "On the Pareto front: none" in spec(charts.quality(leaderboard.leaderboard(zoo, "toys")))["description"]


@pytest.mark.parametrize("fd", [0, -0.1, 1e-9, 1e12])
def test_the_quality_chart_takes_any_distance(toys, zoo, fd):
    measure(toys / "plain", block(fd, 5))
    for row in rows(made := spec(charts.quality(leaderboard.leaderboard(zoo, "toys"))), named(made, "spread")):
        assert row["fd"] > 0 and row["least"] > 0
    for side in ("left", "right"):
        assert all(row["label"] > 0 for row in rows(made, named(made, f"names_{side}")))
    json.dumps(made, allow_nan=False)


def test_a_single_variant_makes_a_chart(toys, zoo):
    for name in ("plain", "told"):
        (toys / name / "metrics.json").unlink()
    (toys / "anchors.json").unlink()
    made = spec(charts.quality(leaderboard.leaderboard(zoo, "toys")))
    low, high = scales(made, "y")[0]["domain"]
    assert low < 12.31 < high and len(rows(made, named(made, "best"))) == 1


def test_a_cost_of_nothing_has_no_place_on_a_logarithmic_axis(toys, zoo):
    measure(toys / "deep", block(1), cost={"images": 0})  # beats all, for nothing
    made = spec(charts.quality(leaderboard.leaderboard(zoo, "toys"), "images"))
    assert [p["key"] for p in rows(made, named(made, "best"))] == ["toys/plain"]


def test_charts_without_data_are_none(zoo):
    assert charts.quality(leaderboard.leaderboard(zoo, "photos")) is None
    assert charts.collapse(leaderboard.shares(zoo, "photos")) is None
    assert charts.gain(leaderboard.leaderboard(zoo, "photos")) is None
    assert charts.curves(leaderboard.curves(zoo, "toys/plain")) == []
    assert charts.progress([leaderboard.curves(zoo, "toys/plain")]) is None and charts.progress([]) is None
    assert charts.shares_over_training(leaderboard.curves(zoo, "toys/plain")) is None


def test_curve_charts(zoo):
    curve = leaderboard.curves(zoo, "toys/deep")
    losses, scores, distance = map(spec, charts.curves(curve))
    assert [made["title"] for made in (losses, scores, distance)] == [
        "Losses", "Mean scores of D", "FD-toys-cnn, n = 2,000 (log scale)",
    ]  # fmt: skip
    line = losses["layer"][0]
    data = rows(losses, line)
    assert [p["value"] for p in data if p["line"] == "D"] == curve.columns["d_loss"]
    assert (
        line["encoding"]["color"]["scale"]["domain"] == ["D", "G"] == line["encoding"]["strokeDash"]["scale"]["domain"]
    )
    assert len(set(map(tuple, line["encoding"]["strokeDash"]["scale"]["range"]))) == 2
    assert {p["line"] for p in rows(scores, scores["layer"][0])} == {"real images"}
    assert [p["images"] for p in rows(distance, distance["layer"][0])] == [1000, 2000, 4000]
    assert distance["layer"][0]["encoding"]["y"]["scale"]["type"] == "log"
    assert "D from 0.990 to 0.600" in losses["description"]


def test_unknown_columns_of_a_curve_have_charts_of_their_own(toys, zoo):
    lines = [{"images": i, "path_length": i * 2.0} for i in (1, 2)]
    (toys / "plain" / "stats.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (made,) = map(spec, charts.curves(leaderboard.curves(zoo, "toys/plain")))
    assert made["title"] == "path_length"


def test_progress_compares_only_what_is_comparable(toys, zoo):
    for name, n in (("plain", 2000), ("told", 500)):
        for file in ("recipe.json", "stats.jsonl"):
            content = (
                (toys / "deep" / file).read_text().replace('"Deep GAN"', f'"{name}"').replace('"n": 2000', f'"n": {n}')
            )
            (toys / name / file).write_text(content.replace('"name": "deep"', f'"name": "{name}"'))
    made = spec(charts.progress([leaderboard.curves(zoo, key) for key in ("toys/deep", "toys/plain", "toys/told")]))
    assert made["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["Deep GAN", "plain"]


def test_the_longest_names_of_a_legend_fit_a_phone(toys, zoo):
    content = (toys / "deep" / "recipe.json").read_text().replace('"Deep GAN"', '"Plain"')
    (toys / "plain" / "recipe.json").write_text(content.replace('"name": "deep"', '"name": "plain"'))
    (toys / "plain" / "stats.jsonl").write_text((toys / "deep" / "stats.jsonl").read_text())
    made = spec(charts.progress([leaderboard.curves(zoo, key) for key in ("toys/deep", "toys/plain")]))
    (columns,) = set(re.findall(r'"columns": {"expr": "(.*?)"}', json.dumps(made)))
    limit, few = re.fullmatch(r"width < (\d+) \? (\d+) : 3", columns).groups()
    label, symbol, phone = made["config"]["legend"]["labelLimit"], 25, 358
    assert int(few) * (label + symbol) <= phone < int(limit), "pixels of all columns; 358 is what a phone of 390 has"


def test_collapse_chart_shows_every_class_of_every_variant_against_real_images(zoo):
    made = spec(charts.collapse(leaderboard.shares(zoo, "toys")))
    cells, text = made["layer"]
    assert (cells["mark"]["type"], text["mark"]["type"]) == ("rect", "text")
    table = {(c["variant"], c["class"]): c for c in rows(made, cells)}
    assert len(table) == 4 * 3
    assert [table["Real images", k]["over"] for k in ("zero", "one", "two")] == [0, 0, 0]
    assert table["Plain GAN", "zero"]["over"] == pytest.approx(math.log2(0.7 / 0.3))
    assert table["Plain GAN", "two"]["over"] == -2  # 5 % for 35 %: beyond the end of the scale
    assert (table["Plain GAN", "zero"]["percent"], table["Plain GAN", "two"]["percent"]) == ("70", "5.0")
    scale = cells["encoding"]["color"]["scale"]
    assert scale["domain"] == [-2, 0, 2] and scale["clamp"]
    assert cells["encoding"]["x"]["sort"] == ["zero", "one", "two"]
    assert cells["encoding"]["y"]["sort"][0] == "Real images"
    assert "Plain GAN two (5.0 % for 35.0 %)" in made["description"]


def test_collapse_chart_of_lost_classes_and_without_real_images(toys, zoo):
    (toys / "anchors.json").unlink()
    measure(toys / "plain", block(9, 0, (1.0, 0.0, 0.0)))
    made = spec(charts.collapse(leaderboard.shares(zoo, "toys")))
    cells = {(c["variant"], c["class"]): c for c in rows(made, made["layer"][0])}
    assert (
        len(cells) == 3 * 3 and cells["Plain GAN", "one"]["over"] == -2 and cells["Plain GAN", "one"]["percent"] == "0"
    )
    assert cells["Deep GAN", "zero"]["over"] == pytest.approx(math.log2(0.9))
    assert "even share" in made["layer"][0]["encoding"]["color"]["legend"]["title"]


def test_shares_over_training_are_stacked_in_the_order_of_the_classes(zoo):
    made = spec(charts.shares_over_training(leaderboard.curves(zoo, "toys/deep")))
    areas, names = named(made, "areas"), named(made, "names")
    assert areas["encoding"]["y"]["stack"] == "zero" and areas["encoding"]["order"]["field"] == "place"
    data = rows(made, areas)
    assert [(p["images"], p["class"], p["share"]) for p in data[:3]] == [
        (1000, "zero", 0.1), (1000, "one", 0.2), (1000, "two", pytest.approx(0.7)),
    ]  # fmt: skip
    assert areas["encoding"]["color"]["scale"]["domain"] == ["zero", "one", "two"]
    assert [(p["class"], pytest.approx(p["middle"])) for p in rows(made, names)] == [
        ("zero", 0.05), ("one", 0.2), ("two", 0.65),
    ]  # fmt: skip
    assert "zero is the rarest with 10.0 %" in made["description"]


def test_gain_chart_has_a_line_at_nothing_and_keeps_scratch_apart(zoo):
    made = spec(charts.gain(leaderboard.leaderboard(zoo, "toys")))
    zero, spread, points = made["layer"]
    assert rows(made, zero) == [{"gain": 0}]
    data = {(p["line"], p["real"]): p for p in rows(made, points)}
    assert set(data) == {("Told GAN", "50"), ("Told GAN", "200"), ("Told GAN, trained on these images alone", "50")}
    one = data["Told GAN", "200"]
    assert (one["least"], one["gain"], one["most"]) == pytest.approx((3, 5, 7))
    assert points["encoding"]["x"]["sort"] == ["50", "200"] and spread["encoding"]["y2"]["field"] == "most"


@pytest.mark.parametrize("text", ["<b>", "$1$", "a]b[c.d'e\"f\\", "datum.x", "x" * 100, ""])
def test_charts_take_any_title_and_class_name(toys, text):
    edit(toys / "deep" / "recipe.json", lambda content: content["recipe"].update(title=text))
    for file in ("plain/metrics.json", "deep/metrics.json", "told/metrics.json"):
        edit(toys / file, lambda c: c["measured"]["toys-cnn"].update(class_names=[text, "b", "c"]))
    (toys / "anchors.json").unlink()
    zoo = Zoo(toys.parent)
    table = leaderboard.leaderboard(zoo, "toys")
    made = spec(charts.quality(table))
    assert len({row["title"] for row in rows(made, named(made, "spread"))}) == 3
    spec(charts.collapse(leaderboard.shares(zoo, "toys")))
    spec(charts.shares_over_training(leaderboard.curves(zoo, "toys/deep")))


def test_ticks_are_round_and_few():
    assert ticks(0.8, 400) == [1, 3, 10, 30, 100, 300]
    assert ticks(200_000, 700_000) == [2e5, 3e5, 5e5, 7e5]
    for low, high in ((1e-6, 1e9), (9.9, 10.2), (3, 4), (1, 1.5)):
        made = ticks(low, high)
        assert 1 <= len(made) < 10 and all(low <= tick <= high for tick in made)
