"""Playground: GANs in the plane, trained while one looks."""

from __future__ import annotations

import functools
import html
import itertools
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from demo.draw import stage as staged
from demo.page import Choice, Fold, Html, Pad, Page, Row, Seed, Several, Stage, State, Text, snippets
from demo.page.lazy import Lazy
from demo.page.state import EMPTY
from demo.pages import common
from demo.pages import playground_lanes as tuning
from demo.pages.playground_answers import host, playground_run, playground_story

if TYPE_CHECKING:
    from demo.zoo.playground import Run, Settings
    from demo.zoo.playground.lanes import Lane
    from demo.zoo.playground.lineup import Lineup
    from demo.zoo.zoo import Zoo

play, lanes, lineups, stories = (Lazy(f"demo.zoo.playground{name}") for name in ("", ".lanes", ".lineup", ".stories"))

MOMENT = 0.35
"""Seconds of training for one question of a browser, about"""
MOST_MARKS = 20
"""Changes of a run that are told"""
ASKS = ("go", "D", "G", "both", "reset", "")
DRAWN, SHEET = "drawn", 48
"""Name of the data that a visitor draws; pixels of a side of his sheet, which is the plane"""
DRAW = "Draw what the GANs are to learn: a line, some dots, a letter."
STYLE = """
.play { max-width: 62rem; }
.play p { margin: .4rem 0; line-height: 1.5; }
"""


# What is set ------------------------------------------------------------------------------------------------


def story_of(s: State) -> stories.Story:
    """The chosen one, from whose settings all others start."""
    return stories.story(s["story"])


def shared(name: str, label: str, *options: Any, **more: Any) -> Choice:
    """A setting that all variants of a run share; at first the story's."""
    return Choice(name, label, lambda zoo, s: getattr(story_of(s).settings, lineups.SHARED[name]), options=options,
                  titles=lambda s: tuning.said(s, name), **more)  # fmt: skip


def settings_of(s: State) -> Settings:
    """ValueError, one sentence, where they cannot be."""
    return play.Settings(
        data=s.points,
        points=points_of(s) if s.points == DRAWN else (),
        **{setting: s[name] for name, setting in lineups.SHARED.items()},
    )


def points_of(s: State) -> tuple[tuple[float, float], ...]:
    """What is drawn, as points. ValueError, one sentence, where it is too little."""
    made = play.points(s.sheet.array[..., 0]) if s.sheet else []
    if len(made) < 3:
        raise ValueError(DRAW)
    return tuple(map(tuple, made))


def ready(s: State) -> bool:
    """Whether there is anything to learn: an empty sheet is no mistake, and waits for a drawing."""
    return s.points != DRAWN or bool(s.sheet)


def lined_up(s: State) -> Lineup:
    return lineups.lineup(settings_of(s), lanes_of(s), story_of(s))


def lanes_of(s: State) -> tuple[Lane, ...]:
    return lanes.read_all(s.lanes)


class Lanes(Text):
    """The variants with their changes, as one text (`demo.zoo.playground.lanes`), which other controls edit."""

    @property
    def range(self):
        return f"A run has one to {play.MOST_VARIANTS} variants, each a name with its changes: gan,g_lr=0.002 wgan_gp."

    def read(self, texts, choices):
        lanes.read_all(super().read(texts, choices))
        return texts[-1]


def chosen(s: State, variants: tuple[str, ...]) -> dict[str, Any]:
    """Other variants: those that stay keep their changes."""
    kept = [lane for lane in lanes_of(s) if lane.variant in variants]
    new = [lanes.Lane(name, {}) for name in variants if name not in {lane.variant for lane in kept}]
    return {"lanes": lanes.write([*kept, *new][-play.MOST_VARIANTS :])} if variants else {}


# What is seen -----------------------------------------------------------------------------------------------


@functools.cache
def warm() -> None:
    """Once in a process, when the page is first opened: saves the first visitor who trains a second."""
    threading.Thread(target=play.warm_up, daemon=True).start()


def hears(zoo: Zoo, s: State, said: Mapping[str, Any]) -> None:
    """What the browser asks: {"do": one of ASKS, "run", "have", "every", "echo"}."""
    whole = [said.get(name) for name in ("have", "every", "echo")]
    if said.get("do") in ASKS and all(isinstance(one, int) and 0 <= one < 10**9 for one in whole):
        s.memory["asked"] = dict(said)


def run_of(zoo: Zoo, s: State, made: Lineup, asked: Mapping[str, Any]) -> Run | None:
    """The visitor's live run of this line-up, if he has one, or asks for it now."""
    me = s.memory.setdefault("me", object())
    run = host().of(me)
    if run is not None and (not made.same(run) or asked.get("do") == "reset"):
        host().cancel(me)
        run = None
    if run is None:
        s.memory.pop("name", None)
        if asked.get("do") not in ASKS[:4] or asked.get("run") != made.name:
            return None
        changes = [dict(lane.changes) for lane in made.lanes]
        run = host().start(me, made.settings, made.recipes(lineups.recipes(s.catalog)), changes)
        s.memory["name"], s.memory["marks"] = f"live/{next(NUMBERS)}", []
    for i, lane in enumerate(made.lanes):
        if run.changes[i] != lane.changes:
            words = lane.since(run.changes[i])
            run.settle(i, dict(lane.changes))
            s.memory["marks"] = [*s.memory["marks"], (run.step, f"{run.titles[i]} {words}")][-MOST_MARKS:]
    return run


NUMBERS = itertools.count(1)


def work(me: object, run: Run, do: str, every: int) -> None:
    """Train for a moment, or one step of a side; a run that is over is made longer."""
    if do in ("go", "D", "G", "both"):
        run.extend()
    if do in ("D", "G", "both"):
        run.single(do)
    elif do == "go":
        begun = time.monotonic()
        for _ in host().advance(me, every=min(max(every, 1), 200)):
            if time.monotonic() - begun > MOMENT:
                return


def stage(zoo: Zoo, s: State) -> dict[str, Any]:
    """What the browser shows: the live run, else the story as it was recorded, else the untrained networks."""
    warm()
    asked = s.memory.pop("asked", {})
    made, known = lined_up(s), lineups.recipes(s.catalog)
    run, problem = None, ""
    try:
        run = run_of(zoo, s, made, asked)
    except ValueError as error:  # it cannot be trained, or not now: what there is stays in sight
        problem = str(error)
    if run is not None:
        name, kind = s.memory["name"], "live"
        if asked.get("run") in (name, made.name):
            work(s.memory["me"], run, asked.get("do", ""), asked.get("every", 10))
        frames, real, target = run.frames, run.real, run.target
    elif made.story:
        name, kind, frames, real, target = (
            made.name,
            "story",
            made.story.frames,
            made.story.real,
            made.settings.target(),
        )
    else:
        first = lineups.untrained(made, known)
        name, kind, frames, real, target = made.name, "new", [first.frame], first.real, first.target
    have = 0
    if kind == "live":  # what the browser has already; where nothing was asked, what it was sent
        sent = s.memory.get("sent", 0) if s.memory.get("of") == name else 0
        have = asked["have"] if asked.get("run") == name else sent
    frames = list(frames)
    s.memory["of"], s.memory["sent"] = name, frames[-1].number + 1
    return {
        "run": name, "kind": kind, "from": have, "echo": asked.get("echo", 0),
        "total": run.end if run else made.settings.steps,
        "ended": run.ended if run else "", "more": run.more if run else 0, "problem": problem,
        "marks": s.memory.get("marks", []) if run else [],
        "head": staged.head(made.titles(known), real, play.REACH, len(target.modes), target.mode_word, frames[0]),
        "told": made.story.told if made.story else "",
        "frames": [staged.frame(one, play.REACH) for one in frames if one.number >= have],
    }  # fmt: skip


def about(zoo: Zoo, s: State) -> str:
    """Of the story: how it came out, and its lesson; of the variants, what was left out."""
    made, known, told = lined_up(s), lineups.recipes(s.catalog), []
    if made.story:
        told.append(f"<p><b>Result.</b> {html.escape(made.story.outcome)}</p>")
        told += [f"<p>{html.escape(note)}</p>" for note in made.story.notes]
    elif all(lane.variant in known for lane in made.lanes):
        told += [f"<p>{html.escape(note)}</p>" for note in lineups.untrained(made, known).notes]
    names = dict.fromkeys([*([story_of(s).lesson] if made.story else []), *(one.variant for one in made.lanes)])
    lessons = " · ".join(filter(None, (common.to_lesson("How {} works", s, name) for name in names)))
    told.append(f"<p>{lessons}</p>" if lessons else "")
    return f'<div class="play">{"".join(told)}</div>'


def nothing(zoo: Zoo, s: State) -> str | None:
    """Without a zoo the stories can be watched, and nothing can be trained."""
    if not lineups.recipes(s.catalog):
        raise ValueError(EMPTY)
    return None


def python(zoo: Zoo, s: State) -> str:
    if not ready(s):
        return ""
    made, keys = lined_up(s), {}
    for entry in s.catalog:
        keys.setdefault(entry.variant, entry.key)
    names = [keys[lane.variant] for lane in made.lanes if lane.variant in keys]
    if len(names) < len(made.lanes):
        return ""
    given = {k: v for k, v in made.settings.to_json().items() if v != getattr(play.Settings(), k) and k != "points"}
    said = {name: repr(value) for name, value in given.items()}
    needed = ["from demo.draw.playground import plane", "from demo.zoo.playground import REACH, Run, Settings"]
    if made.settings.points:
        needed = ["from demo.page import Picture", needed[0], f"{needed[1]}, points"]
        said["points"] = f'points(Picture.read("{s.sheet.text}").array[..., 0])'
    settings = ", ".join(f"{name}={text}" for name, text in said.items())
    return snippets.over_zoo(
        zoo, names, "\n".join(needed),
        f"recipes = [zoo.entry(key).recipe for key in {names!r}]",
        f"run = Run(Settings({settings}), recipes, {[dict(lane.changes) for lane in made.lanes]!r})",
        "for frame in run.advance(every=50):",
        "    print(frame.step, [(view.modes, round(view.good, 2)) for view in frame.views])",
        "pictures = [plane(view, run.real, REACH) for view in frame.views]  # uint8 [H, W, 3] each",
    )  # fmt: skip


# The page ---------------------------------------------------------------------------------------------------

NETWORKS = (
    shared("z_dim", "Numbers in a latent", 2, 1),
    shared("run_latent", "Distribution of the latents", "normal", "uniform"),
    shared("width", "Units of a layer", 8, 16, 32, 64, 128, way="menu"),
    shared("depth", "Hidden layers", 1, 2, 3, 4, way="menu"),
    shared("activation", "Activation", "leaky_relu", "tanh", way="menu"),
    shared("batch", "Batch", 32, 64, 128, 256, way="menu"),
    shared("steps", "Steps of the run", 600, 900, 1200, 1500, 3000, 10_000, 20_000, way="menu"),
    shared(
        "faster", "Factor on all learning rates", 1.0, 2.0, 5.0, 10.0, 20.0, way="menu",
        help="The learning rates of the recipes are meant for long trainings on pictures; here they are multiplied by "
            "this factor.",
    ),
    Seed("run_seed", "Seed", lambda zoo, s: story_of(s).settings.seed, most=2**31 - 1,
         help="It decides the first weights, the latents and the data: the same seed gives the same run."),
)  # fmt: skip

PAGE = Page(
    "playground",
    "Playground",
    "Watch GANs learn points in the plane. Choose a story, or your own data and variants; press Train, and change "
    "settings while it runs.",
    Choice("story", "Story", options=lambda zoo, s: stories.names(), when=lambda s: False),
    Lanes("lanes", "Variants", lambda zoo, s: lanes.write(lanes.of_story(story_of(s))),
          placeholder="gan wgan_gp,g_lr=0.001", when=lambda s: False),
    Row(
        Choice(
            "pick", "Start from the story", lambda zoo, s: s.values["story"], linked=False, way="menu",
            options=lambda zoo, s: {stories.story(name).title: name for name in stories.names()},
            sets=lambda s, name: {**dict.fromkeys(lineups.SETTINGS), "story": name},
        ),
        Choice(
            "points", "Data", lambda zoo, s: story_of(s).settings.data, way="menu",
            options=lambda zoo, s: (*play.DATA, DRAWN),
            titles=lambda s: {name: make().title for name, make in play.DATA.items()} | {DRAWN: "Draw your own"},
        ),
        Several(
            "who", "Variants, one to four", lambda zoo, s: tuple(dict.fromkeys(one.variant for one in lanes_of(s))),
            linked=False, ordered=True, options=lambda zoo, s: tuning.offered(s, lanes_of(s)), sets=chosen,
        ),
    ),
    Pad("sheet", "Draw the data", size=lambda zoo, s: (SHEET, SHEET, 1), per_data=False, upload=False,
        when=lambda s: s.points == DRAWN, help=DRAW),
    Stage(stage, hears=hears, when=ready),
    Html(nothing),
    Fold("Settings that all variants share (changing them starts a new run)", Row(*NETWORKS)),
    Fold("Settings of one variant (can be changed during the run)", *tuning.controls(lanes_of, settings_of)),
    Html(about, when=ready),
    python=python,
    answers=(playground_story, playground_run),
    icon="scatter_plot",
    group="Understand",
    trains=True,
    style=STYLE,
)  # fmt: skip
