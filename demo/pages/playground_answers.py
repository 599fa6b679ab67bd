"""What the page Playground answers to programs, and the live runs that both share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.draw import compose
from demo.draw import playground as drawn
from demo.page.answers import File, answer
from demo.page.lazy import Lazy

if TYPE_CHECKING:
    from demo.zoo.playground import Host
    from demo.zoo.zoo import Zoo

play, lanes, lineups, stories = (Lazy(f"demo.zoo.playground{name}") for name in ("", ".lanes", ".lineup", ".stories"))

MOST_STEPS = 2000
"""Steps of one question of a program"""


@functools.cache
def host() -> Host:
    """The live runs of all visitors."""
    return play.Host()


def figures(frame: Any) -> dict[str, Any]:
    """Of a frame in an answer."""
    return {
        "step": frame.step,
        "variants": [
            {
                "modes": view.modes, "good": view.good, "stopped": view.stopped,
                "d_loss": view.d_loss if np.isfinite(view.d_loss) else None,
                "g_loss": view.g_loss if np.isfinite(view.g_loss) else None,
            }
            for view in frame.views
        ],
    }  # fmt: skip


def picture(name: str, frame: Any, real: np.ndarray, titles: tuple[str, ...]) -> File:
    """All variants of a frame side by side, as a PNG."""
    planes = [drawn.plane(view, real, play.REACH) for view in frame.views]
    return File(f"{name}.png", compose.png(compose.panel(list(titles), planes, 1, across=len(planes))))


@answer("read")
def playground_story(zoo: Zoo, story: str = "") -> dict:
    """A story of the playground, trained in advance: GANs on points in the plane.

    Parameters:
        story: its name out of "stories"; empty takes the first.
    Returns:
        "stories": name, title and lesson (a variant) of each. "told": what to look at. "outcome": what came out.
        "settings", "variants", "changes", "titles": of the run. "modes": how many the data has.
        "frames": "step", and of each variant "modes" (covered), "good" (share of good samples), "d_loss", "g_loss".
        "picture": the last frame (PNG), all variants side by side.
    """
    names = stories.names()
    one = stories.story(story or names[0])
    return {
        "stories": [{"name": n, "title": stories.story(n).title, "lesson": stories.story(n).lesson} for n in names],
        "name": one.name, "title": one.title, "lesson": one.lesson, "told": one.told, "outcome": one.outcome,
        "settings": one.settings.to_json(), "variants": list(one.variants), "titles": list(one.titles),
        "changes": [dict(change) for change in one.changes], "modes": len(one.settings.target().modes),
        "frames": [figures(frame) for frame in one.frames],
        "picture": picture(one.name, one.frames[-1], one.real, one.titles),
    }  # fmt: skip


@answer("train")
def playground_run(
    zoo: Zoo,
    variants: list[str],
    points: str = "ring",
    steps: int = 300,
    every: int = 50,
    batch: int = 128,
    seed: int = 0,
    drawing: list[list[float]] | None = None,
) -> dict:
    """Train one to four variants on points in the plane, in step: same data, same latents, same seed.

    Parameters:
        variants: names from the catalog, each with changes if you like: "gan", "gan,g_lr=0.002,d_lr=0.0002",
            "wgan,weight_clip=0.1", "gan,d_terms=r1:0.1", "gan,noise=0.6", "gan,norm=batch".
        points: the data: "line", "two_moons", "ring", "grid", "spiral", "blobs", or "drawn".
        steps: number of steps of G, 1 to 2000.
        every: steps from one frame to the next, 10 to 1000.
        batch: number of points in a batch, 16 to 512.
        seed: a whole number from 0.
        drawing: for "drawn": 3 to 500 points, each a pair of numbers from -2 to 2.
    Returns:
        "titles"; "modes": how many the data has; "frames" as of /playground_story; "picture": the last frame (PNG).
        "notes": what was left out of the recipes. "ended": why the run ended, in one sentence.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"Steps must be a whole number from 1 to {MOST_STEPS:,}, and is {steps}.")
    if not 10 <= every <= 1000:
        raise ValueError(f"A frame can come every 10 to 1,000 steps, not every {every}.")
    points_of = tuple(tuple(point) for point in drawing or ())
    settings = play.Settings(data=points, points=points_of, steps=steps, batch=batch, seed=seed)
    made, known = lineups.lineup(settings, lanes.read_all(" ".join(variants))), lineups.recipes(zoo.catalog())
    me = object()
    run = host().start(me, settings, made.recipes(known), [dict(lane.changes) for lane in made.lanes])
    try:
        for _ in host().advance(me, every=every):
            pass
        return {
            "titles": list(made.titles(known)), "modes": len(run.target.modes),
            "frames": [figures(frame) for frame in run.frames], "notes": list(run.notes), "ended": run.ended,
            "picture": picture("playground", run.frames[-1], run.real, made.titles(known)),
        }  # fmt: skip
    finally:
        host().cancel(me)
