"""Quiz: two pictures, one of them real, and the visitor's score."""

from __future__ import annotations

import html
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from demo.draw import compose
from demo.page import Button, Choice, Data, Grid, Html, Number, Page, Pictures, Row, State, Table, Variants
from demo.zoo import quiz
from demo.zoo.seeds import MOST_SEED

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

PIXELS = 252
"""Side of a picture, about; a phone shows two beside each other, smaller"""
HOW = "Click a picture, or press the arrow key of its side."
ALT = "How often each variant fooled you, and its own discriminator"
STYLE = """
.sides { display: flex; gap: 16px; }
.sides figure { margin: 0; flex: 0 1 252px; min-width: 0; }
.sides img { display: block; width: 252px; max-width: 100%; height: auto; image-rendering: pixelated; }
.quiz-score { font-size: 3rem; font-weight: 700; line-height: 1.1; margin: .25rem 0 .75rem; }
.sides.over img { cursor: default; }
.sides figcaption { font-size: .875rem; line-height: 1.4; margin-top: .25rem; overflow-wrap: anywhere; }
"""


def game(s: State) -> quiz.Game:
    """This visitor's; another quiz, or other variants, begin a new one."""
    played = s.memory.get("game")
    if played is None or not played.same(s.quiz, s.chosen):
        played = s.memory["game"] = quiz.Game(s.quiz, tuple(s.chosen))
    return played


def asked(zoo: Zoo, s: State) -> quiz.Round:
    """The round that is shown. ValueError: no variants, no real pictures."""
    played = game(s)
    return quiz.round_of(zoo, played.keys, played.quiz, played.number)


def answer(side: int) -> Callable[[Zoo, State], None]:
    """The answer that the picture on this side is real. Only the first answer to a round counts."""

    def do(zoo: Zoo, s: State) -> None:
        if game(s).answer is None:
            game(s).answers.append(quiz.answer_of(zoo, asked(zoo, s), side))

    return do


def go_on(zoo: Zoo, s: State) -> None:
    if game(s).answer:
        game(s).number += 1


def last(s: State) -> bool:
    """Whether the round that is shown is the last one."""
    return bool(s.rounds) and game(s).number >= s.rounds


def over(s: State) -> bool:
    """Whether the result is shown: the link says a score."""
    return bool(s.rounds) and s.score is not None


def counted(s: State) -> list[quiz.Answer]:
    """The answers that count."""
    return [one for one in game(s).answers if not s.rounds or one.number <= s.rounds]


def finish(zoo: Zoo, s: State) -> dict:
    return {"score": sum(one.right for one in counted(s))}


def again(zoo: Zoo, s: State) -> dict:
    """The same rounds from the first one."""
    s.memory.pop("game", None)
    return {"score": None}


def result(zoo: Zoo, s: State) -> str:
    """A score: the visitor's own, or that of the link."""
    said, own = quiz.result(s.score, s.rounds), quiz.tally(counted(s))
    mine = own.rounds == s.rounds and own.right == s.score
    told = [own.words, said, quiz.HAND_IN] if mine else [said, quiz.EDITED]
    score = f'<p class="quiz-score">{s.score} of {s.rounds}</p>'
    return f"<h2>Result of quiz {s.quiz}</h2>{score}{''.join(f'<p>{html.escape(one)}</p>' for one in told)}"


def pair(zoo: Zoo, s: State) -> str:
    """The two pictures, and after the answer what they are."""
    this, given, made = asked(zoo, s), game(s).answer, []
    for side, picture in enumerate(this.pictures):
        url = compose.data_url(compose.png(compose.enlarge(picture, compose.scale_of(len(picture), PIXELS))), "png")
        name = html.escape(quiz.names(this)[side]) if given else ""
        alt = name or f"The picture on the {quiz.SIDES[side]}"
        said = f"<b>{name}</b>" if side == this.plan.side else name
        made.append(f'<figure><img src="{url}" alt="{alt}"><figcaption>{said if given else ""}</figcaption></figure>')
    of = f" of {s.rounds}" if s.rounds else ""
    return f'<h2>Round {this.plan.number}{of}</h2><div class="sides{" over" if given else ""}">{"".join(made)}</div>'


def clicked(zoo: Zoo, s: State, which: int, x: float, y: float) -> None:
    if which in (0, 1):
        answer(which)(zoo, s)


def said(zoo: Zoo, s: State) -> str:
    """What the answer was worth, and the score so far."""
    this, played = asked(zoo, s), game(s)
    told = quiz.verdict(this, played.answer) if played.answer else HOW
    return f"<p>{html.escape(told)}</p><h2>Score</h2><p>{html.escape(quiz.tally(counted(s)).words)}</p>"


def table(zoo: Zoo, s: State) -> Grid | None:
    """Who fooled whom."""
    rows = quiz.table(quiz.tally(counted(s)))
    return Grid(quiz.COLUMNS, rows, alt=ALT) if rows else None


def waiting(s: State) -> bool:
    """Whether the round that is shown waits for its answer."""
    return bool(s.variants) and not over(s) and game(s).answer is None


def answered(s: State) -> bool:
    return bool(s.variants) and not over(s) and not waiting(s)


PAGE = Page(
    "quiz",
    "Quiz",
    quiz.INTRODUCTION,
    Data(),
    Variants(),
    Row(
        Number("quiz", "Quiz", 0, most=MOST_SEED, step=0, help=quiz.HELP),
        Button("Another quiz", lambda zoo, s: {"quiz": random.randrange(1, quiz.MOST_SEED)}),
        Choice(
            "rounds", "Rounds", 10, options={**{str(n): n for n in quiz.ROUNDS}, "No end": 0}, help=quiz.ROUNDS_HELP
        ),
        Number("score", "Score", None, most=max(quiz.ROUNDS), step=0, when=lambda s: False),
    ),
    Html(result, when=over),
    Pictures(pair, click=clicked, when=lambda s: not over(s)),
    Row(
        Button("The left one is real", answer(0), when=waiting, shortcut="ArrowLeft"),
        Button("The right one is real", answer(1), when=waiting, shortcut="ArrowRight"),
        Button("Next round", go_on, when=lambda s: answered(s) and not last(s), primary=True, shortcut="Enter"),
        Button("Show the result", finish, when=lambda s: answered(s) and last(s), primary=True, shortcut="Enter"),
        Button("Play these rounds", again, when=over, primary=True),
    ),
    Html(said, when=lambda s: not over(s)),
    Table(table),
    group="Use",
    icon="quiz",
    style=STYLE,
)
