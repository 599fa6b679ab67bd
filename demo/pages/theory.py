"""Theory: three small games that say why GANs behave as they do. Nothing of the zoo is loaded."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from demo.draw import playground as drawn
from demo.draw import playground_theory as draw
from demo.page import Button, Chart, Choice, Columns, Html, Page, Pictures, Row, Slider, State, Text, shared
from demo.page.answers import answer
from demo.page.lazy import Lazy
from gan_models.metrics.names import minus

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

games, registry = Lazy("demo.zoo.playground"), Lazy("gan_models.registry")

HAND, LINE, DIRAC = "Minimax by hand", "One dimension", "The Dirac-GAN"
GAMES = (HAND, LINE, DIRAC)
SHAPES, UPDATES = ("uniform", "normal", "two peaks"), ("simultaneous", "alternating")
TOP = 8
"""Height of a histogram that can be clicked"""
REAL, FAKE = "1, 3, 6, 3, 1, 0, 0, 0", "0, 0, 0, 1, 3, 6, 3, 1"
STYLE = (
    drawn.CSS
    + """
.theory { max-width: 62rem; }
.hand { display: flex; flex-wrap: wrap; gap: 1rem; }
.hand figure { margin: 0; flex: 1 1 16rem; max-width: 24rem; }
.hand img { display: block; width: 100%; border: 1px solid rgba(128, 134, 160, .35); border-radius: 4px; }
.hand figcaption { font-size: .9rem; margin-bottom: .25rem; }
"""
)


def of(game: str):
    return lambda s: s.game == game


def pick(make: Callable, i: int) -> Callable:
    """Of a part that draws {title: specification}, the one at place i."""
    return lambda zoo, s: (PICKS[i], *make(zoo, s))


def _picked(i: int) -> Callable:
    def drawn(make: Callable, *values: Any) -> dict | None:
        title, spec = list(make(*values).items())[i]
        return spec and {**spec, "title": title}

    return drawn


PICKS = [_picked(0), _picked(1)]


# Minimax by hand --------------------------------------------------------------------------------------------


def heights(text: str, what: str) -> list[float]:
    """ValueError, one sentence, where the text is no list of numbers."""
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise ValueError(f"{what} must be numbers with commas between them, such as {REAL}.") from None


@shared
def hand(zoo: Zoo, s: State) -> games.Minimax:
    p, q = heights(s.real, "The real histogram"), heights(s.generated, "The generated histogram")
    return games.minimax(p, q, heights(s.d, "D") if s.d.strip() else None)


def histograms(zoo: Zoo, s: State) -> str:
    """The two histograms and D, to be clicked."""
    made = hand(zoo, s)
    p, q = heights(s.real, ""), heights(s.generated, "")
    top = max(TOP, *p, *q)
    own = "Your D" if s.d.strip() else "The best D, D* = p / (p + q)"
    click = "click to change a bar" if s.d.strip() else "click to set your own"
    parts = (
        ("Real data, p: click to change a bar", draw.bars(p, top, draw.GREEN, "Real histogram")),
        ("What G makes, q: click to change a bar", draw.bars(q, top, draw.ORANGE, "Generated histogram")),
        (f"{own}: {click}", draw.bars(made.d, 1, draw.BLUE, own)),
    )
    figures = "".join(f"<figure><figcaption>{words}</figcaption>{bars}</figure>" for words, bars in parts)
    return f'<div class="hand">{figures}</div>'


def clicked(zoo: Zoo, s: State, which: int, x: float, y: float) -> dict[str, str] | None:
    """A bar is as high as the place that was clicked."""
    try:
        made = hand(zoo, s)
    except ValueError:
        return None
    name = ("real", "generated", "d")[which]
    values = list(np.nan_to_num(made.d, nan=0.5)) if name == "d" else heights(s[name], "")
    share = 1 - min(max(y, 0), 1)
    top = max(TOP, *heights(s.real, ""), *heights(s.generated, ""))
    values[min(int(x * len(values)), len(values) - 1)] = round(share, 2) if name == "d" else round(share * top)
    if not any(values):
        return None
    return {name: ", ".join(f"{value:.3g}" for value in values)}


def value(zoo: Zoo, s: State) -> str:
    """The table, and what its last line means."""
    made = hand(zoo, s)
    if made.jsd < 1e-9:
        told = "The two are equal: the best D says one half everywhere, and the value of the game is −log 4."
    elif made.jsd > math.log(2) - 1e-9:
        told = (
            "The two do not overlap: the best D is sure everywhere and the value is 0. Moving a bar a little does not "
            "change it."
        )
    else:
        told = "Where the two overlap the best D is not sure. The more alike they are, the lower is the value."
    if s.d.strip() and made.d_value < made.value - 1e-9:
        told += " The value at your D is lower than at the best one."
    return f'<div class="theory">{draw.minimax(made)}<p>{told}</p></div>'


LOSSES_OF_G = """<h2>What G learns from D's answer</h2><p>At the left end D is sure that a picture is generated, as it
is at the start of a training. G's gradient passes through D's logit, the number before the sigmoid. With respect to it
the game's own loss, the saturating one, has a gradient near 0 there: G learns nothing just when it has most to learn.
That of the non-saturating loss is near −1.</p>"""


def two_losses(zoo: Zoo, s: State) -> tuple:
    return draw.g_losses, games.g_losses(("non_saturating",))


# One dimension ----------------------------------------------------------------------------------------------


@shared
def critics(zoo: Zoo, s: State) -> games.Critics:
    return games.critics(round(s.shift, 3), s.shape)


def densities(zoo: Zoo, s: State) -> tuple:
    return draw.apart, games.apart(round(s.shift, 3), s.shape)


def distance_curves(zoo: Zoo, s: State) -> tuple:
    return draw.distances, games.distances(s.shape), round(s.shift, 3)


def read_off(zoo: Zoo, s: State) -> str:
    """The three numbers at this shift."""
    made = games.distances(s.shape, [round(s.shift, 3)])
    told = {name: (float(values[0]), float(made.gradients[name][0])) for name, values in made.values.items()}
    titles = {"JS": "Jensen-Shannon", "KL": "Kullback-Leibler", "EMD": "Earth Mover's (Wasserstein)"}
    rows = "".join(
        f'<tr><th scope="row">{titles[name]}</th><td>{_short(value)}</td><td>{_short(slope)}</td></tr>'
        for name, (value, slope) in told.items()
    )
    words = html.escape(games.directions(s.shape, round(s.shift, 3)))
    return (
        '<div class="theory"><table class="play-table"><thead><tr><th>Distance</th><th>value</th>'
        "<th>gradient</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{words}</p></div>"
    )


def _short(value: float) -> str:
    return "infinite" if math.isinf(value) else "–" if math.isnan(value) else minus(f"{value:.3f}")


def learning(zoo: Zoo, s: State) -> Iterator[str]:
    """Two networks learn for about a second."""
    title = "<h2>Two discriminators, each trained until it is as good as it can be</h2>"
    yield f"{title}<p>Two small networks learn to tell the two densities apart …</p>"
    critics(zoo, s)
    yield (
        f"{title}<p>The sigmoid D answers with a probability: where it is sure, it is flat, and with the saturating "
        "loss G gets no gradient. The critic of a WGAN answers with a score of limited slope, which leads G from the "
        "generated density to the real one.</p>"
    )


def learnt(zoo: Zoo, s: State) -> tuple:
    return draw.critics, critics(zoo, s), round(s.shift, 3)


# The Dirac-GAN ----------------------------------------------------------------------------------------------

RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
WEIGHTS = (0.1, 0.3, 1.0, 3.0)
CLIPS = (0.0, 0.5, 1.0)
PENALTIES = {"none": "", "R1": "r1", "R2": "r2", "Gradient penalty": "gradient_penalty"}
TITLES = {
    "non_saturating": "GAN (non-saturating)", "wasserstein": "WGAN", "least_squares": "LSGAN", "hinge": "Hinge",
    "relativistic": "Relativistic pairing",
}  # fmt: skip


@shared
def dirac_of(zoo: Zoo, s: State) -> games.Dirac:
    terms = {s.penalty: s.weight} if s.penalty else {}
    made = games.game(s.loss, terms, s.clip)
    return games.dirac(made, (s.theta, s.psi), s.g_rate, s.d_rate, s.updates)


def plane(zoo: Zoo, s: State) -> tuple:
    return draw.dirac, dirac_of(zoo, s), TITLES.get(s.loss, s.loss)


def away(zoo: Zoo, s: State) -> tuple:
    return _away, dirac_of(zoo, s).distance


def _away(distance: np.ndarray) -> Any:
    series = {"distance": (np.arange(len(distance)), distance)}
    return drawn.lines(series, "Steps", "Distance from the equilibrium", height=420)


ABOUT_DIRAC = (
    "The smallest GAN: one real point, at 0. G is a single number θ, theta, and puts its point there. D is a single "
    "number ψ, psi, and gives a point x the score ψ · x. In the equilibrium, θ = ψ = 0, the generated point lies on "
    "the real one and D is flat."
)


def verdict(zoo: Zoo, s: State) -> str:
    said = html.escape(dirac_of(zoo, s).verdict)
    return f'<div class="theory"><p>{html.escape(ABOUT_DIRAC)}</p><p><b>{said}</b></p></div>'


# Programs ---------------------------------------------------------------------------------------------------


def python(zoo: Zoo, s: State) -> str:
    if s.game == HAND:
        own = f", {heights(s.d, 'D')}" if s.d.strip() else ""
        return (
            "from demo.zoo.playground import minimax\n\n"
            f"game = minimax({heights(s.real, 'p')}, {heights(s.generated, 'q')}{own})\n"
            "print(game.best, game.value, game.jsd, game.d_value)\n"
        )
    if s.game == LINE:
        return (
            "from demo.zoo.playground import critics, distances\n\n"
            f"made = distances({s.shape!r}, [{s.shift:g}])\n"
            "print(made.values, made.gradients)\n"
            f"print(critics({s.shift:g}, {s.shape!r}).critic_slope)\n"
        )
    terms = {s.penalty: s.weight} if s.penalty else {}
    return (
        "from demo.zoo.playground import dirac, game\n\n"
        f"made = dirac(game({s.loss!r}, {terms!r}, {s.clip!r}), ({s.theta:g}, {s.psi:g}), {s.g_rate:g}, {s.d_rate:g}, "
        f"{s.updates!r})\n"
        "print(made.verdict, made.path[-1])\n"
    )


def plain(values: Sequence[float]) -> list[float | None]:
    """Numbers as JSON has them: what is none is null."""
    return [float(v) if math.isfinite(v) else None for v in values]


@answer("read")
def dirac(
    zoo: Zoo,
    loss: str = "non_saturating",
    penalty: str = "",
    weight: float = 1.0,
    weight_clip: float = 0.0,
    theta: float = 1.0,
    psi: float = 1.0,
    g_lr: float = 0.05,
    d_lr: float = 0.05,
    updates: Literal["simultaneous", "alternating"] = "simultaneous",
    steps: int = 400,
) -> dict:
    """The Dirac-GAN: one real point at 0, G's one parameter theta, D's one parameter psi (arXiv:1801.04406).

    Parameters:
        loss: a registered loss: "non_saturating", "wasserstein", "least_squares", "hinge", "relativistic".
        penalty: penalty on D: "r1", "r2", "gradient_penalty"; empty: none.
        weight: weight of the penalty.
        weight_clip: psi is clipped to the range from minus to plus this value; 0: no clipping.
        theta: where the path starts, -2 to 2.
        psi: where the path starts, -2 to 2.
        g_lr: learning rate of G.
        d_lr: learning rate of D.
        updates: whether both sides move at once, or D first.
        steps: 1 to 2000.
    Returns:
        "verdict": what the path does, one sentence. "path": theta and psi after each step. "distance": from (0, 0).
        "at", "field": the directions in which both are moved, at a grid of places.
    """
    made = games.game(loss, {penalty: weight} if penalty else {}, weight_clip)
    found = games.dirac(made, (theta, psi), g_lr, d_lr, updates, steps)
    return {
        "verdict": found.verdict, "distance": plain(found.distance),
        **{name: [plain(row) for row in getattr(found, name)] for name in ("path", "at", "field")},
    }  # fmt: skip


@answer("read")
def distances(zoo: Zoo, shifts: list[float], shape: Literal["uniform", "normal", "two peaks"] = "uniform") -> dict:
    """Jensen-Shannon, Kullback-Leibler and Earth Mover's distance of two densities on a line, one of them moved.

    Parameters:
        shifts: up to 200 numbers from -4 to 4.
        shape: of both densities.
    Returns:
        "values", "gradients" (with respect to the shift): "JS" and "KL" in nats, "EMD", at each shift. null: infinite.
    """
    if not 1 <= len(shifts) <= 200:
        raise ValueError(f"Give 1 to 200 shifts, not {len(shifts)}.")
    made = games.distances(shape, shifts)
    return {
        "shifts": shifts,
        "values": {name: plain(values) for name, values in made.values.items()},
        "gradients": {name: plain(values) for name, values in made.gradients.items()},
    }


@answer("read")
def minimax(zoo: Zoo, real: list[float], generated: list[float], d: list[float] | None = None) -> dict:
    """The game of a GAN on two histograms: the best D, and the value of the game.

    Parameters:
        real: 2 to 20 heights, 0 or more.
        generated: as many.
        d: a D of your own, a probability for each bin; null takes the best one.
    Returns:
        "best": p / (p + q) of each bin, null where both are 0. "value": of the game at the best D, -log 4 + 2 JSD.
        "jsd": the Jensen-Shannon divergence in nats. "d_value": of the game at your D; null is minus infinity.
    """
    made = games.minimax(real, generated, d)
    return {"best": plain(made.best), "value": made.value, "jsd": made.jsd, "d_value": plain([made.d_value])[0]}


# The page ---------------------------------------------------------------------------------------------------

PAGE = Page(
    "theory",
    "Theory",
    "Why do GANs behave as they do? Three games that are small enough to be shown completely. Change something, and "
    "see what happens.",
    Choice("game", "Game", HAND, options=GAMES, way="buttons"),
    Row(
        Choice("shape", "Densities", "uniform", options=SHAPES, when=of(LINE), way="buttons"),
        Slider("shift", "Shift of the generated density", 1.5, least=-4, most=4, step=0.1, when=of(LINE)),
    ),
    Pictures(histograms, click=clicked, when=of(HAND)),
    Row(
        Text("real", "Real", REAL, help="Heights of the bars, 2 to 20.", placeholder="1, 2, 3", when=of(HAND)),
        Text("generated", "Generated", FAKE, help="The same number of heights.", placeholder="1, 2, 3", when=of(HAND)),
        Text("d", "Your D", "", help="A probability for each bar; empty: the best D.", placeholder="0.5, 0.5, 0.5",
             when=of(HAND)),
        Button("Make them equal", lambda zoo, s: {"generated": s.real}, when=of(HAND)),
        Button("Use the best D", lambda zoo, s: {"d": None}, when=lambda s: s.game == HAND and bool(s.d.strip())),
        Button("Start again", lambda zoo, s: {"real": None, "generated": None, "d": None}, when=of(HAND)),
    ),
    Html(value, when=of(HAND)),
    Html(lambda zoo, s: LOSSES_OF_G, when=of(HAND)),
    Columns(*(Chart(pick(two_losses, i), when=of(HAND)) for i in (0, 1))),
    Chart(densities, when=of(LINE)),
    Html(read_off, when=of(LINE)),
    Columns(*(Chart(pick(distance_curves, i), when=of(LINE)) for i in (0, 1))),
    Html(learning, when=of(LINE)),
    Columns(*(Chart(pick(learnt, i), when=of(LINE)) for i in (0, 1))),
    Row(
        Choice("loss", "Loss", "non_saturating", options=lambda zoo, s: tuple(registry.LOSSES), titles=lambda s: TITLES,
               when=of(DIRAC), way="menu"),
        Choice("penalty", "Penalty on D", "", options=PENALTIES, when=of(DIRAC), way="menu"),
        Choice("weight", "Its weight", 1.0, options=WEIGHTS, when=lambda s: s.game == DIRAC and bool(s.penalty),
               way="menu"),
        Choice("clip", "Clip psi at", 0.0, options=CLIPS, when=of(DIRAC), way="menu", help="0: no clipping."),
    ),
    Row(
        Choice("updates", "Updates", "simultaneous", options=UPDATES, when=of(DIRAC), way="menu"),
        Choice("g_rate", "Rate of G", 0.05, options=RATES, when=of(DIRAC), way="menu"),
        Choice("d_rate", "Rate of D", 0.05, options=RATES, when=of(DIRAC), way="menu"),
        Slider("theta", "Start: theta", 1.0, least=-2, most=2, step=0.1, when=of(DIRAC)),
        Slider("psi", "Start: psi", 1.0, least=-2, most=2, step=0.1, when=of(DIRAC)),
    ),
    Html(verdict, when=of(DIRAC)),
    Columns(Chart(plane, when=of(DIRAC)), Chart(away, when=of(DIRAC))),
    python=python,
    answers=(dirac, distances, minimax),
    icon="function",
    group="Understand",
    reads=True,
    style=STYLE,
)  # fmt: skip
