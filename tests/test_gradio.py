"""The Gradio front end without a browser: what an event sends, and answers that overtake each other."""

import copy
import dataclasses
import threading
from functools import partial
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_pages import PAGES, Visit, gradio
from page_helpers import NO_ZOO
from pages_for_tests import EVERY, OTHER
from starlette.datastructures import QueryParams
from zoos import BROKEN, put

from demo.faces import gradio_session
from demo.faces.gradio_tab import some
from demo.page import Box, Html, Number, Page
from demo.page.state import EMPTY, HUB
from demo.zoo.zoo import Zoo

# What an event sends ----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error::UserWarning")  # Gradio warns of values that a component does not offer
def test_every_page_opens_and_its_link_opens_the_same(filmed_zoo):
    visit = Visit(filmed_zoo, data="toys")
    for page in PAGES:
        visit.open(page.name)
        assert visit.session.page == page.name and any(visit.shown()), page.name
        assert "could not be answered" not in str(visit.shown()), page.name
        link = visit.link()
        again = Visit(filmed_zoo, **link)
        assert again.session.page == page.name and again.link() == link
        assert again.shown() == visit.shown(), page.name


def test_a_visitor_who_is_faster_than_the_link_stays_on_his_page_with_its_data(zoo_folder):
    visit = Visit(zoo_folder)
    session = visit.session = gradio.Session()
    visit.open("home")  # the browser says so of the first tab by itself
    assert not visit.sent and not session.page
    visit.open("compare")  # he clicks
    assert visit.sent and visit.link()["data"] == ["photos"]
    shown, *turns = visit.face._arrived(session, SimpleNamespace(query_params=QueryParams("view=learn&data=toys")))
    assert not isinstance(shown, gr.Tabs)
    assert [page.name for page, one in zip(PAGES, turns, strict=True) if isinstance(one, int)] == ["compare"]
    visit.event(None, None)
    assert session.page == "compare" and visit.link()["data"] == ["toys"]


def test_the_first_page_is_not_sent_to_a_browser_that_still_builds_it(zoo_folder):
    face, session = gradio.Face(Zoo(zoo_folder), PAGES), gradio.Session()
    selects = next(fn.fn for fn in face.app.fns.values() if "select" in [event for _, event in fn.targets])
    asked = [fn.fn for fn in face.app.fns.values() if (face.turns[face.first]._id, "change") in fn.targets]
    assert list(selects(session, 1)) == [gr.skip()], "nobody has read the link yet"
    face._arrived(session, SimpleNamespace(query_params=QueryParams("")))
    assert list(selects(session, 2)) == [gr.skip()]
    assert list(asked[0](session)), "the browser is ready, and asks"
    assert session.page == face.first


def bound(face, place, event: str):
    """The function that an event of a component calls."""
    return next(fn.fn for fn in face.app.fns.values() if (place._id, event) in fn.targets)


def test_a_tab_that_was_turned_to_earlier_is_not_opened_later(zoo_folder):
    """The browser says of the first tab that it is open, and at once of that of the link: the second may come first."""
    visit = Visit(zoo_folder, view="compare", data="toys")
    face, session = visit.face, gradio.Session()
    tabs = {block.id: block for block in face.app.blocks.values() if isinstance(block, gr.Tab)}
    selects = {name: bound(face, tabs[name], "select") for name in ("home", "compare")}
    face._arrived(session, SimpleNamespace(query_params=QueryParams("view=compare&data=toys")))
    assert len(list(selects["compare"](session, 2))) > 1 and session.page == "compare"
    assert list(selects["home"](session, 1)) == [gr.skip()] and session.page == "compare"
    assert len(list(selects["home"](session, 3))) > 1 and session.page == "home"


# Answers that overtake each other ---------------------------------------------------------------------------


@pytest.mark.parametrize("steps", range(1, 4))
def test_what_stands_in_the_browser_is_what_counts_as_sent(zoo_folder, steps):
    """An answer that has sent so many of its parts when a newer event comes."""
    visit = Visit(zoo_folder, view="compare", data="toys")
    tab, stands = visit.tab, visit.stands

    def asked(look: int):
        return some(tab.answer(visit.session, partial(tab._said, tab.page.control("look")), _told(value=look)))

    def receive(updates) -> None:
        last = {}
        for last in updates:
            stands.update({} if "__type__" in last else last)
        stands.update({} if "__type__" in last else last)  # Gradio sends the last one again

    def older():
        answer = asked(3)
        for i, updates in enumerate(answer, 1):
            yield updates
            if i == steps:
                newer.start()
                newer.join(0.3)

    newer = threading.Thread(target=lambda: receive(asked(5)))
    receive(older())
    newer.join()
    again = Visit(zoo_folder, **visit.link())
    assert visit.link()["look"] == ["5"] and visit.shown() == again.shown()
    look = tab.places[tab.page.control("look")]
    assert stands[look]["value"]["value"] == 5
    visit.event(None, None)
    assert not visit.sent


def test_a_part_that_a_newer_event_overtook_while_it_was_sent_is_made_again(zoo_folder):
    """A stroke, and Undo: the first answer's part is on its way when the second event begins."""
    sketch = Number("sketch", "Sketch", 0)
    page = Page("one", "One", "One.", sketch, Html(lambda zoo, s: f"sketch {s.sketch}"))
    visit = Visit(zoo_folder, pages=(page,))
    place, began = visit.tab.places[page.parts[0]], threading.Event()
    cause = partial(visit.tab._said, sketch)

    def undo() -> None:
        began.set()
        visit.event(cause, _told(value=0))

    undone = threading.Thread(target=undo)
    for updates in visit.tab.answer(visit.session, cause, _told(value=1)):
        if place in updates:
            undone.start()
            began.wait()
            undone.join(0.3)
        visit.stands |= updates
    undone.join()
    assert visit.session.query == {"sketch": ["0"]} and visit.stands[place] == "sketch 0"


def test_of_two_quick_events_of_a_widget_the_newer_one_counts(zoo_folder):
    visit = Visit(zoo_folder, view="compare", data="toys")
    look = bound(visit.face, visit.tab.places[visit.tab.page.control("look")], "input")
    for value, count in ((5, 2), (3, 1)):
        list(look(visit.session, _told(value=value, count=count)))
    visit.event(None, None)
    assert visit.session.query["look"] == ["5"]
    list(look(visit.session, _told(value=3, count=3)))
    assert visit.session.query["look"] == ["3"]


def test_no_event_that_tells_something_waits_in_the_browser(zoo_folder):
    """Gradio would then repeat what the event before it told."""
    face = gradio.Face(Zoo(zoo_folder), (*PAGES, EVERY))
    told = {fn.trigger_mode for fn in face.app.fns.values() if "event" in getattr(fn.fn, "__annotations__", {})}
    assert told == {"multiple"}


def test_a_visitor_gets_a_session_of_his_own_and_waits_for_no_browser_that_left(monkeypatch):
    monkeypatch.setattr(gradio_session, "GONE", 0.05)
    first = gradio.Session()
    other = copy.deepcopy(first)
    with first.alone(), other.alone(), first.alone():
        pass
    with first.alone():
        pass


def test_no_answer_begins_while_an_event_changes_the_query(zoo_folder, monkeypatch):
    """It would send back what the visitor has just set, and take away what he sets next."""
    alone = []

    class Watched(gradio.Session):
        def __setattr__(self, name, value):
            if name == "query" and hasattr(self, "_sending"):
                alone.append(self._sending.locked())
            super().__setattr__(name, value)

        def change(self, query):
            alone.append(self._sending.locked())
            super().change(query)

    monkeypatch.setattr(gradio, "Session", Watched)
    visit = Visit(zoo_folder, view="compare", data="toys")
    face, session = visit.face, visit.session
    from_hub = dataclasses.replace(face.maker.zoo.entry("toys/told"), hub=HUB)
    monkeypatch.setattr(face.maker.zoo, "add", lambda *_: SimpleNamespace(entries=[from_hub], problems=[]))
    events = (
        lambda: visit.type("look", _told(value=3)),
        lambda: face._chose("variants")(session, ["toys/told"]),
        lambda: face._chose("data")(session, "toys"),
        lambda: face._group(0, session),
        lambda: face._add(session, HUB),
    )
    for event in events:
        before = len(alone)
        event()
        assert len(alone) > before
    assert all(alone) and len(alone) > len(events), "the link as well"


def test_an_event_sends_what_it_changes_and_nothing_else(zoo_folder):
    visit = Visit(zoo_folder, view="compare", data="toys")
    first = len(visit.sent)
    visit.event(partial(visit.tab._said, visit.tab.page.control("look")), _told(value=3))
    look = visit.tab.places[visit.tab.page.control("look")]
    names = {visit.face.address, visit.face.notice, visit.face.python, look}  # its Python looks closer as well
    assert look in visit.sent and visit.stands[look]["value"]["value"] == 3 and visit.link()["look"] == ["3"]
    changed = [part for part, place in visit.tab.places.items() if place in visit.sent and isinstance(part, Html)]
    assert len(changed) == 1 and "seed 3" in visit.stands[visit.tab.places[changed[0]]]
    assert len({*visit.sent} - names) == 1 and first > 10
    visit.event(None, None)
    assert not visit.sent


def test_a_fold_in_which_nothing_is_shown_is_hidden(zoo_folder):
    visit = Visit(zoo_folder, view="compare", data="toys")
    place = next(place for item, place in visit.tab.places.items() if isinstance(item, Box))
    assert place.visible is False and visit.stands[place]["visible"] is True
    visit.type("equal", True)
    assert visit.stands[place]["visible"] is False
    visit.type("equal", False)
    assert visit.stands[place]["visible"] is True


def test_numbers_that_are_none_change_nothing(zoo_folder):
    visit = Visit(zoo_folder, view="compare", data="toys")
    for value in ("7", 1.5, -1, 2**31, [1], {}):
        visit.event(partial(visit.tab._said, visit.tab.page.control("seed")), _told(value=value))
        assert "seed" not in visit.link(), value
    visit.event(partial(visit.tab._said, visit.tab.page.control("seed")), _told(value=7))
    assert visit.link()["seed"] == ["7"]


def _told(**said) -> gr.EventData:
    return gr.EventData(None, said)


def test_variants_are_chosen_by_name_and_by_family(zoo_folder):
    visit = Visit(zoo_folder, view="compare", data="toys")
    face = visit.face
    assert visit.stands[face.fold]["label"] == "3 of 3 variants: Plain GAN, Deep GAN, Told GAN"
    nudged = face._chose("variants")(visit.session, ["toys/told"])
    assert [page.name for page, one in zip(PAGES, nudged, strict=True) if isinstance(one, int)] == ["compare"]
    visit.event(None, None)
    assert visit.stands[face.fold]["label"] == "1 of 3 variants: Told GAN"
    assert visit.link()["variants_toys"] == ["Told GAN"]
    words = [visit.stands[one]["value"] for one in face.groups if visit.stands.get(one, {}).get("visible")]
    face._group(words.index("None"), visit.session)
    visit.event(None, None)
    assert visit.link()["variants_toys"] == ["none"] and "Choose one variant or more." in str(visit.shown())
    face._group(words.index("All"), visit.session)
    visit.event(None, None)
    assert visit.stands[face.variants]["value"] == ["toys/plain", "toys/deep", "toys/told"]


def test_what_means_nothing_in_a_link_is_said_at_arrival(zoo_folder):
    visit = Visit(zoo_folder, view="compare", data="moons", variants_photos="Nobody", hub=HUB)
    assert "moons" in visit.notice() and "Nobody" in visit.notice()
    assert "Possible values: photos, toys." in visit.notice()
    assert "There is no page &#x27;nowhere&#x27;" in Visit(zoo_folder, view="nowhere").notice()
    assert not Visit(zoo_folder, view="compare", data="toys").notice()


CHANGES = {
    "a control": lambda visit: visit.type("images", 4),
    "the data set": lambda visit: visit.face._chose("data")(visit.session, "toys"),
    "the variants": lambda visit: visit.face._chose("variants")(visit.session, ["toys/plain"]),
    "a family": lambda visit: visit.face._group(1, visit.session),
    "a link": lambda visit: visit.event(partial(visit.tab._clicked, None), SimpleNamespace(_data=LINK)),
}
LINK = {"change": {"seed": ["3"]}}


def test_what_was_wrong_with_the_link_is_told_until_something_is_changed(zoo_folder):
    visit = Visit(zoo_folder, view="compare")
    for name, change in CHANGES.items():
        link = f"view=compare&data={'photos' if name == 'the data set' else 'toys'}&seed=many&truncation=9&hub={HUB}"
        visit.session = gradio.Session()
        visit.face._arrived(visit.session, SimpleNamespace(query_params=QueryParams(link)))
        visit.open("compare")
        told = visit.notice()
        assert "“First seed”" in told and "“Truncation”" in told and "names no repository" in told
        visit.event(lambda s, query, told: query, None)  # an event that changes nothing
        assert visit.notice() == told, name
        change(visit)
        visit.event(None, None)
        assert "“" not in visit.notice(), name
        assert "names no repository" in visit.notice(), "what the Hub does not have is told as before"


def test_an_empty_zoo_says_once_on_every_page_how_to_fill_it(tmp_path):
    (tmp_path / "zoo").mkdir()
    visit = Visit(tmp_path / "zoo")
    for page in PAGES:
        visit.open(page.name)
        times = int(page.name not in NO_ZOO)
        assert str(visit.sent).count(EMPTY.partition("--")[0]) == times, page.name


def test_broken_folders_make_one_notice_and_the_rest_works(broken_zoo):
    visit = Visit(broken_zoo, view="compare", data="toys")
    assert all(name in visit.notice() for name in [*BROKEN, "toys/torn"])
    assert str(visit.shown()).count("<figcaption") >= 3 and str(broken_zoo) not in visit.notice()


def test_text_of_a_foreign_checkpoint_is_shown_as_it_is(zoo_folder):
    evil = "<img src=x onerror=alert(1)>"
    put(zoo_folder / "toys" / "evil", name="evil", title=evil, summary=evil, paper=evil, objective=evil, year=2021)
    (zoo_folder / "toys" / "cut" / evil.replace("/", "")).mkdir(parents=True)
    visit = Visit(zoo_folder, data="toys")
    for page in PAGES:
        visit.open(page.name)
        assert evil not in f"{visit.shown()} {visit.notice()}", page.name


def test_a_click_that_opens_another_page_takes_its_query_along(zoo_folder):
    visit = Visit(zoo_folder, pages=(EVERY, OTHER), data="toys")
    stands = {part: str(visit.stands.get(visit.tab.places[part])) for part in EVERY.parts if isinstance(part, Html)}
    (part,) = (part for part, words in stands.items() if "Go to the other" in words)
    said = {"change": {"view": ["other"], "data": ["toys"], "seed": ["5"]}}
    visit.event(lambda *event: visit.tab._clicked(part, *event), gr.EventData(None, said))
    assert visit.sent[visit.face.shown].selected == "other"
    visit.open("other")
    assert "Other: toys, seed 5, images 4" in str(visit.shown())


def test_events_have_one_small_place_for_their_progress(zoo_folder):
    """Else each step of one costs the browser a search for all outputs of all: see docs/decisions.md."""
    face = gradio.Face(Zoo(zoo_folder), PAGES)
    places = {
        tuple(event["show_progress_on"] or ())
        for event in face.app.config["dependencies"]
        if event["backend_fn"] and event["api_visibility"] == "private"
    }
    # What the form of the Hub says, which shows it; a download shows none.
    assert places == {(), (face.notice._id,), (face.added._id,)}
