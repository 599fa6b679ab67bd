"""The pages of the playground: what is asked, what is answered, and who may see it."""

import base64
import inspect
import json
import math
import time
from dataclasses import replace

import numpy as np
import pytest
from page_helpers import parts_of

from demo.draw import stage as staged
from demo.faces.api import endpoint
from demo.faces.arguments import fit
from demo.page import Maker, Refusal, Stage, resolve
from demo.page.pad import Picture
from demo.page.state import address, changed
from demo.pages import PAGES, claims, playground, theory
from demo.pages.playground import PAGE, hears, stage
from demo.zoo.playground import REACH, Run, Settings, dirac_gan, lanes, lineup, one_dimension, stories
from demo.zoo.playground.data import points
from demo.zoo.playground.lanes import Lane
from demo.zoo.zoo import Zoo
from train import recipes

STORIES = stories.names()
FAST = {"batch": ["32"], "width": ["8"], "steps": ["600"]}


@pytest.fixture
def zoo(monkeypatch, zoo_folder) -> Zoo:
    """With the recipes of train/, as a zoo of trained checkpoints has them."""
    monkeypatch.setattr(lineup, "recipes", lambda catalog: recipes())
    return Zoo(zoo_folder)


class Browser:
    """What the script does: it keeps frames, and asks for more."""

    def __init__(self, zoo, **query):
        self.zoo, self.query, self.memory, self.frames, self.run, self.asked = zoo, query, {}, [], "", 0
        self.see()

    def state(self):
        return resolve(PAGE, self.zoo, self.query, self.memory)

    def see(self, **said):
        if said:
            self.asked += 1
            said = {"run": self.run, "have": self.have, "every": 5, "echo": self.asked, **said}
            hears(self.zoo, self.state(), said)
        self.said = json.loads(json.dumps(stage(self.zoo, self.state())))
        if self.said["run"] != self.run:
            self.run, self.frames = self.said["run"], []
        assert self.said["from"] <= self.have, "a frame is missing"
        self.frames += [one for one in self.said["frames"] if one["n"] >= self.have]
        return self.said

    @property
    def have(self):
        return self.frames[-1]["n"] + 1 if self.frames else 0

    def change(self, **changes):
        s = self.state()
        self.query = changed(PAGE, s, self.query, changes)
        return self.see()


def test_it_opens_on_a_story_at_once_and_without_a_checkpoint(tmp_path):
    begun = time.thread_time()
    seen = Browser(Zoo(tmp_path))
    assert time.thread_time() - begun < 1
    assert seen.said["kind"] == "story" and len(seen.frames) == 19 and seen.said["told"]
    assert seen.see(do="go")["kind"] == "story" and "cannot be trained here" in seen.said["problem"]


def test_train_pause_go_on_single_steps_and_reset(zoo):
    seen = Browser(zoo, **FAST)
    assert seen.said["kind"] == "new" and len(seen.frames) == 1
    first = seen.see(do="go")
    assert first["kind"] == "live" and seen.frames[-1]["step"] >= 5 and first["echo"] == 1
    at = seen.frames[-1]["step"]
    assert seen.see()["frames"] == [] and seen.frames[-1]["step"] == at, "nobody asked: it stands still"
    assert seen.see(do="go")["from"] > 0 and seen.frames[-1]["step"] > at
    numbers = [one["n"] for one in seen.frames]
    assert numbers == list(range(len(numbers)))
    at = seen.frames[-1]["step"]
    seen.see(do="D")
    assert seen.frames[-1]["phase"] == "D" and seen.frames[-1]["step"] == at
    seen.see(do="G")
    assert seen.frames[-1]["phase"] == "G" and seen.frames[-1]["step"] == at + 1
    assert seen.see(do="reset")["kind"] == "new" and seen.frames[-1]["step"] == 0


def test_a_setting_changes_while_it_runs_and_another_run_begins_anew(zoo):
    seen = Browser(zoo, **FAST)
    live = seen.see(do="go")["run"]
    at = seen.frames[-1]["step"]
    seen.change(tune_g_lr=0.01)
    assert seen.run == live and "G's rate 0.01" in seen.said["head"]["titles"][0]
    seen.see(do="go")
    assert seen.run == live and seen.frames[-1]["step"] > at
    assert [[at, "Vanilla GAN has G's rate 0.01"]] == seen.said["marks"], "it says so"
    seen.query = {**seen.query, "lanes": [seen.query["lanes"][0].replace(",g_lr=0.01", "")]}
    seen.see(do="go")
    assert [words for _, words in seen.said["marks"]][1:] == ["Vanilla GAN has the recipe's rate of G again"]
    seen.change(points="grid")
    assert seen.run != live and seen.said["kind"] == "new" and len(seen.frames) == 1
    assert playground.host().of(seen.memory["me"]) is None
    assert seen.see(do="go", run=live)["kind"] == "new", "a question about the run before starts none"


def test_lost_answers_are_asked_for_again(zoo):
    seen = Browser(zoo, **FAST)
    seen.see(do="go")
    known = list(seen.frames)
    seen.memory["asked"] = {"do": "go", "run": seen.run, "have": seen.have, "every": 5, "echo": 2}
    stage(zoo, seen.state())  # this answer never comes
    assert stage(zoo, seen.state())["from"] > len(known)
    seen.see(do="")
    assert [one["n"] for one in seen.frames] == list(range(seen.have)) and seen.have > len(known)


@pytest.mark.parametrize(
    "said", [{}, {"do": "rm"}, {"do": "go", "have": -1, "every": 1, "echo": 1}, {"do": "go", "have": "0"}]
)
def test_what_the_script_cannot_have_asked_is_ignored(zoo, said):
    seen = Browser(zoo, **FAST)
    hears(zoo, seen.state(), {"run": seen.run, **said})
    assert stage(zoo, seen.state())["kind"] == "new"


def test_a_run_is_its_visitors_own(zoo):
    one, other = Browser(zoo, **FAST), Browser(zoo, **FAST)
    one.see(do="go")
    assert other.see()["kind"] == "new" and one.run.startswith("live/")
    assert other.see(do="go", run=one.run)["kind"] == "new", "nobody moves another's run on"
    (part,) = (part for part in PAGE.parts if isinstance(part, Stage))
    maker = Maker(zoo)
    list(maker.make(part, one.state()))
    assert maker.signature(part, other.state()) is None, "what a visitor trained is kept for nobody"


def test_a_question_takes_a_moment_and_a_run_ends_with_a_sentence(zoo):
    seen = Browser(zoo, **FAST, lanes=["gan"])
    seen.see(do="go")
    begun = time.thread_time()
    seen.see(do="go")
    assert time.thread_time() - begun < 3
    run = playground.host().of(seen.memory["me"])
    run.step, run.end = 19_999, 20_000
    said = seen.see(do="go")
    assert (said["ended"], said["more"]) == ("The run is over: 20,000 steps.", 0), "more than that are none"


@pytest.mark.parametrize("do", ["go", "D", "G", "both"])
def test_a_run_that_is_over_goes_on_where_it_is_asked_to(zoo, do):
    seen = Browser(zoo, **{**FAST, "steps": ["600"]}, lanes=["gan"])
    seen.see(do="go")
    run = playground.host().of(seen.memory["me"])
    run.step = 599
    assert (seen.see(do="both")["ended"], seen.said["more"]) == ("The run is over: 600 steps.", 600)
    assert seen.see()["ended"] and seen.said["total"] == 600, "to look at it makes it no longer"
    assert (seen.see(do=do)["ended"], seen.said["total"], seen.said["kind"]) == ("", 1200, "live")
    assert seen.frames[-1]["n"] > 0 and run.step >= 600


def test_the_link_makes_the_same_run_again(zoo):
    seen = Browser(zoo, **FAST, lanes=["gan,g_lr=0.002,d_terms=r1:0.1 wgan,weight_clip=0.1"], points=["blobs"])
    again = Browser(zoo, **address(seen.state()))
    assert playground.lined_up(again.state()) == playground.lined_up(seen.state())
    for one in (seen, again):
        one.see(do="both")
    assert seen.frames[-1] == again.frames[-1]


@pytest.mark.parametrize("name", STORIES)
def test_another_story_takes_all_its_settings_along(zoo, name):
    seen = Browser(zoo, **FAST)
    seen.change(pick=name)
    made = playground.lined_up(seen.state())
    assert made.story and made.story.name == name and seen.said["kind"] == "story"
    assert address(seen.state()) == ({"story": [name]} if name != STORIES[0] else {})
    assert seen.see(do="both")["kind"] == "live" and seen.said["head"]["titles"] == list(made.story.titles)


def test_variants_are_chosen_and_keep_their_changes(zoo):
    seen = Browser(zoo, **FAST)
    seen.change(who=("wgan_gp", "r3gan"))
    assert [lane.variant for lane in playground.lanes_of(seen.state())] == ["wgan_gp", "r3gan"]
    assert playground.lanes_of(seen.state())[0].changes["d_terms"] == {"gradient_penalty": 0.1}
    seen.change(who=())
    assert len(playground.lanes_of(seen.state())) == 2, "there is always one"
    seen.change(who=("gan", "lsgan", "wgan", "sngan", "r3gan"))
    assert len(playground.lanes_of(seen.state())) == 4
    seen.change(tune_penalty="r1", tune=0)
    first = playground.lanes_of(seen.state())[0]
    assert first.changes["d_terms"] == {"r1": 1.0}
    seen.change(tune_weight=10.0)
    assert playground.lanes_of(seen.state())[0].changes["d_terms"] == {"r1": 10.0}
    seen.change(tune_penalty="none")
    assert playground.lanes_of(seen.state())[0].changes["d_terms"] == {}


def test_lanes_are_read_as_they_were_written():
    made = [Lane("gan", {"g_lr": 0.002, "d_terms": {"r1": 0.1, "r2": 1.0}, "norm": "batch"}), Lane("wgan", {})]
    assert list(lanes.read_all(lanes.write(made))) == made
    assert lanes.read("gan,critic_steps=3").changes == {"critic_steps": 3} and lanes.read("gan,d_terms=").changes == {
        "d_terms": {}
    }
    for text in ("", "gan,colour=3", "gan,g_lr=fast", "a b c d e", "gan,d_terms=r1"):
        with pytest.raises(ValueError):
            lanes.read_all(text)
    for name in STORIES:
        story = stories.story(name)
        again = lanes.read_all(lanes.write(lanes.of_story(story)))
        assert [dict(lane.changes) for lane in again] == [dict(change) for change in story.changes]


def test_a_drawing_is_the_data_and_stands_in_the_link(zoo):
    sheet = np.zeros((48, 48, 1), np.uint8)
    sheet[10, 4:40] = 255
    seen = Browser(zoo, **FAST, points=["drawn"], sheet=[Picture.of(sheet).text])
    settings = playground.settings_of(seen.state())
    assert len(settings.points) == 36
    assert [y for _, y in settings.points] == pytest.approx([2 - 4 * 10.5 / 48] * 36, abs=1e-3)
    assert "sheet" in address(seen.state()) and seen.see(do="both")["kind"] == "live"
    empty = resolve(PAGE, zoo, {"points": ["drawn"]})
    assert not any(isinstance(value, Refusal) for value in parts_of(PAGE, zoo, empty).values()), "it is no mistake yet"
    assert "Draw what" in PAGE.control("sheet").help
    dot = np.zeros((48, 48, 1), np.uint8)
    dot[3, 3] = 255
    with pytest.raises(ValueError, match="Draw what"):
        stage(zoo, resolve(PAGE, zoo, {"points": ["drawn"], "sheet": [Picture.of(dot).text]}))
    full = points(np.full((48, 48), 255, np.uint8))
    assert len(full) == 500 and np.abs(full).max() < 2


# What is sent -----------------------------------------------------------------------------------------------


def test_a_frame_is_sent_as_it_is():
    run = Run(Settings(batch=32, width=8, steps=20), [recipes()["wgan"]])
    (frame,) = run.advance(5, every=5)
    head = staged.head(("A",), run.real, REACH, 8, "modes", frame)
    sent, view = staged.frame(frame, REACH), frame.views[0]
    one, n = sent["views"][0], head["points"]
    data = base64.b64decode(one["data"])
    fake = np.frombuffer(data, "<i2", 2 * n).reshape(n, 2) * head["step"]
    np.testing.assert_allclose(fake, view.fake, atol=1e-3)
    cells, arrows = math.prod(head["sheet"]), head["arrows"]
    at = 4 * (n + cells) + 2 * arrows
    heat = np.frombuffer(data, np.uint8, head["heat"] ** 2, at).reshape(head["heat"], -1)
    low, high = one["low"], one["high"]
    np.testing.assert_allclose(low + (high - low) * heat / 255, view.heat, atol=(high - low) / 250 + 1e-3)
    net = math.prod(k - 1 for k in head["sheet"])
    assert len(data) == at + heat.size + net + head["bins"] and sent["n"] == 1


def test_what_is_no_number_is_sent_as_plain_json():
    run = Run(Settings(batch=32, width=8, steps=20), [recipes()["gan"]])
    view = run.frames[0].views[0]
    bad = {k: np.full_like(getattr(view, k), np.nan) for k in ("fake", "heat", "sheet", "density", "push", "weights")}
    sent = staged.frame(replace(run.frames[0], views=(replace(view, **bad),)), REACH)
    assert "NaN" not in json.dumps(sent) and sent["views"][0]["d"] is None


# Programs ---------------------------------------------------------------------------------------------------


def test_the_python_of_the_pages_runs(zoo, monkeypatch):
    s = resolve(PAGE, zoo, {"lanes": ["gan wgan,weight_clip=0.1"], **FAST})
    assert playground.python(zoo, s) == "", "the zoo has no such checkpoint"
    s = resolve(PAGE, zoo, {"lanes": ["plain"], "steps": ["600"], "batch": ["32"], "width": ["8"]})
    monkeypatch.chdir(zoo.folder.parent)
    space: dict = {}
    exec(playground.python(zoo, s), space)
    assert space["pictures"][0].shape == (280, 280, 3) and space["frame"].step == 600
    for game in theory.GAMES:
        exec(theory.python(zoo, resolve(theory.PAGE, zoo, {"game": [game]})), {})
    for own in ("", "0.5,0.5,0.5,0.5", "0.9,0.2,0.3,0.4"):
        s = resolve(
            theory.PAGE, zoo, {"game": [theory.HAND], "real": ["4,3,2,1"], "generated": ["1,1,1,2"], "d": [own]}
        )
        space = {}
        exec(theory.python(zoo, s), space)
        assert space["game"].d_value == theory.hand(zoo, s).d_value, "what stands on the screen"
    tried = {page.name for page in PAGES if page.python and page.name in ("playground", "theory")}
    assert tried == {"playground", "theory"}


def test_the_python_of_a_drawing_trains_on_the_drawing(zoo, monkeypatch):
    sheet = np.zeros((48, 48, 1), np.uint8)
    sheet[10, 4:40] = sheet[20:30, 8] = 255
    link = {"lanes": ["plain"], "points": ["drawn"], **FAST}
    assert playground.python(zoo, resolve(PAGE, zoo, link)) == "", "nothing is drawn yet"
    s = resolve(PAGE, zoo, {**link, "sheet": [Picture.of(sheet).text]})
    monkeypatch.chdir(zoo.folder.parent)
    monkeypatch.setattr(Run, "advance", lambda run, every: run.frames[:1])  # all of the training takes seconds
    space: dict = {}
    exec(playground.python(zoo, s), space)
    assert len(space["pictures"]) == 1
    assert space["run"].settings == playground.settings_of(s) and len(space["run"].settings.points) == 46


def test_answers_for_programs(zoo):
    story = playground.playground_story(zoo, "walls")
    assert [one["name"] for one in story["stories"]] == list(STORIES) and len(story["frames"]) == 19
    assert story["picture"].data[:4] == b"\x89PNG" and story["modes"] == 24
    before = len(playground.host())
    run = playground.playground_run(zoo, ["gan,g_lr=0.002", "wgan"], "line", 20, 10, 32)
    assert [frame["step"] for frame in run["frames"]] == [0, 10, 20] and "over" in run["ended"]
    assert len(playground.host()) <= before, "nothing is left behind"
    assert playground.playground_run(zoo, ["gan"], "drawn", 10, 10, 32, 0, [[0, 0], [1, 1], [0, 1]])["modes"] == 3
    for wrong in (
        {"variants": ["nobody"]}, {"variants": []}, {"variants": ["gan"], "steps": 10**6},
        {"variants": ["gan"], "every": 1}, {"variants": ["gan"], "points": "cube"},
        {"variants": ["gan"], "points": "drawn"}, {"variants": ["gan"], "batch": 10**9},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\.$"):
            playground.playground_run(zoo, **wrong)
    far = theory.distances(zoo, [0.0, 2.0])
    assert far["values"]["JS"] == pytest.approx([0, math.log(2)], abs=1e-6) and far["values"]["KL"][1] is None
    assert theory.dirac(zoo, "wasserstein", "r1")["verdict"].startswith("The path comes to rest")
    assert theory.minimax(zoo, [1, 1], [1, 1])["value"] == pytest.approx(-math.log(4))


# Theory and claims ------------------------------------------------------------------------------------------


def test_a_click_sets_a_bar(zoo):
    s = resolve(theory.PAGE, zoo, {"real": ["1, 1"], "generated": ["2, 4"]})
    assert theory.clicked(zoo, s, 0, 0.75, 0.25) == {"real": "1, 6"}
    assert theory.clicked(zoo, s, 1, 0.1, 1.0) == {"generated": "0, 4"}
    assert theory.clicked(zoo, s, 2, 0.1, 0.5) == {"d": "0.5, 0.429"}
    assert theory.clicked(zoo, resolve(theory.PAGE, zoo, {"real": ["1, 0"]}), 0, 0.1, 1.0) is None
    assert "equal" in theory.value(zoo, resolve(theory.PAGE, zoo, {"real": ["1, 2"], "generated": ["2, 4"]}))


def test_what_is_read_off_in_one_dimension(zoo):
    def said(shift, shape="uniform"):
        query = {"shift": [str(shift)], "game": [theory.LINE], "shape": [shape]}
        return theory.read_off(zoo, resolve(theory.PAGE, zoo, query))

    assert "do not overlap" in said(2) and "infinite" in said(2) and "2.000" in said(2)
    assert "overlap. All three" in said(0.5, "normal") and "lie on each other" in said(0)


def test_claims_lead_to_their_story_and_lesson(zoo):
    s = resolve(claims.PAGE, zoo, {})
    text = claims.shown(zoo, s)
    assert text.count("Watch it in the plane") == 5 == len(claims.claims(zoo))
    for story in STORIES:
        made = playground.lined_up(resolve(PAGE, zoo, lineup.opening(story)))
        assert made.story and made.story.name == story


def test_the_shapes_and_updates_are_those_of_the_games():
    assert theory.SHAPES == one_dimension.SHAPES and theory.UPDATES == dirac_gan.UPDATES


def test_every_story_can_be_opened_from_its_lesson():
    lessons = {stories.story(name).lesson for name in STORIES}
    opened = {query["story"][0] for lesson in lessons for query in lineup.of_lesson(lesson).values()}
    assert opened == set(STORIES) and not lineup.of_lesson("nobody")


@pytest.mark.parametrize("ask", [ask for page in (PAGE, theory.PAGE, claims.PAGE) for ask in page.answers])
def test_every_value_of_another_type_is_told_in_one_sentence(zoo, ask):
    for name, one in inspect.signature(endpoint(zoo, ask)).parameters.items():
        with pytest.raises(ValueError, match=f"^{name} must be .*, not .*no.*"):
            fit(one.annotation, {"no": "value"}, name)
