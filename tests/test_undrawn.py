"""What generators cannot draw: figures on record, the leaderboard's column and chart, the endpoint."""

import statistics

import pytest
from zoos import block, measure

from demo.draw import charts
from demo.page import Html, resolve
from demo.page.maker import Maker
from demo.pages import rebuild_errors as page
from demo.pages.leaderboard import PAGE
from demo.zoo import leaderboard, undrawn
from demo.zoo.zoo import Zoo

PLAIN, DEEP, TOLD = "toys/plain", "toys/deep", "toys/told"


def on_record(psnr: float, by_class: dict, **more) -> dict:
    test = {"psnr": psnr, "spread": 2.0, "split": "test", "by_class": by_class}
    return {
        "rebuild": {"n": 60, "restarts": 4, "steps": 150, "encoder": "abc", "own": {"psnr": 33.0}, "test": test, **more}
    }


@pytest.fixture
def zoo(zoo_folder) -> Zoo:
    toys = zoo_folder / "toys"
    measure(toys / "plain", block(40), latent=on_record(25.0, {"zero": 30.0, "one": 20.0}))
    measure(toys / "deep", block(12), latent=on_record(26.0, {"zero": 29.0, "one": 24.0}))
    measure(toys / "told", block(20), latent=on_record(27.0, {"zero": 28.0, "one": 26.0}))
    return Zoo(zoo_folder)


def test_a_class_that_one_variant_rebuilds_worse_is_named(zoo):
    made = undrawn.undrawn(zoo, "toys")
    assert [row.key for row in made.rows] == [PLAIN, DEEP, TOLD] and made.unmeasured == ()
    assert made.class_names == ("zero", "one") and made.usual("zero") == 29 and made.usual("one") == 24
    assert made.words == ["Plain GAN rebuilds one 4.0 dB worse than the median variant."]
    assert made.settings == "60 test pictures, 4 starts and 150 steps each"
    assert made.rows[0].own == 33 and made.rows[0].encoder and made.rows[0].spread == 2


def test_the_leaderboard_has_the_column(zoo):
    made = leaderboard.leaderboard(zoo, "toys")
    assert {row.key: row.values["rebuild"] for row in made.rows} == {PLAIN: 25, DEEP: 26, TOLD: 27}
    assert made.column("rebuild").unit == "dB" and made.column("rebuild").better == "higher"


def test_the_chart_holds_a_variant_against_the_median(zoo):
    chart = charts.rebuilt(undrawn.undrawn(zoo, "toys"))
    (rows,) = chart.to_dict()["datasets"].values()
    cells = {(c["variant"], c["class"]): c for c in rows}
    assert len(cells) == 9 and cells["Plain GAN", "one"]["over"] == -4 and cells["Told GAN", "zero"]["over"] == -1
    assert cells["Deep GAN", "all"]["text"] == "26.0" and cells["Deep GAN", "all"]["over"] == 0
    assert "Plain GAN one (20.0 dB of 25.0)" in chart.description


@pytest.mark.parametrize("n", range(1, 7))
def test_the_median_of_the_chart_is_that_of_the_sentences(n):
    each = [(f"toys/{i}", f"GAN {i}", 20.0 + i * i) for i in range(n)]
    rows = [
        undrawn.Rebuilt(key, title, psnr, 1.0, None, {"zero": psnr}, 5, None, None, False) for key, title, psnr in each
    ]
    (cells,) = charts.rebuilt(undrawn.Undrawn("toys", tuple(rows), ())).to_dict()["datasets"].values()
    usual = {(cell["class"], cell["usual"]) for cell in cells}
    median = f"{statistics.median(row.psnr for row in rows):.1f} dB"
    assert usual == {("all", median), ("zero", median)}


def test_the_page_shows_it_and_says_who_is_missing(zoo):
    def told() -> str:
        s, maker = resolve(PAGE, zoo, {"data": ["toys"]}), Maker(zoo)
        parts = [list(maker.make(part, s))[-1][1] for part in PAGE.parts if isinstance(part, Html)]
        return "".join(part for part in parts if isinstance(part, str))

    assert "What each variant cannot draw" in told() and "Plain GAN rebuilds one 4.0 dB worse" in told()
    measure(zoo.folder / "toys" / "told", block(20), latent={})
    assert "Not measured yet (python -m train rebuild FOLDER): Told GAN." in told()
    for name in ("plain", "deep"):
        measure(zoo.folder / "toys" / name, block(20))
    assert "What each variant cannot draw" not in told()


@pytest.mark.parametrize(
    "latent",
    [
        {"rebuild": 3},
        {"rebuild": {"n": 5, "test": "?"}},
        {"rebuild": {"n": "5", "test": {"psnr": 20}}},
        {"rebuild": {"n": 5, "test": {"psnr": True}}},
        {"rebuild": {"n": 5, "test": {"psnr": -4}}},
    ],
)
def test_damaged_figures_are_none(zoo, latent):
    measure(zoo.folder / "toys" / "plain", block(40), latent=latent)
    made = undrawn.undrawn(zoo, "toys")
    assert made.unmeasured == ("Plain GAN",) and len(made.rows) == 2
    assert leaderboard.leaderboard(zoo, "toys").rows[-1].values["rebuild"] is None


def test_classes_that_are_no_figures_are_left_out(zoo):
    measure(zoo.folder / "toys" / "plain", block(40), latent=on_record(25.0, {"zero": "x", "one": 20.0, "two": None}))
    assert undrawn.undrawn(zoo, "toys").rows[0].by_class == {"one": 20.0}


def test_programs_get_the_same(zoo):
    made = page.rebuild_errors(zoo, "toys")
    assert made["rows"][1]["by_class"] == {"zero": 29.0, "one": 24.0} and made["usual"] == {"zero": 29, "one": 24}
    assert made["words"] == undrawn.undrawn(zoo, "toys").words and made["unmeasured"] == ()
    with pytest.raises(ValueError, match="no checkpoint of the data set 'none'"):
        page.rebuild_errors(zoo, "none")
