"""The playground: GANs that draw points in the plane or on a line, trained while a visitor watches, and games of one
parameter each for G and D. Functions and arrays; no UI.

What pages call (errors are ValueErrors of one sentence, to be shown as they are):

Live training in the plane
    host = Host()                                   one for the process; threads may share it
    threading.Thread(target=warm_up).start()        once, when the app starts: saves the first visitor a second
    settings = Settings(data="ring", seed=0)        what the variants share; `Settings(**query)`, `settings.to_json()`
    run = host.start(visitor, settings, recipes, changes)   1 to 4 recipes; replaces the visitor's old run
    run.frames[0]                                   there at once: untrained
    for frame in host.advance(visitor, every=50)    trains; leave the loop to pause, call again to go on
    run.single("D"), run.single("G"), run.single()  one step of one side, or of both
    run.change(0, g_lr=1e-3, d_terms={"r1": 1.0})   while it runs; what may be changed: CHANGES
    host.cancel(visitor); run.ended                 why it goes on no more, "" while it can
    run.frames, run.titles, run.notes, run.real, run.target    to draw and to scrub

Stories, precomputed
    stories.names(), stories.of_lesson("wgan")      which there are
    stories.story("collapse")                       frames as of a live run; `.lesson`, `.told`, `.outcome`
    host.start(visitor, story.settings, [recipes of story.variants], story.changes)   to go on with it live
    claims(families)                                each claim against the zoo's ablations as they are now

Without training, or with a second of it
    dirac(game("wasserstein", {"r1": 1.0}), start, g_lr, d_lr, updates)     vector field, path, verdict
    apart(shift, shape), distances(shape), critics(shift, shape)            one dimension
    directions(shape, shift)                                                what the distances say there
    minimax(p, q, d), g_losses()                                            two histograms; G's losses

`demo.draw.playground` and `demo.draw.playground_theory` draw what these return.
"""

from . import stories
from .by_hand import Minimax, g_losses, minimax
from .claims import Claim, claims
from .data import DATA, REACH, Target, drawn, points
from .dirac_gan import Dirac, dirac, game
from .frames import Frame, View
from .host import Host, warm_up
from .one_dimension import Apart, Critics, Distances, apart, critics, directions, distances
from .settings import CHANGES, CHOICES, MOST_VARIANTS, RANGES, Contestant, Settings, contestant
from .training import Run

__all__ = [
    "CHANGES", "CHOICES", "DATA", "MOST_VARIANTS", "RANGES", "REACH", "Apart", "Claim", "Contestant", "Critics",
    "Dirac", "Distances",
    "Frame", "Host", "Minimax", "Run", "Settings", "Target", "View", "apart", "claims", "contestant", "critics",
    "dirac", "directions", "distances", "drawn", "g_losses", "game", "minimax", "points", "stories", "warm_up",
]  # fmt: skip
