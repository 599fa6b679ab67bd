"""Compare, Evolution, Leaderboard and Ablation: what their parts say of zoos whose figures are known."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from page_helpers import alts, in_html, misprints, parts_of, same_pictures
from zoos import EXTRACTOR, block, measure, record_film, record_runs

from benchmarks.browser import ROOT
from demo.page import Chart, Download, Grid, Html, Refusal, Scrubber, resolve
from demo.pages import ablation, compare, evolution, leaderboard
from demo.zoo.zoo import Zoo

TOYS = {"data": ["toys"]}


class View:
    """A page over a zoo, as a link opens it."""

    def __init__(self, module, folder, **query):
        self.page, self.zoo = module.PAGE, Zoo(folder)
        self.s = resolve(self.page, self.zoo, {**TOYS, **{name: [text] for name, text in query.items()}})
        self.parts = parts_of(self.page, self.zoo, self.s)

    def of(self, kind) -> list:
        return [value for part, value in self.parts.items() if isinstance(part, kind) and value is not None]

    @property
    def html(self) -> str:
        return "\n".join(value for value in self.of(Html) if isinstance(value, str))

    @property
    def grids(self) -> list[Grid]:
        return [value for value in self.parts.values() if isinstance(value, Grid)]

    @property
    def refused(self) -> list[str]:
        return [value.sentence for value in self.parts.values() if isinstance(value, Refusal)]

    @property
    def charts(self) -> list[str]:
        """What each chart says of itself."""
        made = [value[0](*value[1:]) for value in self.of(Chart) if not isinstance(value, Refusal)]
        flat = [one for some in made for one in (some if isinstance(some, list) else [some]) if one is not None]
        return [one.to_dict(validate=False)["description"] for one in flat]

    @property
    def walk(self):
        (made,) = [value for value in self.of(Scrubber)]
        return made


def column(grid: Grid, title: str) -> list:
    i = next(i for i, one in enumerate(grid.headers) if one.startswith(title))
    return [row[i][0] if isinstance(row[i], tuple) else row[i] for row in grid.rows]


# Compare ----------------------------------------------------------------------------------------------------


def test_compare_shows_real_data_beside_the_variants_with_their_distance(measured_zoo):
    view = View(compare, measured_zoo)
    assert view.html.index("Real data") < view.html.index("Plain GAN") < view.html.index("Deep GAN")
    assert "FD-toys-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000 against 5,000 real)" in view.html
    first, later = in_html(view.html), in_html(View(compare, measured_zoo, seed="16").html)
    assert same_pictures(first[:1], later[:1]) == [False] and not any(same_pictures(first[1:4], later[1:4]))
    two = in_html(View(compare, measured_zoo, class_toys="two").html)
    assert same_pictures(first[:4], two[:4]) == [False, True, True, False]  # real ones of that class; who takes one


def test_compare_shows_seeds_of_ones_own_or_says_how_they_are_written(zoo_folder):
    view = View(compare, zoo_folder, seeds="3, 8, 100-102")
    assert "seeds 3, 8, 100, 101, 102 ·" in alts(view.html)[1]
    assert View(compare, zoo_folder, seeds="3, eight").refused == [
        "Seeds are written like 3, 8, 100 or 0-15, not 'eight'."
    ] * len(View(compare, zoo_folder, seeds="3, eight").refused)


def test_a_seed_is_looked_at_closely(looked_zoo):
    assert "looks" not in View(compare, looked_zoo).html
    view = View(compare, looked_zoo, look="4")
    assert view.html.count("Generated: seed 4") == 3
    assert view.html.count("Nearest of 30 training pictures: class") == 3


# Evolution --------------------------------------------------------------------------------------------------


def test_all_variants_are_on_one_slider_each_at_its_last_picture(filmed_zoo):
    walk = View(evolution, filmed_zoo).walk
    assert [entry.title for entry in walk.entries] == ["Plain GAN", "Deep GAN", "Told GAN", "Critic GAN"]
    (axis,) = walk.axes
    assert axis.stops == ("0", "50", "100", "200", "401", "450", "900", "1.6k")  # 400 is too close to 401
    moved = [[bool((p[k] != p[k + 1]).any()) for k in range(len(axis.stops) - 1)] for p in walk.pictures]
    assert moved[1] == [True, False, True, False, True, False, False]  # Deep GAN ends at 450
    assert moved[2] == [False] * 6 + [True]
    assert "450 images shown in all" in walk.captions[1]


def test_charts_follow_the_slider_and_give_each_variant_one_colour(filmed_zoo):
    view = View(evolution, filmed_zoo, images_at="450")
    assert view.charts == [
        "The critics' estimates over the training, each as a share of its largest: Critic GAN ends at −6 % of it.",
        "FD-toys-cnn, n = 2,000 over the training: Deep GAN from 44.4 to 10.3.",
    ]
    assert evolution.position(view.zoo, view.s) == 450
    colours = {}
    for draw, *arguments in view.of(Chart):
        made = draw(*arguments).to_dict(validate=False)
        scale = next(layer["encoding"]["color"]["scale"] for layer in made["layer"] if "color" in layer["encoding"])
        for name, colour in zip(scale["domain"], scale["range"], strict=True):
            assert colours.setdefault(name, colour) == colour
    assert len(set(colours.values())) == len(colours) == 2


def test_trainings_of_different_lengths_are_lined_up_by_their_share(filmed_zoo):
    walk = View(evolution, filmed_zoo, axis="Share of the training").walk
    assert walk.axes[0].stops[0] == "0 %" and walk.axes[0].stops[-1] == "100 %"
    assert not any("where it ended" in caption for caption in walk.captions)


def test_a_damaged_film_is_named_and_the_others_are_shown(filmed_zoo):
    (filmed_zoo / "toys" / "deep" / "evolution.webp").write_bytes(b"RIFF")
    view = View(evolution, filmed_zoo)
    assert [entry.title for entry in view.walk.entries] == ["Plain GAN", "Told GAN", "Critic GAN"]
    assert "Deep GAN: its evolution.webp cannot be shown: it is damaged" in view.html
    assert "Deep GAN" in View(evolution, filmed_zoo, variants_toys="Deep GAN").refused[0]


def test_a_training_of_one_moment_stands_still(filmed_zoo):
    record_film(filmed_zoo / "toys" / "deep", [0])
    view = View(evolution, filmed_zoo, variants_toys="Deep GAN")
    assert not view.refused and len(view.walk.axes[0].stops) == 1


def test_the_films_are_saved_as_they_were_recorded(filmed_zoo):
    view = View(evolution, filmed_zoo)
    (films,) = [part for part in view.page.parts if isinstance(part, Download) and "ZIP" in part.words(view.s)]
    with zipfile.ZipFile(io.BytesIO(films.make(view.zoo, view.s))) as packed:
        assert packed.namelist() == [f"toys-{name}.webp" for name in ("plain", "deep", "told", "critic")]
        assert packed.read("toys-deep.webp") == (filmed_zoo / "toys" / "deep" / "evolution.webp").read_bytes()


# Leaderboard ------------------------------------------------------------------------------------------------


def test_the_leaderboard_shows_the_figures_of_metrics_json_beside_the_anchors(measured_zoo):
    view = View(leaderboard, measured_zoo)
    table = view.grids[0]
    titles = ["Real training images", "Deep GAN", "Plain GAN", "Noise", "One class only"]
    assert column(table, "Variant") == titles
    assert [table.rows[i][0] for i in table.tinted] == ["Real training images", "Noise", "One class only"]
    assert [row[1][1] for row in table.rows] == [
        "0.86 ± 0.01", "12.31 ± 0.20", "40.00 ± 1.50", "60.00", "165.00",
    ]  # fmt: skip
    metrics = json.loads((measured_zoo / "toys" / "deep" / "metrics.json").read_text())
    figures = metrics["measured"]["toys-cnn"]["figures"]
    assert column(table, "Recall")[1] == figures["recall"]["mean"]
    assert dict(zip(titles, column(table, "Pareto front"), strict=True)) == {
        "Real training images": "anchor", "Noise": "anchor", "One class only": "anchor",
        "Deep GAN": "every cost", "Plain GAN": "parameters",
    }  # fmt: skip
    assert column(view.grids[1], "Variant") == ["Real training images", "Told GAN", "Noise", "One class only"]
    assert column(view.grids[1], "Pareto front")[1] == "ranked separately" and "told which class to draw" in view.html
    assert "Each row comes from one training" in view.html
    assert (
        "FD-toys-cnn compares 10,000 generated images" in view.html and f"toys-cnn ({EXTRACTOR['hash']})" in view.html
    )
    assert (
        "a mean over 3 sampling seeds and 1 training seed" in view.html and "FID" not in view.html and not view.refused
    )


def test_the_leaderboard_has_a_chart_for_each_question(measured_zoo):
    view = View(leaderboard, measured_zoo, curve_toys="Deep GAN")
    said = [
        "against parameters", "against images shown", "Share of each class among the images of each variant",
        "n = 2,000 over the training", "Losses of Deep GAN", "Mean scores of D of Deep GAN", "Gain in test accuracy",
    ]  # fmt: skip
    assert all(any(one in chart for chart in view.charts) for one in said), view.charts
    (gains,) = [grid for grid in view.grids if "classifier" in grid.alt]
    assert column(gains, "Generator saw") == [60_000, 60_000, 50]
    assert column(gains, "Gain") == pytest.approx([-3, 5, 5])
    assert "90.0 ± 1.0 % of the real test images; trained on the same number of real images, on 95.0 %" in view.html


def test_all_columns_and_another_cost_are_a_choice(measured_zoo):
    few = View(leaderboard, measured_zoo).grids[0].headers
    view = View(leaderboard, measured_zoo, all="true", cost="Multiply-adds")
    assert set(few) < set(view.grids[0].headers) and "against multiply-adds" in view.charts[1]


def test_a_link_that_asks_for_the_training_time_gets_the_multiply_adds(measured_zoo):
    view = View(leaderboard, measured_zoo, cost="Training time (s)")
    assert not view.s.problems and "against multiply-adds" in view.charts[1]
    (cost,) = [one for one in view.page.controls if one.name == "cost"]
    assert list(cost.named(view.s).values()) == ["Images shown", "G steps", "Multiply-adds"]
    assert "seconds" not in json.dumps(view.grids[0].headers).lower()


def test_an_extractor_can_be_chosen_where_there_are_several(measured_zoo):
    other = {**block(50), "extractor": {"name": "inception", "hash": "00", "features": 2048}}
    measure(measured_zoo / "toys" / "plain", block(40), other)
    view = View(leaderboard, measured_zoo, extractor_toys="inception")
    assert column(view.grids[0], "FID") == [50] and "in the features of inception (00)" in view.html
    assert "Told GAN: measured with toys-cnn only" in view.html and "no anchors for FID" in view.html


def test_a_leaderboard_without_figures_gives_the_reasons(zoo_folder):
    view = View(leaderboard, zoo_folder)
    assert all(f"{title}: never measured" in view.html for title in ("Plain GAN", "Deep GAN", "Told GAN"))
    assert not view.grids and leaderboard.figures.UNMEASURED in view.html


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "measured": {"x": 3}}', "\0\1"])
def test_a_leaderboard_with_damaged_files_shows_the_rest(measured_zoo, content):
    toys = measured_zoo / "toys"
    for path in (toys / "plain" / "metrics.json", toys / "deep" / "stats.jsonl", toys / "anchors.json"):
        path.write_text(content)
    view = View(leaderboard, measured_zoo, curve_toys="Deep GAN")
    assert column(view.grids[0], "Variant") == ["Deep GAN"] and "Plain GAN: " in view.html
    assert column(view.grids[1], "Variant") == ["Told GAN"]


def test_anchors_alone_are_shown(measured_zoo):
    for path in measured_zoo.glob("toys/*/metrics.json"):
        path.unlink()
    view = View(leaderboard, measured_zoo)
    assert column(view.grids[0], "Variant") == ["Real training images", "Noise", "One class only"]
    assert "Quality and what it costs" not in view.html


def test_the_leaderboard_loads_no_model(measured_zoo):
    code = (
        "import sys; from demo.page import Maker, resolve; from demo.pages.leaderboard import PAGE;"
        "from demo.zoo.zoo import Zoo; zoo = Zoo(sys.argv[1]); s = resolve(PAGE, zoo, {'data': ['toys']});"
        "made = [list(Maker(zoo).make(part, s))[-1][1] for part in PAGE.parts];"
        "assert made[0].rows; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(measured_zoo)], cwd=ROOT).returncode == 0


# Ablation ---------------------------------------------------------------------------------------------------


def test_the_ablation_shows_a_family_with_changes_marks_and_sentences(family_zoo):
    record_runs(family_zoo / "toys")
    view = View(ablation, family_zoo)
    assert [view.html.index(f"<b>{title}</b>") for title in ("Root GAN", "Noisy GAN", "Wide GAN", "Late GAN")]
    assert (
        "<b>Changes:</b> fading noise on the pictures that D sees (standard deviation 0.1 at the start)." in view.html
    )
    assert '<b class="better">▲ better</b> FD-toys-cnn −5.00' in view.html and not misprints(view.html)
    assert '<b class="worse">▼ worse</b> Rarest class −3.0 points' in view.html
    assert "Over 3 training seeds (5,000 images each), Noisy GAN made some figures better and others worse" in view.html
    assert "Every training seed: 3 of each" in view.html
    assert [chart.split(" (")[0] for chart in view.charts] == ["FD-toys-cnn", "Recall", "Coverage", "Rarest class"]
    (numbers,) = view.grids
    assert len(numbers.rows) == 12 and column(numbers, "Difference")[:3] == ["−5.00", "−6.00", "−4.00"]


def test_the_ablation_without_a_record_gives_hints(family_zoo):
    view = View(ablation, family_zoo)
    assert "△ better?</b> FD-toys-cnn" in view.html and "no more than a hint" in view.html
    assert "One training seed each" in view.html


def test_another_family_is_a_choice_and_nothing_to_compare_is_said(family_zoo, zoo_folder):
    path = family_zoo / "toys" / "deep" / "recipe.json"
    path.write_text(path.read_text().replace('"parent": ""', '"parent": "plain"'))
    view = View(ablation, family_zoo, parent_toys="Plain GAN", drawn="4")
    assert "<b>Plain GAN</b>" in view.html and "<b>Deep GAN</b>" in view.html and "Root GAN" not in view.html
