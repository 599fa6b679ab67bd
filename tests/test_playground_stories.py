"""The playground's stories, its claims, and what it draws."""

import json
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import altair as alt
import numpy as np
import pytest

from demo.draw import playground as draw
from demo.draw import playground_theory as theory
from demo.zoo.playground import REACH, Run, Settings, apart, claims, dirac, distances, g_losses, game, minimax, stories
from demo.zoo.playground.__main__ import main, make
from demo.zoo.playground.claims import SAID
from demo.zoo.playground.plots import PLOTS
from demo.zoo.playground.stories import FOLDER, unpacked
from gan_models.folder import read_recipe
from gan_models.recipe import Recipe
from train import recipes

EVIL = '<img src=x onerror="alert(1)">&\'"'


@pytest.fixture(scope="module")
def run():
    made = Run(Settings(width=16, batch=32, steps=30), [Recipe(name="a", title=EVIL), Recipe(name="b", loss="hinge")])
    list(made.advance(every=10))
    return made


# Stories


def test_every_story_ships_and_all_are_small():
    assert stories.names() == tuple(PLOTS)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 700_000
    assert {path.stem for path in FOLDER.iterdir()} == set(PLOTS)


@pytest.mark.parametrize("name", PLOTS)
def test_a_story_names_a_lesson_and_can_be_gone_on_with(name):
    one, known = stories.story(name), recipes()
    assert one.lesson in known and name in stories.of_lesson(one.lesson)
    assert one.settings == PLOTS[name].settings and one.variants == PLOTS[name].variants  # made from the plot as it is
    assert one.frames[0].step == 0 and one.frames[-1].step == one.settings.steps
    for frame in one.frames:
        assert len(frame.views) == len(one.titles) == len(one.variants)
    assert one.outcome.count(" % good samples") == len(one.titles)
    live = Run(one.settings, [read_recipe(Path("checkpoints/mnist") / v)[0] for v in one.variants], one.changes)
    first, kept = live.frames[0].views[0], one.frames[0].views[0]
    assert np.abs(first.fake[: len(kept.fake)].astype(float) - kept.fake).max() < 0.02  # the same run from the start
    assert live.notes == one.notes


def test_a_story_is_the_run_that_its_plot_describes():
    plot = replace(PLOTS["noise"], settings=Settings(data="blobs", batch=16, width=8, steps=20), labels=())
    known = {name: read_recipe(Path("checkpoints/mnist") / name)[0] for name in plot.variants}
    again = unpacked("noise", make(plot, known))
    run = Run(plot.settings, [known[v] for v in plot.variants], plot.changes)
    view, kept = list(run.advance(every=20))[-1].views[0], again.frames[-1].views[0]
    assert np.abs(np.clip(view.fake[: len(kept.fake)], -2.5, 2.5).astype(float) - kept.fake).max() < 0.02
    assert (view.modes, view.good, view.stopped) == (kept.modes, kept.good, kept.stopped)
    assert np.abs(view.heat.astype(float) - kept.heat).max() < 0.02


def test_the_command_says_what_it_does_not_know(tmp_path, capsys):
    assert main(["colapse"]) == 2 and "no story 'colapse' (did you mean 'collapse'?)" in capsys.readouterr().err
    assert main(["collapse", "--checkpoints", str(tmp_path)]) == 1 and "not a checkpoint" in capsys.readouterr().err
    with pytest.raises(ValueError, match="There is no story 'colapse'"):
        stories.story("colapse")


# Claims


@dataclass
class Effect:
    figure: str
    verdict: str
    hint: bool = False
    differences: tuple = (0.1, 0.2)
    spread: float = 0.05
    mark: str = "▲ better"


@dataclass
class Trick:
    variant: str
    effects: tuple
    changes: tuple = ("noise",)
    title: str = "T"


@dataclass
class Family:
    tricks: tuple
    parent: str = "dcgan"
    dataset_title: str = "MNIST"

    def told(self, effect):
        return f"{effect.figure} 1 → 2 (+1)"


def verdict(*effects, variant="dcgan_noise", changes=("noise",)):
    made = claims([Family((Trick(variant, effects, changes),))])
    return next(c for c in made if c.variant == variant)


def test_a_claim_follows_the_figures_and_nothing_else():
    better, worse, unclear = (Effect("recall", v) for v in ("better", "worse", "unclear"))
    assert verdict(better).verdict == "yes: of 1 figure over several training seeds, 1 got better and 0 worse."
    assert verdict(worse, unclear).verdict.startswith("no: of 2 figures")
    assert verdict(better, worse).verdict.startswith("can't tell: of 2 figures")
    assert verdict(unclear).verdict.startswith("can't tell: of 1 figure ")
    assert verdict(replace(better, hint=True)).verdict == "can't tell: on MNIST there is one training seed."
    assert verdict(replace(better, figure="fd")).evidence == ()  # not what the claim is about
    assert "differences at its 2 training seeds +0.1, +0.2".lower() in verdict(better).evidence[0].lower()
    assert all(c.verdict.startswith("can't tell") for c in claims([]))


def test_a_variant_that_changes_other_things_as_well_is_no_evidence():
    better = Effect("recall", "better")
    many = verdict(better, variant="improved_dcgan", changes=("dropout 0.2", "noise", "label smoothing"))
    assert many.verdict == "can't tell: T changes 2 other settings as well."


def test_each_claim_opens_a_story_and_a_lesson():
    for said in SAID:
        assert said.story in PLOTS and said.variant in recipes() and said.parent in recipes()


# Drawing


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_words_of_claims_are_escaped():
    made = replace(claims([])[0], text=EVIL, verdict=EVIL, evidence=(EVIL,))
    assert "<img src=x" not in draw.claim(made) and not any("onerror" in a for _, a in Tags(draw.claim(made)).found)


def test_each_layer_changes_the_picture_and_rows_stand_upright(run):
    view = replace(run.frames[-1].views[0], heat=np.linspace(0, 1, 32)[:, None].repeat(32, 1), probability=True)
    whole = draw.plane(view, run.real, REACH)
    assert whole.shape == (280, 280, 3) and whole.dtype == np.uint8
    for layer in ("sheet", "real", "fake", "push"):
        assert (
            draw.plane(view, run.real, REACH, layers=("heat", layer))
            != draw.plane(view, run.real, REACH, layers=("heat",))
        ).any()
    heat = draw.plane(view, run.real, REACH, layers=("heat",)).astype(int)
    top, bottom = heat[5, 140], heat[-5, 140]  # D is sure of "real" above
    assert top[2] > top[0] and bottom[0] > bottom[2]


def test_points_that_are_no_numbers_are_left_out(run):
    view = run.frames[-1].views[0]
    bad = {k: np.full_like(getattr(view, k), np.nan) for k in ("fake", "heat", "sheet", "density", "at", "push")}
    assert draw.plane(replace(view, **bad), run.real, REACH).shape == (280, 280, 3)
    assert draw.plane(replace(view, push=np.full_like(view.push, 1e4)), run.real, REACH).any()


def test_all_charts_are_valid_and_say_what_they_show():
    charts = [
        draw.lines({"a": ([1, 2], [0.5, float("nan")])}, "x", "y", at=1.5),
        theory.dirac(dirac(game(), steps=20, side=5), "GAN"),
        theory.apart(apart(1.0)),
        *theory.distances(distances(n=9), 1.0).values(),
        *theory.g_losses(g_losses(n=9)).values(),
    ]
    assert len(charts) == 7
    for chart in charts:
        alt.Chart.from_dict(chart)  # against Vega-Lite's schema
        assert chart["description"] and chart["background"] == "transparent"
        assert "NaN" not in json.dumps(chart) and "Infinity" not in json.dumps(chart)


def test_a_chart_without_numbers_is_none():
    assert draw.lines({"a": ([1], [float("nan")])}, "x", "y") is None


def test_the_table_of_minimax():
    text = theory.minimax(minimax([1, 3, 0], [3, 1, 0]))
    assert re.search(r"best D\*.*?<td>0.25</td><td>0.75</td><td>–</td>", text) and "−log 4 + 2 JSD" in text
