"""Every Streamlit page, run without a browser over a small zoo, sound and broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BROKEN, EXTRACTOR, block, measure
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent
PAGES = {"Compare": None, "Interpolate": "interpolate", "Classes": "classes"}
"""Those that draw"""
FILES = {**PAGES, "Styles": "styles", "Leaderboard": "leaderboard"}
TOYS = {"data": "toys"}


@pytest.fixture
def show(zoo_folder, monkeypatch):
    """show(page, **link) -> the page as it opens from a link."""
    monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(zoo_folder))

    def run(page: str = "Compare", folder: Path | None = None, **link) -> AppTest:
        if folder is not None:
            monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(folder))
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        for name, value in link.items():
            app.query_params[name] = value
        if FILES[page]:
            app.switch_page(f"demo/streamlit/{FILES[page]}.py")
        return check(app.run())

    return run


def check(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def pictures(app: AppTest) -> list[str]:
    """The address of each picture, which is a hash of its pixels."""
    return [image.url for shown in app.get("image") for image in shown.proto.imgs]


def titles(app: AppTest) -> list[str]:
    """Of the cards."""
    return [m.value.split("**")[1] for m in app.markdown if m.value.startswith("**")]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_pictures_and_text_that_describes_them(show, page):
    app = show(page, **TOYS)
    assert app.title[0].value == page
    assert pictures(app)
    alts = [image.alt for shown in app.get("image") for image in shown.proto.imgs]
    assert all(alts) and any("seed" in alt and "20k images of training" in alt for alt in alts)
    assert not app.error and not app.warning
    assert [e.label for e in app.expander] == (
        ["Told GAN (2016)"] if page == "Classes" else ["Plain GAN (2014)", "Deep GAN (2015)", "Told GAN (2016)"]
    )


def test_compare_shows_real_data_beside_the_variants_and_follows_its_controls(show):
    app = show(**TOYS)
    assert titles(app) == ["Real data", "Plain GAN", "Deep GAN", "Told GAN"]
    before = pictures(app)
    check(app.button(key="next_seed").click().run())
    assert app.session_state["seed"] == 16
    assert all(a != b for a, b in zip(before[1:], pictures(app)[1:], strict=True))
    check(app.button(key="previous_seed").click().run())
    assert pictures(app) == before
    check(app.button(key="previous_seed").click().run())
    assert app.session_state["seed"] == 0
    check(app.selectbox(key="class_toys").select("two").run())
    after = pictures(app)
    assert after[1:3] == before[1:3] and after[0] != before[0] and after[3] != before[3]
    check(app.multiselect(key="variants_toys").set_value(["Deep GAN"]).run())
    assert titles(app) == ["Real data", "Deep GAN"]
    assert not app.selectbox or app.selectbox[-1].key != "class_toys"  # no one left who takes a class
    check(app.slider(key="truncation").set_value(0.5).run())
    assert pictures(app)[1] != before[2] and "· truncation 0.5 ·" in app.get("image")[1].proto.imgs[0].alt


def test_the_data_set_can_be_changed(show):
    app = show(**TOYS, variants_toys=["Deep GAN"])
    check(app.segmented_control(key="data").set_value("photos").run())
    assert titles(app) == ["Colour GAN"]
    check(app.segmented_control(key="data").set_value("toys").run())
    assert titles(app) == ["Real data", "Deep GAN"]


def test_a_variant_without_real_data_stands_alone(show):
    app = show(data="photos")
    assert titles(app) == ["Colour GAN"] and len(pictures(app)) == 1


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("Compare", {"variants_toys": ["Deep GAN", "Told GAN"], "seed": "7", "images": "4", "class_toys": "one"}),
        ("Interpolate", {"variants_toys": ["Told GAN"], "seed": "3", "to_seed": "0", "at": "0.24", "path": "lerp"}),
        ("Interpolate", {"start_class_toys": "one", "end_class_toys": "zero", "at": "1.0"}),
        ("Classes", {"columns": "3", "seed": "5", "from_class_toys": "two", "to_class_toys": "one", "at": "0.9"}),
    ],
)
def test_a_link_reopens_the_same_view(show, page, link):
    first, again = show(page, **TOYS, **link), show(page, **TOYS, **link)
    assert pictures(first) == pictures(again) != pictures(show(page, **TOYS))
    for name, value in link.items():
        state = first.session_state[name]
        assert state == value if isinstance(value, list) else str(state) == value


def test_a_link_with_nonsense_opens_the_default_view(show):
    link = {
        "variants_toys": "Nobody",
        "seed": "-4",
        "images": "17",
        "class_toys": "nine",
        "data": "toys",
        "truncation": "x",
    }
    assert pictures(show(**link)) == pictures(show(**TOYS))
    assert pictures(show("Interpolate", **TOYS, to_seed="-1", path="jump")) == pictures(show("Interpolate", **TOYS))


def test_interpolate_moves_with_slider_seeds_path_and_classes(show):
    app = show("Interpolate", **TOYS)
    assert len(pictures(app)) == 6  # a picture and a film strip per variant
    before = pictures(app)
    check(app.slider(key="at").set_value(1.0).run())
    moved = pictures(app)
    assert all(a != b for a, b in zip(before[:3], moved[:3], strict=True)) and moved[3:] == before[3:]
    check(app.selectbox(key="end_class_toys").select("two").run())
    assert [a == b for a, b in zip(moved, pictures(app), strict=True)] == [True, True, False] * 2
    check(app.segmented_control(key="path").set_value("lerp").run())
    check(app.button(key="random_to_seed").click().run())
    assert all(a != b for a, b in zip(moved, pictures(app), strict=True))


def test_classes_shows_grid_and_path(show):
    app = show("Classes", **TOYS)
    assert titles(app) == ["Told GAN"] * 3  # grid, position, film strip
    before = pictures(app)
    check(app.slider(key="columns").set_value(2).run())
    assert pictures(app)[0] != before[0] and pictures(app)[1:] == before[1:]
    check(app.selectbox(key="to_class_toys").select("zero").run())
    assert pictures(app)[2] != before[2]


def test_classes_without_a_conditional_variant_says_so(show):
    app = show("Classes", data="photos")
    assert "takes a class" in app.info[0].value and not pictures(app)


def test_styles_shows_mixtures_and_truncations_and_follows_its_controls(show, styled_zoo):
    app = show("Styles", **TOYS)
    assert titles(app) == ["Styled GAN", "Told styles"] * 2
    alts = [image.alt for shown in app.get("image") for image in shown.proto.imgs]
    seeds = "rows seeds 0 to 4, columns seeds 100 to 104"
    assert f"Styled GAN · toys · {seeds}: 4 and 8 px from the columns, 16 and 32 px from the rows" in alts[0]
    assert "· class zero ·" in alts[1] and "· seeds 0 to 4 · class zero ·" in alts[3]
    before = pictures(app)
    check(app.segmented_control(key="levels").set_value("fine").run())
    fine = pictures(app)
    assert fine[0] != before[0] and fine[2:] == before[2:]
    check(app.slider(key="truncation").set_value(0.5).run())
    half = pictures(app)
    assert half[0] != fine[0] and half[2:] == before[2:]
    check(app.selectbox(key="style_class_toys").select("two").run())
    two = pictures(app)
    assert [a == b for a, b in zip(half, two, strict=True)] == [True, False] * 2
    check(app.button(key="next_column_seed").click().run())
    assert app.session_state["column_seed"] == 105
    assert pictures(app)[0] != two[0] and pictures(app)[2:] == two[2:]  # the strips are of the rows
    check(app.multiselect(key="styled_toys").set_value(["Styled GAN"]).run())
    assert titles(app) == ["Styled GAN"] * 2 and all("class" not in box.key for box in app.selectbox)
    check(app.multiselect(key="styled_toys").set_value([]).run())
    assert "Choose" in app.info[0].value and not pictures(app)


def test_a_link_reopens_the_same_mixture(show, styled_zoo):
    link = {"styled_toys": ["Told styles"], "grid": "3", "seed": "4", "column_seed": "0", "levels": "middle"}
    link |= {"truncation": "0.7", "style_class_toys": "one"}
    first, again = show("Styles", **TOYS, **link), show("Styles", **TOYS, **link)
    assert pictures(first) == pictures(again) != pictures(show("Styles", **TOYS))
    alt = first.get("image")[0].proto.imgs[0].alt
    assert "rows seeds 4 to 6, columns seeds 0 to 2: 16 px from the columns" in alt and "one · truncation 0.7" in alt
    nonsense = {"styled_toys": "Nobody", "grid": "99", "levels": "finest", "column_seed": "x", "truncation": "-1"}
    assert pictures(show("Styles", **TOYS, **nonsense)) == pictures(show("Styles", **TOYS))


def test_styles_without_a_style_based_variant_says_so(show, styled_zoo):
    app = show("Styles", data="photos")
    assert app.info[0].value == (
        "None of the variants trained on photos has styles to mix. Some of those trained on toys do. "
        "`python -m train.stylegan2` trains one."
    )
    assert not pictures(app)


@pytest.mark.parametrize("torn", [["styled"], ["styled", "styled_told"]])
def test_torn_styles_are_left_out(show, styled_zoo, torn):
    for name in torn:
        (styled_zoo / "toys" / name / "generator.safetensors").write_bytes(b"these are no weights")
    app = show("Styles", **TOYS)
    assert [e.label for e in app.expander if "cannot be shown" in e.label]
    assert titles(app) == ["Told styles"] * 2 if len(torn) == 1 else "toys/styled" in app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_no_variant_chosen_gets_a_sentence(show, page):
    app = show(page, **TOYS)
    check(app.multiselect(key="conditional_toys" if page == "Classes" else "variants_toys").set_value([]).run())
    assert "Choose" in app.info[0].value and not pictures(app)


@pytest.mark.parametrize("page", FILES)
def test_an_empty_zoo_says_how_to_fill_it(show, page, tmp_path):
    (tmp_path / "empty").mkdir()
    app = show(page, folder=tmp_path / "empty")
    assert "python -m train" in app.info[0].value and not pictures(app)


@pytest.mark.parametrize("page", ["Compare", "Interpolate"])
def test_broken_folders_make_one_notice_and_the_rest_works(show, broken_zoo, page):
    app = show(page, folder=broken_zoo, **TOYS)
    notices = [e for e in app.expander if "cannot be shown" in e.label]
    assert len(notices) == 1 and notices[0].label.startswith(str(len(BROKEN) + 1))  # torn weights as well
    assert len(notices[0].text) == len(BROKEN) + 1
    assert {"Plain GAN (toys/plain)", "Deep GAN", "Told GAN"} <= set(titles(app))


def test_only_torn_weights_chosen_gets_a_sentence(show, broken_zoo):
    app = show(folder=broken_zoo, **TOYS, variants_toys="Plain GAN (toys/torn)")
    assert "toys/torn" in app.error[0].value and not pictures(app)


def test_text_of_a_foreign_checkpoint_is_shown_as_it_is(show, zoo_folder):
    path = zoo_folder / "toys" / "plain" / "recipe.json"
    content = json.loads(path.read_text())
    content["recipe"].update(title="<b>A*B*</b> [x](http://x) :red[y] $z$", objective="", paper="")
    path.write_text(json.dumps(content))
    app = show(**TOYS)
    shown = next(m.value for m in app.markdown if "A" in m.value and "x" in m.value and m.value.startswith("**"))
    assert r"\<b\>A\*B\*\</b\> \[x\](http\://x) \:red\[y\] \$z\$" in shown


# Leaderboard ------------------------------------------------------------------------------------------------


def charts(app: AppTest) -> list[str]:
    """What each chart says of itself."""
    return [json.loads(chart.proto.spec)["description"] for chart in app.get("vega_lite_chart")]


def words(app: AppTest) -> str:
    return "\n".join(e.value for e in (*app.markdown, *app.caption, *app.info)).replace("\\", "")


def headings(app: AppTest) -> list[str]:
    return [e.value for e in app.subheader]


def test_the_leaderboard_shows_the_figures_of_metrics_json_beside_the_anchors(show, measured_zoo):
    app = show("Leaderboard", **TOYS)
    table = app.dataframe[0].value
    assert list(table["variant"]) == [
        "Real training images", "Deep GAN", "Noise", "Told GAN", "Plain GAN", "One class only",
    ]  # fmt: skip
    for key, title in (("deep", "Deep GAN"), ("told", "Told GAN"), ("plain", "Plain GAN")):
        metrics = json.loads((measured_zoo / "toys" / key / "metrics.json").read_text())
        row = table[table["variant"] == title].iloc[0]
        figures = metrics["measured"]["toys-cnn"]["figures"]
        assert row["fd"] == figures["fd"]["mean"] and row["recall"] == figures["recall"]["mean"]
        assert row["smallest_share"] == pytest.approx(100 * figures["smallest_share"]["mean"])
        assert row["parameters"] == metrics["cost"]["parameters"]
    assert dict(zip(table["variant"], table["front"], strict=True)) == {
        "Real training images": "anchor", "Noise": "anchor", "One class only": "anchor",
        "Deep GAN": "every cost", "Told GAN": "parameters", "Plain GAN": "parameters",
    }  # fmt: skip
    shown = convert_arrow_bytes_to_pandas_df(app.dataframe[0].proto.arrow_data.styler.display_values)
    assert list(shown.iloc[:, 1]) == ["0.86 ± 0.01", "12.31 ± 0.20", "17.00", "20.00 ± 0.50", "40.00 ± 1.50", "165.00"]
    shown = words(app)
    assert f"FD-toys-cnn through toys-cnn {EXTRACTOR['hash']}: 10,000 generated against 500 test images" in shown
    assert "3 sampling seeds, one training seed" in shown and "FID" not in shown
    assert not app.error and not app.warning and not app.info


def test_the_leaderboard_has_a_chart_for_each_question(show, measured_zoo):
    app = show("Leaderboard", **TOYS, curve_toys="Deep GAN")
    assert headings(app) == [
        "Quality and what it costs", "Collapse: which classes come", "Over the training",
        "What the images are worth to a classifier",
    ]  # fmt: skip
    parts = [
        "against parameters", "against images shown", "Share of each class among the images of each variant",
        "Losses of Deep GAN", "Mean scores of D of Deep GAN", "n = 2,000 over the training: Deep GAN",
        "images of Deep GAN over its training", "Gain in test accuracy",
    ]  # fmt: skip
    assert all(part in chart for part, chart in zip(parts, charts(app), strict=True)), charts(app)
    gains = app.dataframe[1].value
    assert list(gains["Generator saw"]) == [60_000, 60_000, 50]
    assert list(gains["Gain (points)"]) == pytest.approx([-3, 5, 5])
    assert "60,000 labelled real images" in words(
        app
    ) and "gets 90.0 ± 1.0 % of the real test images right; trained on as many real ones, 95.0 %" in words(app)


def test_the_leaderboard_follows_its_controls_and_its_link(show, measured_zoo):
    app = show("Leaderboard", **TOYS)
    few = app.dataframe[0].value
    check(app.toggle(key="all").set_value(True).run())
    everything = app.dataframe[0].value
    assert {"kd", "cas", "gain_50", "n"} <= set(everything) - set(few) and set(few) < set(everything)
    check(app.segmented_control(key="cost").set_value("Training time (s)").run())
    assert "against training time" in charts(app)[1] and "CPU (test)" in words(app)
    check(app.selectbox(key="curve_toys").select("Deep GAN").run())
    assert any("Losses of Deep GAN" in chart for chart in charts(app))
    again = show("Leaderboard", **TOYS, all="true", cost="Training time (s)", curve_toys="Deep GAN")
    assert charts(again) == charts(app) and list(again.dataframe[0].value) == list(everything)
    check(app.segmented_control(key="data").set_value("photos").run())
    assert "No variant of photos has figures yet." in app.info[0].value and not app.dataframe
    nonsense = show("Leaderboard", **TOYS, all="x", cost="Beauty", curve_toys="Nobody", extractor_toys="x")
    assert list(nonsense.dataframe[0].value) == list(few)


def test_an_extractor_can_be_chosen_where_there_are_several(show, measured_zoo):
    other = {**block(50), "extractor": {"name": "inception", "hash": "00", "features": 2048}}
    measure(measured_zoo / "toys" / "plain", block(40), other)
    app = show("Leaderboard", **TOYS)
    assert list(app.dataframe[0].value["fd"]) == [0.86, 12.31, 17, 20, 40, 165]
    check(app.segmented_control(key="extractor_toys").set_value("inception").run())
    assert list(app.dataframe[0].value["fd"]) == [50] and "FID through inception 00" in words(app)
    assert "Told GAN**: measured with toys-cnn only" in words(app) and "no anchors for FID" in words(app)


def test_published_figures_stand_apart(show, zoo_folder):
    (zoo_folder / "toys").rename(zoo_folder / "digits")
    for path in (zoo_folder / "digits").glob("*/recipe.json"):
        path.write_text(path.read_text().replace('"dataset": "toys"', '"dataset": "mnist"'))
    app = show("Leaderboard", data="MNIST")
    apart = next(e for e in app.expander if "other people" in e.label)
    assert "another extractor" in apart.markdown[0].value
    assert {"WGAN", "LSGAN"} <= set(apart.dataframe[0].value["Variant"])


def test_a_leaderboard_without_figures_gives_the_reasons(show):
    app = show("Leaderboard", **TOYS)
    for title in ("Plain GAN", "Deep GAN", "Told GAN"):
        assert f"**{title}**: never measured" in words(app)
    assert not app.dataframe and not charts(app) and "has figures yet" in app.info[0].value


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "measured": {"x": 3}}', "\0\1"])
def test_a_leaderboard_with_damaged_files_shows_the_rest(show, measured_zoo, content):
    toys = measured_zoo / "toys"
    (toys / "plain" / "metrics.json").write_text(content)
    (toys / "deep" / "stats.jsonl").write_text(content)
    app = show("Leaderboard", **TOYS, curve_toys="Deep GAN")
    assert "Plain GAN" not in set(app.dataframe[0].value["variant"]) and "**Plain GAN**: " in words(app)
    assert [e.label for e in app.expander if "no figures" in e.label] == ["1 variant has no figures"]
    (toys / "anchors.json").write_text(content)
    app = show("Leaderboard", **TOYS)
    assert list(app.dataframe[0].value["variant"]) == ["Deep GAN", "Told GAN"] and "anchor" in words(app)


def test_a_leaderboard_without_anchors_says_so(show, measured_zoo):
    (measured_zoo / "toys" / "anchors.json").unlink()
    app = show("Leaderboard", **TOYS)
    assert "no anchors" in words(app) and "Tinted" not in words(app)
    assert list(app.dataframe[0].value["variant"]) == ["Deep GAN", "Told GAN", "Plain GAN"]


def test_anchors_alone_are_shown(show, measured_zoo):
    for path in measured_zoo.glob("toys/*/metrics.json"):
        path.unlink()
    app = show("Leaderboard", **TOYS)
    assert list(app.dataframe[0].value["variant"]) == ["Real training images", "Noise", "One class only"]
    assert headings(app) == ["Over the training"]


def test_the_leaderboard_loads_no_model(measured_zoo):
    run = (
        "import sys; from streamlit.testing.v1 import AppTest; app = AppTest.from_file('app.py', default_timeout=60);"
        "app.query_params['data'] = 'toys'; app.switch_page('demo/streamlit/leaderboard.py'); app.run();"
        "assert app.dataframe and not app.exception; sys.exit('torch' in sys.modules)"
    )
    env = {**os.environ, "GANSCOPE_CHECKPOINTS": str(measured_zoo)}
    assert subprocess.run([sys.executable, "-c", run], cwd=ROOT, env=env, capture_output=True).returncode == 0


def test_compare_shows_the_distance_under_the_pictures(show, measured_zoo):
    app = show(**TOYS)
    assert any(e.value.endswith("  \nFD-toys-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000)") for e in app.caption)
