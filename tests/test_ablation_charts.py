"""Charts of what a trick did: training seeds, the parent's range, single checkpoints."""

from zoos import RUNS, record_runs

from demo.draw import charts
from demo.zoo import ablation

FIXTURE = "family_zoo"


def data_of(chart) -> list[dict]:
    """All rows of a chart's data."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_the_chart_has_a_dot_per_training_seed_and_the_parents_range_as_a_band(zoo, toys):
    record_runs(toys)
    found = ablation.ablation(zoo, "toys")
    chart = charts.ablation(found, "seeds", "fd")
    rows = data_of(chart)
    dots = {(row["variant"], row["seed"]): (row["value"], row["verdict"]) for row in rows if "seed" in row}
    assert dots == {
        **{("Root GAN", str(s)): (v, "parent") for s, v in enumerate(RUNS["root"]["fd"])},
        **{("Noisy GAN", str(s)): (v, "▲ better") for s, v in enumerate(RUNS["noisy"]["fd"])},
    }
    assert [(row["least"], row["most"]) for row in rows if "least" in row] == [(20, 22)]
    assert sorted(row["mean"] for row in rows if "mean" in row) == [16, 21]
    words = chart.to_dict()["description"]
    assert "Root GAN, from 20.0 to 22.0 over its training seeds" in words
    assert "Noisy GAN: FD-toys-cnn 21.0 → 16.0 (−5.00), better" in words
    shapes = {layer["mark"].get("shape") for layer in chart.to_dict()["layer"]}
    assert {"square", "triangle-up"} <= shapes
    assert charts.ablation(found, "zoo", "fd") is None and charts.ablation(found, "seeds", "kd") is None


def test_the_chart_of_single_checkpoints_has_hollow_marks_and_no_mean(zoo):
    chart = charts.ablation(ablation.ablation(zoo, "toys"), "zoo", "coverage")
    rows = data_of(chart)
    assert not any("mean" in row for row in rows)
    marks = [layer["mark"] for layer in chart.to_dict()["layer"] if layer["mark"].get("shape") == "triangle-down"]
    assert [mark["fill"] for mark in marks] == ["transparent"]
