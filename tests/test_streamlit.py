"""Every Streamlit page, run without a browser over a small zoo, sound and broken."""

import json
from pathlib import Path

import pytest
from conftest import BROKEN
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent
PAGES = {"Compare": None, "Interpolate": "interpolate", "Classes": "classes"}
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
        if PAGES[page]:
            app.switch_page(f"demo/streamlit/{PAGES[page]}.py")
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
    assert pictures(app)[1] != before[2]


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


@pytest.mark.parametrize("page", PAGES)
def test_no_variant_chosen_gets_a_sentence(show, page):
    app = show(page, **TOYS)
    check(app.multiselect(key="conditional_toys" if page == "Classes" else "variants_toys").set_value([]).run())
    assert "Choose" in app.info[0].value and not pictures(app)


@pytest.mark.parametrize("page", PAGES)
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
