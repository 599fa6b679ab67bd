"""What the losses of a training told: estimates of a distance, sentences, and their charts."""

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from zoos import FILMED

from demo.draw import charts
from demo.draw.smoothing import smoothed
from demo.zoo import evolution
from demo.zoo.zoo import Zoo
from gan_models import losses  # noqa: F401 - fills the table of losses
from gan_models.registry import LOSSES, register

FIXTURE = "filmed_zoo"


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_estimates_a_distance_where_d_maximises_the_difference_of_its_means(name):
    rng = torch.Generator().manual_seed(0)
    same = []
    for scale in (0.1, 3.0):
        real, fake = (scale * torch.randn(8, generator=rng) for _ in range(2))
        same.append(math.isclose(-LOSSES[name](real, fake)[0], real.mean() - fake.mean(), abs_tol=1e-5))
    assert getattr(LOSSES[name], "estimates_distance", False) == all(same)


def test_critics_tell_the_difference_of_the_mean_scores(zoo):
    critics = evolution.critics(zoo, FILMED)
    (estimate,) = critics.estimates
    assert estimate.key == "toys/critic" and estimate.points == ((40, 2), (400, 8), (800, 0.5), (1600, -0.5))
    assert [estimate.at(n) for n in (0, 40, 500, 9999)] == [None, 2, 8, -0.5]
    assert [curve.key for curve in critics.watched] == ["toys/deep"]
    told, silent = critics.sentences
    assert told.startswith("Critic GAN: ") and "Wasserstein" in told
    assert silent.startswith("Plain GAN, Deep GAN, Told GAN: the loss of each network depends on how good the other")
    assert "--eval-every" in evolution.critics(zoo, ["toys/plain"]).sentences[-1]


def test_what_a_gap_tells_of_these_trainings_is_measured(zoo, filmed_zoo):
    """Averages between looks against the distances: they fall together, or the one rises while the other falls."""
    for name, gap in (("deep", lambda k: 20 - k), ("critic", lambda k: k)):
        points = [{"images": 100 * k, "real_logit": gap(k), "fake_logit": 0, "fd": 30 - k} for k in range(1, 11)]
        (filmed_zoo / "toys" / name / "stats.jsonl").write_text("".join(json.dumps(p) + "\n" for p in points))
    (said,) = [one for one in evolution.critics(zoo, FILMED).sentences if "rank correlation" in one]
    assert said.endswith(
        "it falls with the distance in Deep GAN (+1.00); it rises while the distance falls in Critic GAN (−1.00)."
    )


def test_a_loss_of_somebody_else_is_asked_by_its_own_fact(zoo, filmed_zoo, monkeypatch):
    path = filmed_zoo / "toys" / "critic" / "recipe.json"
    path.write_text(path.read_text().replace('"wasserstein"', '"energy"'))
    critics = evolution.critics(Zoo(filmed_zoo), FILMED)
    assert critics.estimates == () and "Critic GAN: what the loss tells is not known" in critics.sentences[-1]

    def energy(real, fake):
        return fake.mean() - real.mean(), -fake.mean()

    monkeypatch.setitem(LOSSES, "energy", register({}, estimates_distance=True)(energy))
    assert [e.key for e in evolution.critics(Zoo(filmed_zoo), FILMED).estimates] == ["toys/critic"]


def test_an_estimate_that_was_not_recorded_is_said(zoo, filmed_zoo):
    (filmed_zoo / "toys" / "critic" / "stats.jsonl").write_text('{"images": 5, "d_loss": 1}\n')
    critics = evolution.critics(zoo, ["toys/critic"])
    assert critics.estimates == () and critics.sentences == ("Critic GAN: its critic's estimate was not recorded.",)
    (filmed_zoo / "toys" / "critic" / "stats.jsonl").unlink()
    assert evolution.critics(zoo, ["toys/critic"]).estimates == ()


def data(chart) -> list[list[dict]]:
    return list(chart.to_dict()["datasets"].values())


def test_the_chart_of_estimates_has_a_rule_at_the_position(zoo):
    estimates = evolution.critics(zoo, FILMED).estimates
    lines, rule, dots = data(charts.critics(estimates, 500))
    # As shares of the largest, 8; four points are too few to smooth.
    assert [(row["images"], row["value"]) for row in lines] == [(40, 0.25), (400, 1), (800, 0.0625), (1600, -0.0625)]
    assert rule == [{"images": 500}] and dots == [{"images": 400, "value": 1, "line": "Critic GAN"}]
    lines, rule, dots = data(charts.critics(estimates, 0.5, {"toys/critic": 1600}))
    assert [row["images"] for row in lines] == [0.025, 0.25, 0.5, 1] and dots[0]["images"] == rule[0]["images"] == 0.5
    assert len(data(charts.critics(estimates, 10))) == 2  # before the first value there is no dot
    assert len(data(charts.critics(estimates))) == 1
    assert charts.critics([], 5) is None
    below = [evolution.Estimate("a", "A", ((1, -2.0), (2, -1.0)))]
    assert charts.critics(below, 1) is None
    assert "Critic GAN ends at −6 % of it" in charts.critics(estimates).to_dict()["description"]


def test_a_noisy_estimate_is_smoothed_and_its_values_stand_pale_behind():
    """A line that rises from 1 to 5, with one batch far off; the moving median does not see that batch."""
    points = [(k, 1 + k / 100) for k in range(401)]
    points[200] = (200, 900.0)
    estimate = evolution.Estimate("a", "A", tuple(points))
    chart = charts.critics([estimate], 100).to_dict()
    raw, line = chart["layer"][:2]
    assert raw["mark"]["clip"] and raw["mark"]["opacity"] < 0.5 < line["mark"].get("opacity", 1)
    values = {row["images"]: row["value"] for row in chart["datasets"][raw["data"]["name"]]}
    even = {row["images"]: row["value"] for row in chart["datasets"][line["data"]["name"]]}
    top = 4.95  # the median of the last eleven values
    assert values[200] == pytest.approx(900 / top) and even[200] == pytest.approx(3 / top, abs=0.01)
    assert max(even.values()) == 1 == even[400]
    low, high = line["encoding"]["y"]["scale"]["domain"]
    assert low < min(even.values()) and 1 < high < 2, "the axis is that of the line, not of the batch"


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_a_moving_median_lies_among_the_values_around_it(values):
    line = [(3 * k, v) for k, v in enumerate(values)]
    made = smoothed(line)
    assert [x for x, _ in made] == [x for x, _ in line]
    assert all(min(values) <= v <= max(values) for _, v in made)
    if len(line) < 40:
        assert made == line, "a twentieth holds one value"


def test_the_measured_distance_has_a_rule_as_well(zoo):
    watched = evolution.critics(zoo, FILMED).watched
    lines, rule, dots = data(charts.progress(watched, 2500))
    assert [row["images"] for row in lines] == [1000, 2000, 4000] and rule == [{"images": 2500}]
    assert dots == [{"images": 2000, "value": pytest.approx(400 / 19), "line": "Deep GAN"}]
    assert len(data(charts.progress(watched))) == 1
