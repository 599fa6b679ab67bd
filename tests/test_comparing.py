"""Comparing variants: orders of two measures, equal budgets, ties over training seeds, what a loss tells."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_models.folder import CheckpointError
from gan_models.metrics import budget, curves, orders, seeds
from gan_models.metrics.budget import Look
from gan_models.metrics.seeds import Runs

few = settings(max_examples=60, deadline=None)
values = st.dictionaries(st.sampled_from("abcdefg"), st.floats(0, 100), max_size=7)


# Orders


def test_where_two_measures_disagree():
    found = orders.agreement({"a": 1, "b": 2, "c": 3, "d": 4}, {"a": 1, "b": 4, "c": 3, "d": 2, "e": 0})
    assert found.pairs == 6 and found.tau == 0
    assert [(d.first, d.second) for d in found.disagreements] == [("b", "d"), ("b", "c"), ("c", "d")]
    assert found.places == {"a": (1, 1), "b": (2, 4), "c": (3, 3), "d": (4, 2)}
    assert found.sentence() == "The two agree on 3 of 6 pairs (Kendall's tau 0.00)."


def test_a_tie_agrees_with_everything():
    found = orders.agreement({"a": 1, "b": 1.5}, {"a": 2, "b": 1}, {"b": 0.5})
    assert (found.pairs, found.tau, found.disagreements) == (0, None, ())
    assert found.sentence() == "No pair of variants differs by both measures."
    assert orders.agreement({"a": 1, "b": 1.5}, {"a": 2, "b": 1}, {"b": 0.49}).pairs == 1


@few
@given(a=values, b=values)
def test_the_order_of_measures_does_not_matter(a, b):
    one, other = orders.agreement(a, b), orders.agreement(b, a)
    assert (one.tau, one.pairs) == (other.tau, other.pairs)
    assert {(d.first, d.second) for d in one.disagreements} == {(d.second, d.first) for d in other.disagreements}
    assert one.tau is None or -1 <= one.tau <= 1
    assert orders.agreement(a, a).disagreements == ()


@pytest.mark.parametrize(("a", "spread"), [({"a": math.nan}, {}), ({"a": 1}, {"a": -1}), ({"a": 1}, {"a": math.inf})])
def test_what_is_no_value_is_refused(a, spread):
    with pytest.raises(ValueError, match="finite"):
        orders.agreement(a, {"a": 1}, spread)


# Equal budgets


def run(*pairs):
    return tuple(Look(images, fd) for images, fd in pairs)


RUNS = {
    "long": run((20_000, 9), (40_000, 7), (60_000, 5), (80_000, 4)),
    "short": run((20_016, 8), (40_032, 6)),
    "other": run((30_000, 3), (50_000, 2)),
    "blind": (),
}


def test_all_stand_at_the_same_number_of_images():
    found = budget.equal_budget(RUNS)
    assert found.images == 40_000  # most share 20,000 and 40,000; the larger one counts
    assert found.at == {"short": Look(40_032, 6), "long": Look(40_000, 7)}  # best first
    assert found.missing == {
        "other": "It was measured at other numbers of images, the nearest 30,000.",
        "blind": "Nobody measured it while it was trained.",
    }
    assert budget.budgets(RUNS) == (20_000, 40_000)


def test_a_budget_that_is_asked_for_is_kept():
    found = budget.equal_budget(RUNS, 80_000)
    assert found.at == {"long": Look(80_000, 4)}
    assert found.missing["short"] == "It was measured up to 40,032 images only."


def test_no_common_budget_is_said():
    found = budget.equal_budget({"a": run((100, 1)), "b": run((200, 1)), "c": ()})
    assert found.images is None and found.at == {}
    assert found.missing["a"] == "No other variant was measured at the same numbers of images."
    assert budget.equal_budget({}).at == {}


@few
@given(
    st.dictionaries(st.sampled_from("abcde"), st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 9)), max_size=8))
)
def test_every_budget_that_is_offered_is_shared_by_as_many_as_can_be(made):
    runs = {name: run(*sorted(dict(pairs).items())) for name, pairs in made.items()}
    offered = budget.budgets(runs)
    counts = [len(budget.equal_budget(runs, images).at) for images in offered]
    assert all(count == counts[0] >= 2 for count in counts)
    for images in offered:
        found = budget.equal_budget(runs, images)
        assert found.at.keys() | found.missing.keys() == runs.keys() and not found.at.keys() & found.missing.keys()
        assert all(abs(look.images - images) <= budget.TOLERANCE * images for look in found.at.values())
        assert [look.fd for look in found.at.values()] == sorted(look.fd for look in found.at.values())


def test_looks_are_read_from_a_curve_and_damage_is_left_out():
    points = [
        {"images": 10, "d_loss": 1}, {"images": 20, "fd": 2.5, "shares": [0.5, 0.5]}, {"images": "x", "fd": 1},
        {"images": 30, "fd": math.nan}, {"images": 5, "fd": 3, "shares": ["a"]}, {"fd": 1}, {"images": True, "fd": 1},
    ]  # fmt: skip
    assert budget.looks(points) == (Look(5, 3.0), Look(20, 2.5, (0.5, 0.5)))


def test_the_frame_of_a_film_that_is_nearest():
    assert budget.frame([0, 768, 3040, 6816], 5000) == 3
    assert budget.frame([0, 100], 50) == 0 and budget.frame([], 5) is None


# What a loss tells


def training(distance, loss, looks=12, every=100):
    """Points of a curve: ten between two looks, with noise that averages out."""
    points = []
    for k in range(1, looks + 1):
        for i in range(1, 11):
            at = (k - 1) * every + i * every // 10
            noise = (-1) ** i * 5
            point = {"images": at, "real_logit": loss(k) + noise, "fake_logit": 0.0, "d_loss": -loss(k), "g_loss": 0.0}
            points.append(point | ({"fd": distance(k)} if i == 10 else {}))
    return points


def test_a_loss_that_falls_with_the_distance_follows_it():
    found = curves.told(training(lambda k: 20 - k, lambda k: 2 * (20 - k)))
    assert found.rho == pytest.approx(1) and found.verdict == "follows"
    assert found.averages == pytest.approx([2 * (20 - k) for k in range(1, 13)])  # the noise is gone
    assert curves.told(training(lambda k: 20 - k, lambda k: 2 * (20 - k)), "d_loss").verdict == "opposes"


def test_a_loss_that_moves_by_itself_tells_nothing():
    found = curves.told(training(lambda k: 20 - k, lambda k: (k * 5) % 7))
    assert abs(found.rho) < 0.5 and found.verdict == "tells nothing"
    assert curves.told(training(lambda k: 20 - k, lambda k: 3)).rho == 0


def test_too_few_looks_tell_nothing_at_all():
    assert curves.told(training(lambda k: 20 - k, lambda k: k, looks=curves.FEWEST - 1)) is None
    assert curves.told([]) is None and curves.told([{"images": 1, "d_loss": 2}]) is None
    with pytest.raises(ValueError, match="there is no curve 'loss'"):
        curves.told([], "loss")


def test_the_start_of_a_run_does_not_count():
    points = training(lambda k: 100 - k, lambda k: 1000 if k == 1 else k, looks=40)
    assert curves.told(points).images[0] == 300  # a twentieth of 4,000 is 200


@few
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=2, max_size=12))
def test_rank_correlation_is_that_of_the_ranks(pairs):
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    # The mean rank of a value: those below it, and half of those that equal it.
    x, y = (((v[:, None] > v).sum(1) + ((v[:, None] == v).sum(1) + 1) / 2) for v in (a, b))
    expected = np.corrcoef(x, y)[0, 1] if x.std() and y.std() else 0
    assert curves.spearman(a.tolist(), b.tolist()) == pytest.approx(expected)


# Training seeds


def runs(*of):
    return Runs(tuple(of), tuple(range(len(of))))


def test_mean_spread_and_text():
    assert runs(1, 2, 3).mean == 2 and runs(1, 2, 3).spread == 1 and runs(1, 2, 3).range == 2
    assert runs(1, 2, 3).text() == "2 ± 1 (3 trainings)" and runs(0.5).text() == "0.5 (1 training)"
    assert runs(4).spread is None


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ((20, 22, 21), (15, 16, 17), True),
        ((20, 22, 21), (18, 20, 19), False),  # as far apart as one moved
        ((20, 22, 21), (15, 23, 10), False),  # the seeds disagree
        ((20, 22), (15, 18), False),  # two seeds: twice the range
        ((20, 22), (13, 15), True),
        ((20,), (1,), False),
    ],
)
def test_a_difference_within_the_spread_is_a_tie(a, b, apart):
    assert seeds.differs(runs(*a), runs(*b)) is seeds.differs(runs(*b), runs(*a)) is apart


@pytest.mark.parametrize("count", seeds.LUCK)
def test_chance_passes_as_often_as_is_said(count):
    draws = np.random.default_rng(0).standard_normal((4000, 2, count))
    passed = sum(seeds.differs(runs(*a), runs(*b)) for a, b in draws.tolist())
    assert 100 * passed / len(draws) == pytest.approx(seeds.LUCK[count], abs=1)


def test_a_rank_is_a_range_where_there_are_ties():
    found = seeds.places({"far": runs(9, 9.2, 9.1), "b": runs(2, 2.4, 2.2), "a": runs(2.1, 2.5, 1.9)})
    assert list(found) == ["a", "b", "far"]
    assert [place.text() for place in found.values()] == ["1 to 2", "1 to 2", "3"]
    assert found["a"].ties == ("b",) and found["far"].ties == ()


@few
@given(
    st.dictionaries(
        st.sampled_from("abcde"), st.lists(st.floats(0, 9), min_size=1, max_size=4).map(lambda v: runs(*v)), min_size=1
    )
)
def test_places_hold_together(made):
    found = seeds.places(made)
    for name, place in found.items():
        assert 1 <= place.best <= place.worst <= len(made)
        assert place.worst - place.best == len(place.ties)
        assert all(name in found[other].ties for other in place.ties)


RECORD = {
    "format": 1,
    "recipes": {"p": {"parent": ""}, "c": {"parent": "p"}, "d": {"parent": "p"}, "e": {"parent": "gone"}},
    "runs": [
        {"variant": v, "seed": s, "figures": {"fd": {"mean": 5 + s, "spread": 0}, "recall": {"mean": 0.5, "spread": 0}}}
        for v, n in (("p", 3), ("c", 3), ("d", 2), ("e", 3))
        for s in range(n)
    ],
}


def test_a_record_gives_runs_by_variant_and_the_number_of_comparisons(tmp_path):
    (tmp_path / "seeds.json").write_text(json.dumps(RECORD))
    content = seeds.read(tmp_path / "seeds.json")
    assert seeds.of(content)["d"] == Runs((5.0, 6.0), (0, 1))
    assert seeds.of(content, "nothing") == {}
    # c against p and d against p, in two figures: of three seeds and of two.
    found = seeds.comparisons(content, ["fd", "recall", "coverage"])
    assert found.comparisons == 4 and found.by_chance == pytest.approx((2 * 5 + 2 * 7) / 100)
    assert found.sentence().startswith("4 comparisons were made; if no trick did anything, about 0.2 of them")
    assert seeds.chance([1, 1]).comparisons == 0 and seeds.chance([9]).by_chance == 0.01


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"format": 9, "runs": []}',
        '{"format": 1, "runs": [{"variant": 1}]}',
        *(
            json.dumps({**RECORD, **odd})
            for odd in (
                {"recipes": "x"},
                {"recipes": ["p"]},
                {"recipes": {"p": "x"}},
                {"recipes": {"p": {"parent": ["p"]}}},
                {"pictures": "x"},
                {"pictures": ["x"]},
            )
        ),
    ],
)
def test_a_damaged_record_is_one_sentence(tmp_path, content):
    (tmp_path / "seeds.json").write_text(content)
    with pytest.raises(CheckpointError) as caught:
        seeds.read(tmp_path / "seeds.json")
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert seeds.read(tmp_path / "none.json") == {}
