"""Which is real? Two pictures, one of them generated; the variant's own D plays along. No UI, no torch, no state.

A quiz is a number: its rounds follow from this number, the variants that take part and the real pictures, and are the
same for everybody and every time. A visitor's answers are a list of Answers, which the front end keeps for this visitor
alone.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.checks import class_place, shape_of
from demo.zoo.judge import judge_of
from demo.zoo.seeds import check_seeds
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

SIDES = ("left", "right")
MOST_SEED = 100_000
"""Seeds of a quiz are below"""


@dataclass(frozen=True)
class Plan:
    """One round before anything is drawn."""

    number: int
    """From 1"""
    key: str
    """The variant that made the generated picture"""
    seed: int
    real: int
    """Place of the real picture among those of the data set"""
    side: int
    """Of the real picture: 0 left, 1 right"""


def plan(quiz: int, number: int, keys: Sequence[str], reals: int) -> Plan:
    """Round `number` of a quiz. reals: how many real pictures there are.

    Each variant comes once before any comes again, and so does each real picture.
    """
    block, turn = divmod(number - 1, len(keys))
    key = _shuffled(sorted(keys), quiz, "variants", block)[turn]
    block, turn = divmod(number - 1, reals)
    real = _shuffled(range(reals), quiz, "real", block)[turn]
    chance = _chance(quiz, "round", number)
    return Plan(number, key, int(chance.random() * MOST_SEED), real, int(chance.random() * 2))


def _shuffled(values: Sequence, *about) -> list:
    """In an order of chance. By sorting, since `random` alone stays the same in every version of Python."""
    chance = _chance(*about)
    drawn = [chance.random() for _ in values]
    return [value for _, value in sorted(zip(drawn, values, strict=True))]


def _chance(*about) -> random.Random:
    return random.Random(" ".join(map(str, about)))


@dataclass(frozen=True, eq=False)
class Round:
    """The two pictures of a round, and what the visitor is told afterwards."""

    plan: Plan
    pictures: tuple[np.ndarray, np.ndarray]
    """uint8 [H, W, C], left and right"""
    title: str
    """Of the variant"""
    label: str
    """Class that the generated picture was asked for; empty for an unconditional variant"""
    real_label: str
    """Class of the real one; empty where it has none"""


@dataclass(frozen=True)
class Answer:
    """A visitor's answer to a round."""

    number: int
    key: str
    title: str
    right: bool
    d_right: bool | None
    """Whether D gave the real picture the higher score; None where it gave none, or the same to both"""


def round_of(zoo: Zoo, keys: Iterable[str], quiz: int, number: int) -> Round:
    """Round `number` (from 1) of a quiz: a real picture of the variants' data set beside one that a variant made.

    A conditional variant is asked for the class of the real picture, so that the class tells nothing.

    ValueError: an unknown key, variants of several data sets, a number of a quiz that is no seed, no real pictures.
    """
    entries = zoo.chosen(keys)
    (quiz_seed,) = check_seeds([quiz])
    if len({entry.dataset for entry in entries}) > 1:
        raise ValueError("A quiz is of one data set: these variants are of several.")
    dataset = entries[0].dataset
    shown = zoo.real(dataset)
    fit = [e for e in entries if shown is not None and shown.pictures.shape[1:] == shape_of(e.recipe)]
    if not fit:
        raise ValueError(f"A quiz needs real pictures, and there are none of {dataset_title(dataset)} in this zoo.")
    planned = plan(quiz_seed, number, [entry.key for entry in fit], len(shown.pictures))
    entry = zoo.entry(planned.key)
    real_label = shown.class_names[shown.labels[planned.real]] if shown.class_names else ""
    label = real_label if real_label in entry.classes else None
    made = zoo.samples([planned.key], [planned.seed], label)[planned.key][0]
    place = class_place(entry, planned.seed, label)
    pictures = (shown.pictures[planned.real], made)
    return Round(
        planned, pictures if planned.side == 0 else pictures[::-1], entry.title,
        "" if place is None else entry.classes[place], real_label,
    )  # fmt: skip


def answer_of(zoo: Zoo, asked: Round, side: int) -> Answer:
    """The result of the answer that the picture on a side (0 left, 1 right) is real, and the answer of the variant's
    own D."""
    planned, entry, d_right = asked.plan, zoo.entry(asked.plan.key), None
    with contextlib.suppress(ValueError):  # without D there is no opinion
        judge = judge_of(zoo, planned.key)
        place = entry.classes.index(asked.label) if asked.label else None
        made, _ = judge.logit(asked.pictures[1 - planned.side], planned.seed, place)
        real_score = judge.real[planned.real] if planned.real < len(judge.real) else math.nan
        d_right = None if math.isnan(real_score) or real_score == made else bool(real_score > made)
    return Answer(planned.number, planned.key, entry.title, side == planned.side, d_right)


@dataclass(frozen=True)
class Row:
    """How often one variant fooled the visitor, and its own D."""

    title: str
    rounds: int
    fooled: int
    d_rounds: int
    """In which D had an opinion"""
    d_fooled: int


@dataclass(frozen=True)
class Tally:
    """The score so far."""

    rounds: int
    right: int
    d_rounds: int
    d_right: int
    rows: tuple[Row, ...]
    """A row per variant that has been seen, the one that fooled most often first"""

    @property
    def words(self) -> str:
        """ "You 7 of 10, D 8 of 10"."""
        if not self.rounds:
            return "No round yet."
        yours = f"You were right in {self.right} of {self.rounds} rounds"
        return f"{yours}, D in {self.d_right} of {self.d_rounds}." if self.d_rounds else f"{yours}."


def tally(answers: Sequence[Answer]) -> Tally:
    """Counts of some answers; of two to the same round the first counts."""
    first = {answer.number: answer for answer in reversed(answers)}
    rows: dict[str, list[Answer]] = {}
    for answer in sorted(first.values(), key=lambda answer: answer.number):
        rows.setdefault(answer.key, []).append(answer)

    def row(those: list[Answer]) -> Row:
        judged = [answer for answer in those if answer.d_right is not None]
        fooled = sum(not answer.right for answer in those)
        return Row(those[0].title, len(those), fooled, len(judged), sum(not answer.d_right for answer in judged))

    made = sorted(map(row, rows.values()), key=lambda row: (-row.fooled / row.rounds, -row.rounds, row.title))
    judged = sum(row.d_rounds for row in made)
    return Tally(
        len(first),
        sum(answer.right for answer in first.values()),
        judged,
        judged - sum(row.d_fooled for row in made),
        tuple(made),
    )


@dataclass
class Game:
    """One visitor's way through one quiz."""

    quiz: int
    keys: tuple[str, ...]
    number: int = 1
    """Of the round that is shown"""
    answers: list[Answer] = field(default_factory=list)

    @property
    def answer(self) -> Answer | None:
        """To the round that is shown; None as long as there is none."""
        return next((answer for answer in self.answers if answer.number == self.number), None)

    def same(self, quiz: int, keys: Sequence[str]) -> bool:
        """Whether it is of this quiz: other variants make other rounds."""
        return (self.quiz, self.keys) == (quiz, tuple(keys))


# Results ----------------------------------------------------------------------------------------------------

ROUNDS = (5, 10, 20)
"""Of a quiz with an end"""


def by_chance(score: int, rounds: int) -> float:
    """How often somebody who only guesses is right in `score` of `rounds` or in more: a share from 0 to 1."""
    return sum(math.comb(rounds, k) for k in range(score, rounds + 1)) / 2**rounds


def result(score: int, rounds: int) -> str:
    """A sentence that compares a score with guessing. ValueError: the score is impossible in so many rounds."""
    if not 0 <= score <= rounds:
        raise ValueError(f"The link says a score of {score} in {rounds} rounds, which is impossible.")
    if 2 * score <= rounds:
        return "Somebody who only guesses is right in about half of the rounds."
    chance = by_chance(score, rounds)
    often = f"in {100 * chance:.0f} % of such quizzes" if chance >= 0.01 else "hardly ever"
    return f"Somebody who only guesses is right in {score} rounds or more {often}."


# Words ------------------------------------------------------------------------------------------------------

INTRODUCTION = (
    "One of the two pictures is real, and one of the chosen variants made the other. Which one is real? The variant's "
    "own discriminator, D, is asked the same. Somebody who only guesses is right half of the time, so a variant that "
    "fools you in half of its rounds has won."
)
HELP = "For a class: send everybody the link of this page. It contains this number, so everybody gets the same rounds."
ROUNDS_HELP = "After the last round you see your result, and the link of the page contains it."
EDITED = "This is what the link says, and anyone can edit a link."
HAND_IN = "The link of this page now contains your score: copy it to hand in your result. Anyone can edit such a link."
COLUMNS = ("Variant", "Rounds", "Fooled you", "Fooled its own D")


def names(round: Round) -> tuple[str, str]:
    """What the pictures on the left and on the right are, for after the answer."""
    made = f"{round.title}, seed {round.plan.seed}" + (f", class {round.label}" if round.label else "")
    both = ("Real" + (f", class {round.real_label}" if round.real_label else ""), made)
    return both if round.plan.side == 0 else both[::-1]


def verdict(round: Round, answer: Answer) -> str:
    """What is told after an answer."""
    yours = "Right." if answer.right else f"No, {round.title} has fooled you."
    if answer.d_right is None:
        return f"{yours} Its own D has no opinion."
    return (
        f"{yours} Its own D was {'right' if answer.d_right else 'fooled'}{' too' * (answer.right == answer.d_right)}."
    )


def table(tally: Tally) -> list[tuple[str, str, str, str]]:
    """A row of COLUMNS per variant that was seen."""

    def share(fooled: int, of: int) -> str:
        return f"{fooled} of {of} ({100 * fooled / of:.0f} %)" if of else "–"

    return [
        (row.title, str(row.rounds), share(row.fooled, row.rounds), share(row.d_fooled, row.d_rounds))
        for row in tally.rows
    ]
