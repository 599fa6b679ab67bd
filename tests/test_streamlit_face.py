"""Streamlit's front end without a browser, over pages that have every control and part there is."""

import json
import time
from threading import Event, Thread

import pytest
from helpers import contents
from pages_for_tests import EVERY, OTHER
from streamlit_pages import change, check, data, html, link, open_page, pictures, told
from zoos import BROKEN, put

from demo.faces import streamlit as face
from demo.faces.visit import Visit

TOYS = {"data": "toys"}


@pytest.fixture(autouse=True)
def environment(zoo_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(zoo_folder))
    monkeypatch.setenv("GANSCOPE_HUB_CACHE", str(tmp_path / "visitors"))
    monkeypatch.delenv("GANSCOPE_PAGES", raising=False)


@pytest.fixture
def show(zoo_folder):
    def run(page="", folder=zoo_folder, **link):
        return open_page(folder, page, **link)

    return run


def said(app, name: str) -> str:
    """The value of a control, as the page saw it."""
    return html(app).partition(f"<li>{name}: ")[2].partition("</li>")[0]


def test_every_control_changes_the_page_and_the_address(show):
    app = show(**TOYS)
    assert len(pictures(app)) == 3 and not told(app) and link(app) == {"data": ["toys"]}
    before = pictures(app)
    check(app.slider(key="psi").set_value(0.5).run())
    assert said(app, "psi") == "0.5" and pictures(app) != before
    check(app.segmented_control(key="axis").set_value("share").run())
    check(app.select_slider(key="moment").set_value(7).run())
    check(app.selectbox(key="words").select_index(3).run())
    check(app.toggle(key="loop").set_value(True).run())
    check(app.text_input(key="keys").set_value("<3>").run())
    check(app.pills(key="levels").set_value(["coarse", "fine"]).run())
    chosen = next(one for one in app.get("button_group") if one.key.startswith("class_toys"))
    check(chosen.set_value("two").run())
    for name, text in {
        "axis": "share", "moment": "7", "words": "a choice with many letters, number 3", "loop": "True",
        "keys": "&lt;3&gt;", "levels": "(&#x27;coarse&#x27;, &#x27;fine&#x27;)", "class": "two",
    }.items():  # fmt: skip
        assert said(app, name) == text
    assert link(app) == {
        "data": ["toys"], "psi": ["0.5"], "axis": ["Time"], "moment": ["7"], "loop": ["true"], "keys": ["<3>"],
        "levels": ["coarse", "fine"], "class_toys": ["two"], "words": ["a choice with many letters, number 3"],
    }  # fmt: skip
    again = show(**link(app))
    assert html(again) == html(app) and link(again) == link(app)


def test_a_number_gets_what_its_script_needs(show):
    app = show(**TOYS)
    seed, look = data(app)["seed"], data(app)["look"]
    assert seed == {
        "label": "First seed", "help": "Each seed is one latent vector: every variant gets the same ones.", "value": 0,
        "least": 0, "most": 2**31 - 1, "step": 4, "after": "Next", "random": 100_000, "placeholder": "",
    }  # fmt: skip
    assert look["value"] is None and look["placeholder"] == "none"
    change(app, seed="12", look="3")
    assert data(app)["seed"]["value"] == 12 and data(app)["look"]["value"] == 3
    assert link(app)["seed"] == ["12"] and "Seed looked at: 3" in html(app)


@pytest.mark.parametrize(
    ("event", "changes"),
    [({"value": 7}, {"seed": 7}), ({"value": None}, {"seed": None}), ({"value": -1}, {}), ({"value": "x"}, {}),
     ({"value": 2**40}, {}), ({"value": 1.5}, {}), ({}, {"seed": None})],
)  # fmt: skip
def test_a_number_takes_only_whole_numbers_that_it_may_have(event, changes):
    from demo.faces.streamlit_controls import _counted

    assert _counted(EVERY.control("seed"), event) == changes


def test_buttons_change_the_state_or_what_only_this_visitor_has(show):
    app, other = show(**TOYS), show(**TOYS)
    check(next(b for b in app.button if b.label == "Press").click().run())
    check(next(b for b in app.button if b.label == "Press").click().run())
    assert "Presses: 2" in html(app) and "Presses: 0" in html(check(other.run()))
    check(next(b for b in app.button if b.label == "Seed 100").click().run())
    assert link(app)["seed"] == ["100"] and [b.label for b in app.button if b.label == "Seed 200"]


def test_an_error_of_the_app_is_one_sentence_and_no_traceback(show):
    app = show(**TOYS)
    check(next(b for b in app.button if b.label == "Fails").click().run())
    (sentence,) = told(app)
    assert "because of an error in the app" in sentence and "ZeroDivision" not in sentence and len(pictures(app)) == 3
    check(app.toggle(key="loop").set_value(True).run())
    assert not told(app)


def test_two_parts_that_are_refused_for_the_same_reason_say_it_once(show):
    app = show(**TOYS, keys="bad")
    (sentence,) = told(app)
    assert "not 'bad'" in sentence and len(pictures(app)) == 3
    assert ["because of an error in the app" in one for one in told(show(**TOYS, keys="worse"))] == [True]


def test_a_part_that_takes_its_time_ends_with_its_last_step(show):
    assert "Step 3 of 3" in html(show(**TOYS))


def test_variants_are_chosen_by_name_and_by_family(show, family_zoo):
    app = show(**TOYS)
    (fold,) = [e for e in app.expander if "variants" in e.label]
    assert fold.label.replace("\\", "") == "7 of 7 variants: Plain GAN, Root GAN, Deep GAN, Told GAN and 3 more"
    assert [b.label for b in app.button if str(b.key).startswith("group_")] == ["All", "None", "Root GAN family"]
    check(app.button(key="group_Root GAN family").click().run())
    assert link(app)["variants_toys"] == ["Root GAN", "Noisy GAN", "Wide GAN", "Late GAN"]
    assert len(app.pills(key="variants_toys").value) == 4
    check(app.button(key="group_None").click().run())
    assert told(app) == ["Choose one variant or more."] and not pictures(app) and not app.error
    check(app.pills(key="variants_toys").set_value(["toys/deep"]).run())
    assert len(pictures(app)) == 1 and link(app)["variants_toys"] == ["Deep GAN"]


def test_every_data_set_keeps_its_variants(show):
    app = show(**TOYS, variants_toys=["Deep GAN"])
    check(app.segmented_control(key="data").set_value("photos").run())
    assert 'alt="photos/colour"' in html(app) and len(pictures(app)) == 1
    check(app.segmented_control(key="data").set_value("toys").run())
    assert 'alt="toys/deep"' in html(app) and len(pictures(app)) == 1


# Links ------------------------------------------------------------------------------------------------------


def test_a_link_of_the_other_front_end_opens_the_page(show):
    app = show("other", **TOYS, seed="3", images="9")
    assert app.title[0].value == "The other page" and "Other: toys, seed 3, images 9" in html(app)
    assert link(app) == {"data": ["toys"], "seed": ["3"], "images": ["9"]}


def test_what_means_nothing_in_a_link_is_said_once_at_arrival(show):
    app = show(**TOYS, variants_toys=["Nobody", "Deep GAN"], seed="-4")
    assert told(app) == [
        "The link says 'Nobody' for “Variants”, which is not possible here. Possible values: Plain GAN, Deep GAN, "
        "Told GAN.",
        "The link says '-4' for “First seed”, which is not possible here. It must be a whole number from 0 to "
        "2,147,483,647.",
    ]
    assert link(app) == {"data": ["toys"], "variants_toys": ["Deep GAN"]} and len(pictures(app)) == 1
    check(app.toggle(key="loop").set_value(True).run())
    assert not told(app)
    assert told(show("nonsense", **TOYS)) == ["There is no page 'nonsense' here; there is every, other."]


def test_an_address_that_the_page_wrote_itself_is_no_link(show):
    """Of two quick clicks the second one still says the address before the first."""
    app = show(**TOYS)
    first = link(app)
    change(app, seed="4")
    second = link(app)
    check(app.toggle(key="loop").set_value(True).run())
    for late in (first, second):
        app.query_params.clear()
        for name, texts in late.items():
            app.query_params[name] = texts
        check(app.run())
        assert said(app, "seed") == "4" and said(app, "loop") == "True"
        assert link(app) == {**second, "loop": ["true"]}, "the address is put right"


def test_another_address_is_a_link(show):
    app = show(**TOYS, seed="4", loop="true", variants_toys=["Deep GAN"])
    app.query_params.clear()
    app.query_params["seed"] = "8"
    check(app.run())
    assert said(app, "seed") == "8" and said(app, "loop") == "False", "what it does not say is as it would be anyway"
    assert said(app, "data") == "toys" and len(pictures(app)) == 3


def test_back_and_forward_keep_the_data_set(zoo):
    here = Visit()
    s = here.arrive(EVERY, zoo, {})
    first = here.write(s)
    here.change(s, {"data": "toys"})
    toys = here.write(here.arrive(EVERY, zoo, first))
    assert first == {} and toys == {"data": ["toys"]}
    other = here.arrive(OTHER, zoo, {})  # by the menu: Streamlit says nothing then
    assert other.data == "toys" and here.write(other) == toys
    here.change(other, {"data": "photos", "images": 9})
    written = here.write(here.arrive(OTHER, zoo, toys))
    assert written == {"data": ["photos"], "images": ["9"]}, "though it is the first one"
    assert here.arrive(EVERY, zoo, toys).data == "toys", "back"
    assert here.arrive(OTHER, zoo, written).data == "photos", "forward"
    assert here.arrive(EVERY, zoo, first).data == "photos", "an address without one keeps what is chosen"


def test_a_click_that_opens_another_page_takes_its_query_along(zoo):
    here = Visit()
    s = here.arrive(EVERY, zoo, {"data": ["toys"], "seed": ["4"]})
    here.query["images"] = ["9"]
    here.to, here.sent = "", "other"
    s = here.arrive(OTHER, zoo, here.write(s))  # the browser still says the address of the page before
    assert (s.data, s.seed, s.images) == ("toys", 4, 9)
    assert here.arrive(OTHER, zoo, {"seed": ["8"]}).images == 4, "the next one is a link"


# What is missing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["every", "other"])
def test_an_empty_zoo_says_how_to_fill_it(show, tmp_path, page):
    (tmp_path / "empty").mkdir()
    app = show(page, folder=tmp_path / "empty")
    (sentence,) = told(app)
    assert "python -m train.dcgan --out runs/dcgan" in sentence and not data(app).get("seed") and not app.error
    assert app.text_input(key="hub_wish")


def test_broken_folders_make_one_notice_and_the_rest_works(show, broken_zoo):
    alone = show(folder=broken_zoo, **TOYS, variants_toys="Plain GAN (toys/torn)")
    assert any("toys/torn" in one for one in told(alone)) and not pictures(alone)
    app = show(folder=broken_zoo, **TOYS)
    (notice,) = [e for e in app.expander if "cannot be shown" in e.label]
    assert notice.label.startswith(f"{len(BROKEN) + 1} checkpoints")  # torn weights as well, which drawing finds
    assert len(notice.text) == len(BROKEN) + 1 and len(pictures(app)) == 3


def test_text_of_a_foreign_checkpoint_is_shown_as_it_is(show, zoo_folder):
    path = zoo_folder / "toys" / "plain" / "recipe.json"
    content = json.loads(path.read_text())
    content["recipe"].update(title="<b>A*B*</b> [x](http://x) :red[y] $z$", objective="", paper="")
    path.write_text(json.dumps(content))
    app = show(**TOYS)
    escaped = r"\<b\>A\*B\*\</b\> \[x\](http\://x) \:red\[y\] \$z\$"
    assert escaped in app.expander[0].label and escaped in app.pills(key="variants_toys").options


# The Hub ----------------------------------------------------------------------------------------------------


@pytest.fixture
def theirs(hub, tmp_path):
    """Names, with their commits, of two checkpoints of strangers: one fits the toys, the other has data of its own."""
    put(tmp_path / "style", name="style", title="Style GAN", year=2019, seed=7)
    put(tmp_path / "far", "stars", name="far", title="Far GAN", channels=3, seed=8)
    return {
        name: f"{name}@{hub.add(name, contents(tmp_path / name[4:])).head.oid}" for name in ("her/style", "his/far")
    }


def wish(app, text: str):
    app.text_input(key="hub_wish").set_value(text)
    return check(next(button for button in app.button if button.label == "Add").click().run())


def test_what_is_added_from_the_hub_is_shown_and_kept_in_the_address(show, theirs):
    app = wish(show(**TOYS, variants_toys=["Deep GAN"]), "her/style")
    title = f"Style GAN · {theirs['her/style'][:17]}"
    assert len(pictures(app)) == 2 and link(app)["variants_toys"] == ["Deep GAN", title]
    assert link(app)["hub"] == [theirs["her/style"]]
    again = show(**link(app))
    assert pictures(again) == pictures(app) and not told(again)

    wish(app, "his/far")  # other data: the page goes there
    assert said(app, "data") == "stars" and len(pictures(app)) == 1
    assert link(app)["hub"] == [theirs["her/style"], theirs["his/far"]]
    assert title in str(show("other", **TOYS, hub=[theirs["her/style"]]).pills(key="variants_toys").options)
    assert "Style GAN" not in str(show(**TOYS).pills(key="variants_toys").options), "somebody else"


def test_what_cannot_be_had_from_the_hub_is_told(show, hub, theirs):
    app = show(**TOYS)
    before = pictures(app)
    wish(app, "no/body")
    assert told(app) == ["no/body: the Hub has no such repository, or you may not see it."] and pictures(app) == before
    app = show(**TOYS, hub=["no/body", theirs["her/style"]])
    assert "1 checkpoint cannot be shown" in [e.label for e in app.expander]
    assert link(app)["hub"] == [theirs["her/style"]]
    asked = len(hub.log)
    change(app, seed="4")
    assert len(hub.log) == asked, "not asked for again with every change"
    assert "1 checkpoint cannot be shown" in [e.label for e in app.expander]


def test_names_of_the_hub_are_bounded(zoo, hub, theirs):
    here = Visit()
    here.arrive(EVERY, zoo, {"hub": ["no/body"] * 50 + [theirs["her/style"], theirs["his/far"]]})
    assert here.query["hub"] == list(theirs.values())
    assert not hub.requests("no/body") or len(here.refused) <= 8


def test_an_empty_zoo_is_filled_from_the_hub(show, theirs, tmp_path):
    (tmp_path / "empty").mkdir()
    app = wish(show(folder=tmp_path / "empty"), "her/style")
    assert len(pictures(app)) == 1 and not told(app)


# Turns ------------------------------------------------------------------------------------------------------


def test_a_page_waits_for_its_turn_but_not_for_what_is_kept(show, monkeypatch):
    gate = face.Gate(1)
    monkeypatch.setitem(face.GATES, "draw", gate)
    full = show(**TOYS)
    busy, done, began = face.Visitor("198.51.100.1"), Event(), Event()

    def work():
        with gate.turn(busy):
            began.set()
            done.wait(20)

    thread = Thread(target=work, daemon=True)
    thread.start()
    assert began.wait(20)
    threading = Thread(target=lambda: (time.sleep(0.1), done.set()), daemon=True)
    opened = time.monotonic()
    threading.start()
    again = show(**TOYS)  # one part reads the visitor's memory: it waits, and is made then
    assert pictures(again) == pictures(full) and done.is_set() and time.monotonic() - opened > 0.1
    thread.join(20)
    assert not gate._running and not gate._waiting


def test_reading_waits_for_no_drawing(show, monkeypatch):
    monkeypatch.setitem(face.GATES, "draw", None)
    assert "Other: toys" in html(show("other", **TOYS))
