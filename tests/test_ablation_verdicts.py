"""What may be said of a trick: the rule of the verdicts, their sentences, which trainings may be compared."""

from dataclasses import replace

import numpy as np
import pytest

from demo.zoo.columns import Column
from demo.zoo.effects import Effect, judge, sentence
from gan_models import Recipe
from gan_models.conditions import budget, conditions, unlike
from gan_models.metrics.seeds import LUCK

FD = Column("fd", "FD-x", "", "", 1, "lower")
RECALL = Column("recall", "Recall", "", "", 3, "higher")


# The rule ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "parent", "child", "verdict", "reason"),
    [
        (FD, (20, 22, 21), (15, 16, 17), "better", ""),  # by 5, and neither moved by more than 2
        (RECALL, (20, 22, 21), (15, 16, 17), "worse", ""),
        (FD, (15, 16, 17), (20, 22, 21), "worse", ""),
        (RECALL, (0.5, 0.5, 0.5), (0.6, 0.6, 0.6), "better", ""),
        (FD, (20, 22, 21), (18, 20, 19), "unclear", "within the spread"),  # just as large as the spread
        (FD, (20, 21, 20), (18, 13, 11), "unclear", "within the spread"),  # by 6.3, and the child moved by 7
        (FD, (20, 22, 21), (15, 23, 10), "unclear", "the seeds disagree"),
        (FD, (20, 20, 20), (10, 20, 10), "unclear", "the seeds disagree"),
        (FD, (20, 22), (15, 18), "unclear", "within the spread"),  # by 4.5; twice the spread is 6
        (FD, (20, 22), (13, 15), "better", ""),  # by 7; twice the spread is 4
    ],
)
def test_several_seeds(column, parent, child, verdict, reason):
    made = judge(column, range(len(parent)), parent, child)
    assert (made.verdict, made.reason) == (verdict, reason)
    assert made.difference == pytest.approx(sum(child) / len(child) - sum(parent) / len(parent))
    assert (
        not made.hint and made.mark == {"better": "▲ better", "worse": "▼ worse", "unclear": "○ inconclusive"}[verdict]
    )


def test_the_numbers_behind_a_verdict():
    made = judge(FD, (0, 1, 4), (20, 22, 21), (15, 16, 18))
    assert made.differences == (-5, -6, -3) and made.seeds == (0, 1, 4)
    assert (made.before, made.after, made.spread) == (21, pytest.approx(49 / 3), 3)  # 18 - 15 is wider than 22 - 20


@pytest.mark.parametrize(("after", "verdict"), [(18.0, "better"), (19.0, "unclear"), (22.0, "worse")])
def test_one_seed_is_a_hint_against_the_sampling_spread(after, verdict):
    made = judge(FD, (0,), (20.0,), (after,), (0.3, 0.4))
    assert made.spread == pytest.approx(1.0)  # twice the root of 0.09 + 0.16
    assert made.verdict == verdict and made.hint
    assert made.mark == {"better": "△ better?", "worse": "▽ worse?", "unclear": "○ inconclusive"}[verdict]
    assert made.reason == ("within the sampling spread" if verdict == "unclear" else "")


@pytest.mark.parametrize("seeds", LUCK)
def test_luck_passes_as_often_as_the_page_says(seeds):
    draws = np.random.default_rng(0).standard_normal((4000, 2, seeds))
    seen = sum(judge(FD, range(seeds), *draw).verdict != "unclear" for draw in draws.tolist())
    assert 100 * seen / len(draws) == pytest.approx(LUCK[seeds], abs=1)


# Sentences --------------------------------------------------------------------------------------------------


def effect(column: Column, parent, child, sampling=(0.0, 0.0)) -> Effect:
    return judge(column, range(len(parent)), parent, child, sampling)


DOWN, UP = effect(FD, (5, 5), (4, 4)), effect(FD, (5, 5), (6, 6))
MORE, LESS = effect(RECALL, (0.5, 0.5), (0.6, 0.6)), effect(RECALL, (0.5, 0.5), (0.4, 0.4))
SAME, UNSURE = effect(RECALL, (0.5, 0.5), (0.4, 0.6)), effect(FD, (5, 5), (4, 6))


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ([DOWN, MORE], "X made figures better: FD-x fell from 5.00 to 4.00 and recall rose from 0.500 to 0.600."),
        ([UP, LESS], "X made figures worse: FD-x rose from 5.00 to 6.00 and recall fell from 0.500 to 0.400."),
        (
            [DOWN, LESS],
            "X made some figures better and others worse: FD-x fell from 5.00 to 4.00, but recall fell from 0.500 to "
            "0.400.",
        ),
        (
            [DOWN, SAME],
            "X made figures better: FD-x fell from 5.00 to 4.00. No difference in recall can be distinguished from "
            "chance.",
        ),
        (
            [UNSURE, SAME],
            "X made no visible difference: no difference in FD-x or recall can be distinguished from chance.",
        ),
    ],
)
def test_sentences(seen, said):
    assert sentence("X", seen, (FD, RECALL)) == f"Over 2 training seeds, {said}"


def test_the_sentence_of_one_seed_promises_nothing():
    seen = [effect(FD, (5,), (4,), (0.1, 0.1)), effect(RECALL, (0.5,), (0.51,), (0.1, 0.1))]
    assert sentence("X", seen, (FD, RECALL), 600_000) == (
        "One training seed of X (600,000 images), so no more than a hint: FD-x fell from 5.00 to 4.00. No difference "
        "in recall is larger than the sampling spread."
    )


def test_a_distance_is_told_with_three_digits_and_no_zero_with_a_minus():
    assert [FD.brief(value) for value in (12.345, 0.06059, 146.2)] == ["12.3", "0.0606", "146"]
    assert [FD.brief(value, "+") for value in (0.5, -0.5, 0.0)] == ["+0.500", "−0.500", "+0"]
    assert RECALL.brief(-0.0001, "+") == "+0.000" and RECALL.brief(-0.001, "+") == "−0.001"


# What may be compared ---------------------------------------------------------------------------------------


def test_a_budget_is_what_was_planned_and_no_more_than_was_shown():
    assert budget({"images": 300_032, "planned_images": 300_000}) == 300_000  # a run ends with a whole step
    assert budget({"images": 1000, "planned_images": 300_000}) == 1000
    assert (
        budget({"images": 5}) == 5 and budget({}) is None and budget({"images": "many", "planned_images": True}) is None
    )


def test_what_keeps_two_trainings_apart_is_named():
    recipe = Recipe("a", network_args={"width": 32}, batch=32)
    about = {"dataset": "mnist", "data_hash": "aa", "images": 600_000, "seed": 0}
    mine = conditions(recipe, about)
    assert unlike(mine, conditions(replace(recipe, loss="hinge", z_dim=9, critic_steps=5), about)) == ()
    other = conditions(replace(recipe, batch=64, network_args={}), {**about, "images": 1_800_000, "seed": 1})
    assert unlike(other, mine) == (
        "1,800,000 images shown instead of 600,000", "batch 64 instead of 32",
        "width default instead of 32", "training seed 1 instead of 0",
    )  # fmt: skip
    # Other networks are a change of the variant, and have no width in common.
    assert unlike(conditions(replace(recipe, network="resnet", network_args={"width": 8}), about), mine) == ()
    assert unlike(conditions(recipe, {}), mine)[0] == "data unknown instead of mnist"
    assert unlike(conditions(recipe, {}), conditions(recipe, {})) == ()
