"""Every Streamlit page, run without a browser over a small zoo, sound and broken."""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from conftest import EXTRACTOR, block, measure, record_film, record_runs
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from demo.page.links import unpacked
from demo.zoo import quiz
from demo.zoo.walks import CLASSES, LATENTS, MAP
from demo.zoo.zoo import Zoo

ROOT = Path(__file__).parent.parent
PAGES = {"Compare": "compare", "Interpolate": "interpolate", "Classes": "classes"}
"""Those that draw"""
FILES = {
    "Home": None,
    **PAGES, "Quiz": "quiz", "Styles": "styles", "Evolution": "evolution", "Leaderboard": "leaderboard",
    "Ablation": "ablation", "Learn": "learn",
}  # fmt: skip
TOYS = {"data": "toys"}


@pytest.fixture
def show(zoo_folder, monkeypatch):
    """show(page, **link) -> the page as it opens from a link."""
    monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(zoo_folder))

    def run(page: str = "Compare", folder: Path | None = None, **link) -> AppTest:
        if folder is not None:
            monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(folder))
        app = AppTest.from_file(ROOT / "app.py", default_timeout=200)
        for name, value in link.items():
            app.query_params[name] = value
        if FILES[page]:
            app.switch_page(f"demo/streamlit/{FILES[page]}.py")
        return check(app.run())

    return run


def check(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def cards(app: AppTest, what: str) -> list[str]:
    """An attribute of each picture in the cards; "b": their titles, "figcaption": what stands beneath them."""
    texts = [one.value for one in app.get("html") if 'class="cards"' in one.value]
    pattern = f"<{what}>(.*?)</{what}>" if what in ("b", "figcaption") else f'<img[^>]* {what}="(.*?)"'
    return [html.unescape(found.replace("<br>", "\n")) for text in texts for found in re.findall(pattern, text)]


def pictures(app: AppTest) -> list[str]:
    """The address of each picture, which holds its pixels or is a hash of them, and each sheet that the browser cuts
    itself."""
    return [
        *(image.url for shown in app.get("image") for image in shown.proto.imgs),
        *cards(app, "src"),
        *(figure["sprite"] for walk in moving(app) for figure in walk["figures"]),
    ]


def alts(app: AppTest) -> list[str]:
    """What describes each picture."""
    return [*(image.alt for shown in app.get("image") for image in shown.proto.imgs), *cards(app, "alt")]


def moving(app: AppTest) -> list[dict]:
    """What the script of a slider gets."""
    got = [json.loads(one.proto.json) for one in app.get("bidi_component")]
    return [one for one in got if "figures" in one]  # a page may have other scripts


def titles(app: AppTest) -> list[str]:
    """Of the cards."""
    return [*cards(app, "b"), *(m.value.split("**")[1] for m in app.markdown if m.value.startswith("**"))]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_pictures_and_text_that_describes_them(show, page):
    app = show(page, **TOYS)
    assert app.title[0].value == page
    assert pictures(app)
    assert all(alts(app)) and any("seed" in alt and "20k images of training" in alt for alt in alts(app))
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
    check(app.pills(key="variants_toys").set_value(["Deep GAN"]).run())
    assert titles(app) == ["Real data", "Deep GAN"]
    assert not app.selectbox or app.selectbox[-1].key != "class_toys"  # no one left who takes a class
    check(app.slider(key="truncation").set_value(0.5).run())
    assert pictures(app)[1] != before[2] and "· truncation 0.5 ·" in alts(app)[1]


def test_compare_shows_seeds_of_ones_own(show):
    app = show(**TOYS, seeds="3, 8, 100-102")
    assert "seeds 3, 8, 100, 101, 102 ·" in alts(app)[1]
    one = pictures(app)
    check(app.text_input(key="seeds").set_value("3 8 100 101 102").run())
    assert pictures(app) == one
    check(app.text_input(key="seeds").set_value("3, eight").run())
    assert "not 'eight'" in app.error[0].value and not pictures(app)
    check(app.text_input(key="seeds").set_value("").run())
    assert pictures(app) == pictures(show(**TOYS))


def looks(app: AppTest) -> list[str]:
    """The cards of the seed that is looked at."""
    made = [one.value for one in app.get("html") if 'class="looks"' in one.value]
    return made[0].split("<figure>")[1:] if made else []


def test_a_seed_is_looked_at_closely_and_the_link_keeps_it(show, looked_zoo):
    app = show(folder=looked_zoo, **TOYS)
    assert not looks(app) and app.button(key="next_look").disabled
    check(app.number_input(key="look").set_value(4).run())
    plain, deep, told = looks(app)
    for card in (plain, deep, told):
        assert "Generated: seed 4" in card and "Nearest of 30 training pictures: class" in card
        assert "It beats" in card and "of the real test pictures and" in card
    assert "<b>Plain GAN</b>" in plain and "seed 4, class one" in told
    assert looks(show(folder=looked_zoo, **TOYS, look="4")) == [plain, deep, told]
    check(app.selectbox(key="class_toys").select("two").run())
    assert "seed 4, class two" in looks(app)[2] and looks(app)[0] == plain
    check(app.button(key="next_look").click().run())
    assert app.session_state["look"] == 5 and "Generated: seed 5" in looks(app)[0]
    check(app.number_input(key="look").set_value(None).run())
    assert not looks(app)


def test_the_quiz_asks_counts_and_goes_on(show):
    app = show("Quiz", **TOYS, quiz="17")
    zoo, keys = Zoo(os.environ["GANSCOPE_CHECKPOINTS"]), ["toys/plain", "toys/deep", "toys/told"]
    assert app.title[0].value == "Quiz"
    for number, right in ((1, True), (2, False), (3, True)):
        assert app.header[0].value == f"Round {number}"
        asked = quiz.round_of(zoo, keys, 17, number)
        assert alts(app) == ["The picture on the left", "The picture on the right"]  # nothing that tells
        side = asked.plan.side if right else 1 - asked.plan.side
        check(app.button(key=f"real_{('left', 'right')[side]}").click().run())
        assert alts(app)[asked.plan.side].startswith("Real, class")
        assert f"seed {asked.plan.seed}" in alts(app)[1 - asked.plan.side]
        said = "\n".join(text.value for text in app.markdown)
        assert ("Right." in said) == right and (f"{asked.title} has fooled you" in said) != right
        check(next(button for button in app.button if button.label == "Next round").click().run())
    assert "You were right in 2 of 3" in app.markdown[-1].value and len(app.dataframe[0].value) == 3
    assert pictures(app) == pictures(check(app.run()))

    check(app.number_input(key="quiz").set_value(18).run())  # another quiz, from its first round
    assert app.header[0].value == "Round 1" and "No round yet." in app.markdown[-1].value


def test_every_visitor_has_a_score_of_his_own(show):
    one, other = show("Quiz", **TOYS, quiz="17"), show("Quiz", **TOYS, quiz="17")
    assert pictures(one) == pictures(other)
    check(one.button(key="real_left").click().run())
    check(other.run())
    assert other.button(key="real_left") and "No round yet." in other.markdown[-1].value


def test_a_quiz_without_real_pictures_says_so(show):
    app = show("Quiz", data="photos")
    assert "there are none of photos in this zoo" in app.error[0].value.replace("\\", "")


def test_home_shows_every_variant_by_year_at_the_same_latents(show, measured_zoo):
    app = show("Home", **TOYS)
    links = [link.proto for link in app.get("page_link")]
    assert [link.label for link in links] == ["**Plain GAN**", "**Deep GAN**", "**Told GAN**"]
    assert unpacked(parse_qs(links[1].query_string)) == {"data": ["toys"], "variant": ["deep"]}
    assert alts(app)[0].startswith("Real data") and all("seeds 0 to 8" in alt for alt in alts(app)[1:])
    assert any("FD 12.3 · floor 0.86" in one.proto.body for one in app.get("html"))
    before = pictures(app)
    check(app.button(key="another_latent_seed").click().run())
    assert app.session_state["seed"] == 9 and before[0] == pictures(app)[0]
    assert not set(before[1:]) & set(pictures(app)) and pictures(show("Home", **TOYS, seed="9")) == pictures(app)


def test_a_variant_without_real_data_stands_alone(show):
    app = show(data="photos")
    assert titles(app) == ["Colour GAN"] and len(pictures(app)) == 1


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("Compare", {"variants_toys": ["Deep GAN", "Told GAN"], "seed": "7", "images": "4", "class_toys": "one"}),
        ("Interpolate", {"variants_toys": ["Told GAN"], "keys": "3, 0", "path": "lerp", "loop": "False"}),
        ("Interpolate", {"keys": "5: one, 5: zero, 8", "seconds": "2.0", "film": "MP4"}),
        ("Interpolate", {"walk": MAP, "corners": "1, 2: one, 3, 4", "side": "6"}),
        ("Classes", {"columns": "3", "seed": "5", "classes_toys": ["two", "zero"]}),
        ("Classes", {"hold": LATENTS, "keys": "3, 0, 3", "loop": "False"}),
    ],
)
def test_a_link_reopens_the_same_view(show, page, link):
    first, again = show(page, **TOYS, **link), show(page, **TOYS, **link)
    assert pictures(first) == pictures(again) != pictures(show(page, **TOYS))
    assert moving(first) == moving(again)
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
    odd = show("Interpolate", **TOYS, walk="none", path="jump", at="x", loop="maybe", film="AVI", seconds="3")
    assert pictures(odd) == pictures(show("Interpolate", **TOYS)) and moving(odd)[0]["at"] == [0.5]


def test_key_frames_are_edited_as_text_and_one_at_a_time(show):
    app = show("Interpolate", **TOYS)
    assert len(alts(app)) == 3  # a film strip per variant
    (walk,) = moving(app)
    assert len(walk["figures"]) == 3 and walk["axes"][0]["stops"] == ["seed 0", "seed 7", "seed 23", "seed 0"]
    keys = app.text_input(key="keys")
    check(app.button(key="keys_add").click().run())
    assert keys.value.startswith("0, 7, 23, ") and len(moving(app)[0]["axes"][0]["stops"]) == 5
    check(app.button_group(key="keys_one").set_value(1).run())
    check(app.selectbox(key="keys_class").select("two").run())
    assert keys.value.startswith("0, 7: two, 23, ") and "class zero to two" in moving(app)[0]["figures"][2]["caption"]
    check(app.button(key="keys_random").click().run())
    assert keys.value.split(", ")[1].endswith(": two") and not keys.value.startswith("0, 7:")
    check(app.button(key="keys_remove").click().run())
    assert keys.value.startswith("0, 23, ")
    before = pictures(app)
    check(app.button_group(key="path").set_value("lerp").run())
    assert all(a != b for a, b in zip(before, pictures(app), strict=True))
    check(app.toggle(key="loop").set_value(False).run())
    assert moving(app)[0]["axes"][0]["stops"][0] == "seed 0" and len(moving(app)[0]["axes"][0]["stops"]) == 3
    check(app.button(key="keys_remove").click().run())
    assert app.button(key="keys_remove").disabled  # two are left


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"keys": "4"}, "Give two seeds or more"),
        ({"keys": " "}, "Give two seeds or more"),
        ({"keys": "0, seven"}, "'seven' is not a key frame"),
        ({"keys": "0, 7: nine"}, "There is no class 'nine'; there are zero, one, two."),
        ({"keys": ",".join(map(str, range(13)))}, "There are 13 key frames, and at most 12"),
        ({"walk": MAP, "corners": "0, 1, 2"}, "Give four seeds"),
        ({"walk": MAP, "corners": "0, 1, 2, 3, 4"}, "There are 5 key frames, and at most 4"),
    ],
)
def test_key_frames_that_are_none_get_one_sentence(show, link, words):
    app = show("Interpolate", **TOYS, **link)
    assert words in app.error[0].value.replace("\\", "") and not pictures(app)
    key = "corners" if "corners" in link else "keys"
    check(app.text_input(key=key).set_value("1, 2, 3, 4").run())
    assert not app.error and pictures(app)


def test_a_map_has_two_sliders(show):
    app = show("Interpolate", **TOYS, walk=MAP, at="0 1")
    (walk,) = moving(app)
    assert [axis["title"] for axis in walk["axes"]] == ["To the right", "Down"] and walk["at"] == [0, 1]
    assert walk["axes"][0]["per"] == 7 and not alts(app)
    check(app.select_slider(key="side").set_value(4).run())
    assert moving(app)[0]["axes"][1]["per"] == 3
    check(app.button(key="corners_random").click().run())
    assert not app.text_input(key="corners").value.startswith("0,")
    assert "keys_add" not in [button.key for button in app.button]


def test_classes_walks_the_classes_or_the_latents(show):
    app = show("Classes", **TOYS)
    assert titles(app) == ["Told GAN"]  # the grid
    (walk,) = moving(app)
    assert walk["axes"][0]["stops"] == ["zero", "one", "two", "zero"]
    before = pictures(app)
    check(app.slider(key="columns").set_value(2).run())
    assert all(a != b for a, b in zip(before, pictures(app), strict=True))
    check(app.multiselect(key="classes_toys").set_value(["two", "zero"]).run())
    assert moving(app)[0]["axes"][0]["stops"] == ["two", "zero", "two"]
    check(app.button_group(key="hold").set_value(LATENTS).run())
    assert moving(app)[0]["axes"][0]["stops"] == ["seed 0", "seed 7", "seed 23", "seed 0"]
    assert "· seeds 0, 7, 23 · class two, zero, each held ·" in alts(app)[0]
    check(app.button_group(key="hold").set_value(CLASSES).run())
    check(app.multiselect(key="classes_toys").set_value(["one"]).run())
    assert "two classes or more" in app.error[0].value and not pictures(app)


def test_classes_without_a_conditional_variant_says_so(show):
    app = show("Classes", data="photos")
    assert "takes a class" in app.info[0].value and not pictures(app)


def test_styles_shows_mixtures_and_truncations_and_follows_its_controls(show, styled_zoo):
    app = show("Styles", **TOYS)
    assert titles(app) == ["Styled GAN", "Told styles"] * 2
    seeds = "rows seeds 0 to 3, columns seeds 100 to 103"
    assert f"Styled GAN · toys · {seeds}: 4 and 8 px from the columns, 16 and 32 px from the rows" in alts(app)[0]
    assert "· class zero ·" in alts(app)[1] and "· seeds 0 to 3 · class zero ·" in alts(app)[3]
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
    assert app.session_state["column_seed"] == 104
    assert pictures(app)[0] != two[0] and pictures(app)[2:] == two[2:]  # the strips are of the rows
    check(app.pills(key="styled_toys").set_value(["Styled GAN"]).run())
    assert titles(app) == ["Styled GAN"] * 2 and all("class" not in box.key for box in app.selectbox)
    check(app.pills(key="styled_toys").set_value([]).run())
    assert "Choose" in app.info[0].value and not pictures(app)


def test_a_link_reopens_the_same_mixture(show, styled_zoo):
    link = {"styled_toys": ["Told styles"], "grid": "3", "seed": "4", "column_seed": "0", "levels": "middle"}
    link |= {"truncation": "0.7", "style_class_toys": "one"}
    first, again = show("Styles", **TOYS, **link), show("Styles", **TOYS, **link)
    assert pictures(first) == pictures(again) != pictures(show("Styles", **TOYS))
    alt = alts(first)[0]
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


def test_text_of_a_foreign_checkpoint_is_shown_as_it_is(show, zoo_folder):
    path = zoo_folder / "toys" / "plain" / "recipe.json"
    content = json.loads(path.read_text())
    content["recipe"].update(title="<b>A*B*</b> [x](http://x) :red[y] $z$", objective="", paper="")
    path.write_text(json.dumps(content))
    app = show(**TOYS)
    assert any("<b>&lt;b&gt;A*B*&lt;/b&gt; [x](http://x) :red[y] $z$</b>" in one.value for one in app.get("html"))
    assert r"\<b\>A\*B\*\</b\> \[x\](http\://x) \:red\[y\] \$z\$" in app.expander[0].label


# Evolution --------------------------------------------------------------------------------------------------


def test_evolution_moves_all_variants_with_one_slider(show, filmed_zoo):
    app = show("Evolution", **TOYS)
    assert titles(app) == ["Plain GAN", "Deep GAN", "Told GAN", "Critic GAN"]
    assert not app.error and not app.warning
    assert app.select_slider(key="images_at").value == 401  # of 0, 50, 100, 200, 401, 450, 900, 1600: 400 is too close
    check(app.select_slider(key="images_at").set_value(200).run())
    before = pictures(app)
    for alt, shown in zip(alts(app), ("100 of 900", "200 of 450", "0 of 1.6k", "0 of 1.6k"), strict=True):
        assert "· seeds 0 to 15 ·" in alt and f"· {shown} images of training ·" in alt
    check(app.select_slider(key="images_at").set_value(401).run())
    assert [a == b for a, b in zip(before, pictures(app), strict=True)] == [False, True, True, False]
    check(app.select_slider(key="images_at").set_value(1600).run())
    assert [text for text in cards(app, "figcaption") if "its last" in text][1].startswith(
        "toys · seeds 0 to 15 · 450 of 450 images of training, its last"
    )
    assert charts(app) == [
        "The critics' estimates over the training, each as a share of its largest: Critic GAN falls to 0.1 % of it.",
        "FD-toys-cnn, n = 2,000 over the training: Deep GAN from 44.4 to 10.3.",
    ]
    assert "Plain GAN, Deep GAN, Told GAN: the losses tell nothing of quality" in words(app)
    check(app.segmented_control(key="drawn").set_value(4).run())
    assert "seeds 0 to 3 ·" in words(app)


def test_evolution_keeps_its_place_when_other_variants_are_chosen(show, filmed_zoo):
    app = show("Evolution", **TOYS, images_at="450")
    check(app.pills(key="variants_toys").set_value(["Plain GAN", "Told GAN"]).run())
    assert app.select_slider(key="images_at").value == 401  # the nearest of theirs
    check(app.segmented_control(key="axis").set_value("Share of the training").run())
    assert app.select_slider(key="share_at").options == ["0 %", "11.1 %", "44.6 %", "100 %"]
    check(app.select_slider(key="share_at").set_value(1.0).run())
    assert (
        "900 of 900 images" in words(app)
        and "1.6k of 1.6k images" in words(app)
        and "training, its last" not in words(app)
    )


def test_a_link_reopens_a_moment(show, filmed_zoo):
    link = {**TOYS, "variants_toys": ["Plain GAN", "Critic GAN"], "drawn": "9"}
    first = show("Evolution", **link, images_at="100")
    assert first.select_slider(key="images_at").value == 100
    assert pictures(first) == pictures(show("Evolution", **link, images_at="100"))
    assert pictures(first) != pictures(show("Evolution", **link))
    shared = show("Evolution", **link, axis="Share of the training", share_at="25 %")
    assert shared.select_slider(key="share_at").value == 0.25 and "400 of 1.6k images" in words(shared)
    assert pictures(show("Evolution", **link, images_at="x")) == pictures(show("Evolution", **link))


def test_the_animation_is_shown_and_saved(show, filmed_zoo):
    app = show("Evolution", **TOYS)
    still = len(pictures(app))
    check(app.toggle(key="play").set_value(True).run())
    assert len(pictures(app)) == still + 1
    labels = [button.label for button in app.get("download_button")]
    films = [f"{title} as WebP" for title in ("Plain GAN", "Deep GAN", "Told GAN", "Critic GAN")]
    assert labels == ["Download the animation as GIF", *films]


def test_a_damaged_film_is_named_and_the_others_are_shown(show, filmed_zoo):
    (filmed_zoo / "toys" / "deep" / "evolution.webp").write_bytes(b"RIFF")
    app = show("Evolution", **TOYS)
    assert titles(app) == ["Plain GAN", "Told GAN", "Critic GAN"]
    problem = app.warning[0].value.replace("\\", "")
    assert problem.startswith("Deep GAN: its evolution.webp cannot be shown: it is damaged")
    alone = show("Evolution", **TOYS, variants_toys="Deep GAN")
    assert "Deep GAN" in alone.error[0].value and not pictures(alone)
    assert "there is no such file" in show("Evolution", data="photos").error[0].value


def test_a_training_of_one_moment_needs_no_slider(show, filmed_zoo):
    record_film(filmed_zoo / "toys" / "deep", [0])
    app = show("Evolution", **TOYS, variants_toys="Deep GAN")
    assert len(pictures(app)) == 1 and not app.select_slider


# Leaderboard ------------------------------------------------------------------------------------------------


def charts(app: AppTest) -> list[str]:
    """What each chart says of itself."""
    return [json.loads(chart.proto.spec)["description"] for chart in app.get("vega_lite_chart")]


def words(app: AppTest) -> str:
    texts = [e.value.replace("\\", "") for e in (*app.markdown, *app.caption, *app.info)]
    return "\n".join([*texts, *cards(app, "figcaption")])


def headings(app: AppTest) -> list[str]:
    return [e.value for e in app.header]


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
    assert f"FD-toys-cnn through toys-cnn {EXTRACTOR['hash']}: 10,000 generated against 5,000 test images" in shown
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
        "import sys; from streamlit.testing.v1 import AppTest; app = AppTest.from_file('app.py', default_timeout=200);"
        "app.query_params['data'] = 'toys'; app.switch_page('demo/streamlit/leaderboard.py'); app.run();"
        "assert app.dataframe and not app.exception; sys.exit('torch' in sys.modules)"
    )
    env = {**os.environ, "GANSCOPE_CHECKPOINTS": str(measured_zoo)}
    assert subprocess.run([sys.executable, "-c", run], cwd=ROOT, env=env, capture_output=True).returncode == 0


def test_compare_shows_the_distance_under_the_pictures(show, measured_zoo):
    app = show(**TOYS)
    beneath = cards(app, "figcaption")
    assert any(
        text.endswith("\nFD-toys-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000 against 5,000 real)") for text in beneath
    )


# Ablation ---------------------------------------------------------------------------------------------------


def test_the_ablation_shows_a_family_with_changes_marks_and_sentences(show, family_zoo):
    record_runs(family_zoo / "toys")
    app = show("Ablation", **TOYS)
    assert [title for title in titles(app) if "GAN" in title] == ["Root GAN", "Noisy GAN", "Wide GAN", "Late GAN"]
    assert len(pictures(app)) == 4
    shown = words(app)
    assert "Changes:** fading noise on all that D sees (from sigma 0.1)." in shown
    assert ":blue[**▲ better**] FD-toys-cnn -5.00" in shown and ":orange[**▼ worse**] Rarest class -3.0 points" in shown
    assert "Over 3 training seeds (5,000 images each), Noisy GAN helped and hurt" in shown
    assert "Not like for like" in shown and "never measured" in shown
    assert headings(app) == ["Every training seed: 3 of each"]
    assert [chart.split(" (")[0] for chart in charts(app)] == ["FD-toys-cnn", "Recall", "Coverage", "Rarest class"]
    numbers = app.dataframe[0].value
    assert len(numbers) == 12 and list(numbers["Difference"][:3]) == ["-5.00", "-6.00", "-4.00"]
    assert not app.error and not app.warning


def test_the_ablation_without_a_record_gives_hints(show, family_zoo):
    app = show("Ablation", **TOYS)
    assert "**△ better?**] FD-toys-cnn" in words(app) and "no more than a hint" in words(app)
    assert headings(app) == ["One training seed each"]


def test_the_ablation_follows_its_controls_and_its_link(show, family_zoo):
    path = family_zoo / "toys" / "deep" / "recipe.json"
    path.write_text(path.read_text().replace('"parent": ""', '"parent": "plain"'))
    app = show("Ablation", **TOYS)
    before = pictures(app)
    check(app.button(key="next_seed").click().run())
    assert app.session_state["seed"] == 16 and not set(before) & set(pictures(app))
    check(app.segmented_control(key="parent_toys").set_value("Plain GAN").run())
    assert [title for title in titles(app) if "GAN" in title] == ["Plain GAN", "Deep GAN"]
    check(app.segmented_control(key="drawn").set_value(4).run())
    again = show("Ablation", **TOYS, parent_toys="Plain GAN", seed="16", drawn="4")
    assert pictures(again) == pictures(app) != before
    assert pictures(show("Ablation", **TOYS, parent_toys="Nobody", drawn="5")) == before


def test_the_ablation_without_a_family_or_without_sound_weights_says_so(show, family_zoo):
    app = show("Ablation", data="photos")
    assert "nothing can be compared" in app.info[0].value and not pictures(app)
    for name in ("root", "noisy", "wide", "late"):
        (family_zoo / "toys" / name / "generator.safetensors").write_bytes(b"these are no weights")
    record_runs(family_zoo / "toys")
    app = show("Ablation", **TOYS)
    assert app.error and not pictures(app)
    app = show("Ablation", **TOYS)  # known as damaged now, so that only the record is left
    assert "Not in this zoo: no pictures." in words(app) and "Noisy GAN helped and hurt" in words(app)
