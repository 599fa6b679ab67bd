"""Every sentence of the lessons about pictures or curves of this zoo is held against the shipped checkpoints.

Figures in lessons have guards of their own (`demo.zoo.lesson_text`): what does not hold is not shown. What a lesson
says of pictures, no figure in metrics.json knows. So each such sentence stands here with a function that looks at the
pictures: a retrained zoo fails here until its lessons are true again.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from sources import listed

from demo.zoo import teaching, uncertain
from demo.zoo.ablation import ablation
from demo.zoo.evolution import evolution
from demo.zoo.exercises import exercises
from demo.zoo.lesson_text import LESSONS, Part
from demo.zoo.zoo import Zoo
from gan_models.metrics.curves import Told, told
from train.measure import losses

ROOT = Path(__file__).parent.parent
ZOO = Zoo(ROOT / "checkpoints")


# What is seen in pictures -----------------------------------------------------------------------------------


@cache
def film(key: str, share: float) -> np.ndarray:
    """uint8 [40, H, W, C]: what a variant drew at a share of its training."""
    return evolution(ZOO, [key], "share", 40).at(share)[0].pictures


def drawn(key: str, seeds) -> np.ndarray:
    return ZOO.samples([key], list(seeds))[key]


def classes(pictures: np.ndarray, dataset: str) -> np.ndarray:
    """As the data set's extractor sees them."""
    look = uncertain.extractor(ZOO.of(dataset)[0], ZOO.roots)
    return look(torch.from_numpy(pictures).permute(0, 3, 1, 2)).logits.argmax(1).numpy()


def alike(pictures: np.ndarray) -> float:
    """Mean correlation of two pictures: 1 where all are the same."""
    rows = np.corrcoef(pictures.reshape(len(pictures), -1).astype(float))
    return float(rows[np.triu_indices(len(rows), 1)].mean())


def smooth(pictures: np.ndarray) -> float:
    """Correlation of pixels beside each other: low where single ones stand out."""
    p = pictures.astype(float)
    return float(np.corrcoef(p[:, :, :-1].ravel(), p[:, :, 1:].ravel())[0, 1])


def speckle(pictures: np.ndarray) -> float:
    """Mean distance, in grey levels, of a pixel inside from the mean of its four neighbours."""
    p = pictures.astype(float).mean(-1)
    around = (p[:, :-2, 1:-1] + p[:, 2:, 1:-1] + p[:, 1:-1, :-2] + p[:, 1:-1, 2:]) / 4
    return float(np.abs(p[:, 1:-1, 1:-1] - around).mean())


def checks(pictures: np.ndarray) -> float:
    """Share of the energy at periods of two pixels."""
    p = pictures.astype(float).mean(-1)
    power = np.abs(np.fft.fft2(p - p.mean((1, 2), keepdims=True))) ** 2
    h, w = power.shape[1:]
    rows, columns = power[:, h // 2 - 1 : h // 2 + 2].sum(), power[:, :, w // 2 - 1 : w // 2 + 2].sum()
    return float((rows + columns) / power.sum())


def labels(n: int) -> list[int]:
    return [k % 10 for k in range(n)]


def gap(dataset: str, variant: str) -> float:
    """D's score gap at the last look of a training."""
    lines = (ZOO.folder / dataset / variant / "stats.jsonl").read_text(encoding="utf-8").splitlines()
    return told([json.loads(line) for line in lines]).averages[-1]


def figure(dataset: str, variant: str, name: str) -> float:
    content = json.loads((ZOO.folder / dataset / variant / "metrics.json").read_text(encoding="utf-8"))
    return next(iter(content["measured"].values()))["figures"][name]["mean"]


# The claims -------------------------------------------------------------------------------------------------


class Claim(NamedTuple):
    lesson: str
    words: str
    """As they stand there, line breaks apart"""
    holds: Callable[[], bool]


CLAIMS = [
    Claim("gan", "at first the same blot from every seed", lambda: alike(film("mnist/gan", 0.03)) > 0.9
          and alike(film("mnist/gan", 1)) < 0.5),
    Claim("gan", "strokes and surfaces fall apart into single bright and dark pixels",
          lambda: speckle(drawn("mnist/gan", range(100))) > 1.2 * speckle(ZOO.real_samples("mnist", 100))),
    Claim("dcgan", "until these agree, the pictures show a regular pattern",
          lambda: checks(film("mnist/dcgan", 0.01)) > 1.5 * checks(film("mnist/dcgan", 1))),
    Claim("acgan", "the class can be recognised long before the digit is drawn well",
          lambda: (classes(film("mnist/acgan", 0.05), "mnist") == labels(40)).mean() > 0.9
          and looks("mnist", "acgan")[0] > 5 * looks("mnist", "acgan")[-1]),
    Claim("cgan", "the straps join into a closed shoe",
          lambda: np.isin(classes(drawn("fashion_mnist/cgan", range(5, 1000, 10)), "fashion_mnist"), [7, 9]).any()),
    Claim("r3gan", "most pixels are black", lambda: film("mnist/r3gan", 0.005).mean() < 1
          and (film("mnist/r3gan", 1) < 64).mean() > 0.7),
    Claim("stylegan2", "the first pictures of this training are speckled",
          lambda: speckle(film("mnist/stylegan2", 0.01)) > 1.15 * speckle(film("mnist/stylegan2", 1))
          and smooth(film("mnist/stylegan2", 0.01)) < smooth(film("mnist/stylegan2", 1)) - 0.05),
    Claim("r3gan", "at full size they have a quarter of DCGAN's channels", lambda: width("celeba", "dcgan")
          == 4 * width("celeba", "r3gan")),
    Claim("sngan", "in these trainings on faces nearly three times that of DCGAN's",
          lambda: 2.5 < work("celeba/sngan") / work("celeba/dcgan") < 3),
    Claim("sngan", "after as many images", lambda: cost("celeba/sngan")["images"] == cost("celeba/dcgan")["images"]),
    Claim("cyclegan", "they become a little thinner than in the truth", lambda: 0.75 < thickness() < 0.95),
    Claim("improved_dcgan", "Only trainings with one change at a time can: the page Ablation has them.",
          lambda: {f"dcgan_{name}" for name in ("dropout", "constant_noise", "norm_first", "leaky", "two_d_steps",
                                                "label_smoothing")} <= alone()),
    Claim("wgan_gp", "patches of other colours in place of skin",
          lambda: figure("celeba", "wgan_gp", "precision") < figure("celeba", "dcgan", "precision")),
]  # fmt: skip
GENERIC = (
    "The same seeds during the training.",
    "Of the first hundred seeds, those whose class is least certain to the extractor.",
    "Share of each class, as the extractor sees it; the vertical mark is the share among the real pictures.",
    "The first seeds in which the extractor sees a class other than the one asked for.",
    "Fours, seeds 4, 14, 24 and so on.", "Pullovers, seeds 2, 12, 22 and so on.",
    "Seeds 0 to 7: the four classes in turn.", "Some of its faces.", "Patches.",
)  # fmt: skip
"""Captions that say what is shown and nothing of how it looks, or repeat a word of the sentence above"""


def looks(dataset: str, variant: str) -> list[float]:
    """The distances along a training."""
    lines = (ZOO.folder / dataset / variant / "stats.jsonl").read_text(encoding="utf-8").splitlines()
    return [point["fd"] for point in map(json.loads, lines) if "fd" in point]


def width(dataset: str, variant: str) -> int:
    """Feature maps at the full size of the pictures."""
    return ZOO.entry(f"{dataset}/{variant}").recipe.network_args["width"]


def cost(key: str) -> dict:
    """What a training and a picture took."""
    return json.loads((ZOO.folder / key / "metrics.json").read_text(encoding="utf-8"))["cost"]


def work(key: str) -> int:
    """Multiply-adds for each training image."""
    return cost(key)["multiply_adds_per_image"]


def thickness() -> float:
    """Brightness of what the CycleGAN of digits makes, over that of the truth."""
    shown = teaching.illustrate(ZOO, "mnist/cyclegan", Part("", "translated", tuple(range(100))))
    _, made, truth = (pictures.mean() for _, pictures in shown)
    return float(made / truth)


def alone() -> set[str]:
    """Variants of MNIST's DCGAN on record whose changes are some of those of Improved DCGAN."""
    tricks = [t for t in ablation(ZOO, "mnist", "dcgan").tricks if t.source == "seeds"]
    (bundle,) = [set(t.changes) for t in tricks if t.variant == "improved_dcgan"]
    return {t.variant for t in tricks if set(t.changes) < bundle}


@cache
def text(lesson: str) -> str:
    return " ".join((LESSONS / f"{lesson}.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.lesson}: {claim.words[:40]}")
def test_what_a_lesson_says_of_pictures_is_to_be_seen(claim):
    assert claim.words in text(claim.lesson), "the lesson says so no more: drop the claim"
    assert claim.holds()


def paragraphs() -> list[tuple[str, str]]:
    """(lesson, paragraph) of all that is said under "What goes wrong"."""
    found = []
    for path in listed(LESSONS, "*.md"):
        parts = re.split(r"^## +(.+?) *$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        sections = dict(zip(parts[1::2], parts[2::2], strict=True))
        for paragraph in re.split(r"\n\s*\n", sections["What goes wrong"].strip()):
            found.append((path.stem, " ".join(paragraph.split())))
    return found


TRANSLATED = re.compile(r"[A-Z][a-z ]+, (and )?what it makes of them(, and the truth( where it is known)?)?\.")
"""What stands under the pictures of a translator"""


def claimed(lesson: str, paragraph: str) -> bool:
    return any(claim.lesson == lesson and claim.words in paragraph for claim in CLAIMS)


@pytest.mark.parametrize(("lesson", "paragraph"), [p for p in paragraphs() if "](" in p[1] and "![" in p[1]])
def test_every_caption_says_only_what_is_shown_or_is_a_claim(lesson, paragraph):
    caption = re.search(r"!\[(.*?)\]\(", paragraph)[1]
    known = caption in GENERIC or TRANSLATED.fullmatch(caption) or claimed(lesson, paragraph)
    assert known, f"{lesson}: “{caption}” needs a claim in this file"


HERE = re.compile(r"\b(in this training|in this zoo|on faces|on digits|the pictures were|the pictures show)\b", re.I)
"""Words with which a sentence speaks of this zoo"""


@pytest.mark.parametrize(("lesson", "paragraph"), [p for p in paragraphs() if HERE.search(p[1]) and "![" not in p[1]])
def test_every_sentence_on_this_zoo_has_a_guard(lesson, paragraph):
    """A condition on measured figures before it, figures in place of words, or a claim."""
    guard = re.match(r"\[([^\]]*)\] ", paragraph)
    measured = guard and re.search("[<>]", guard[1])
    assert measured or claimed(lesson, paragraph) or "{" in paragraph, f"{lesson}: {paragraph[:100]}"


@pytest.mark.parametrize(("lesson", "paragraph"), [p for p in paragraphs() if re.search(r"\{\w+\.\w+\}", p[1])])
def test_a_comparison_of_two_variants_is_guarded_by_their_figures(lesson, paragraph):
    """“more”, “only”, “fewer” beside another variant's figure: shown only where the figures say so."""
    if re.search(r"\b(more|less|only|fewer|worse|better|lower|higher)\b", paragraph, re.I):
        guard = re.match(r"\[([^\]]*)\] ", paragraph)
        assert guard and re.search("[<>]", guard[1]), paragraph[:100]


# Exercises --------------------------------------------------------------------------------------------------


def effects(trick: str, parent: str = "dcgan") -> dict[str, str]:
    """Figure -> verdict of a change to a variant of MNIST, by the record of several trainings."""
    (one,) = [t for t in ablation(ZOO, "mnist", parent).tricks if t.variant == trick and t.source == "seeds"]
    return {effect.figure: effect.verdict for effect in one.effects}


def correlations() -> dict[tuple[str, str], Told]:
    """What the critics' curves of the zoo tell."""
    rows = losses.rows(ZOO.folder)
    return {(row.dataset, row.variant): row.told for row in rows if row.loss == "wasserstein"}


def off_centre(key: str) -> float:
    """Mean distance, in pixels, of a picture's centre of mass from its middle."""
    pictures = drawn(key, range(300)).astype(float)[..., 0]
    side = pictures.shape[1]
    at = np.arange(side) - (side - 1) / 2
    mass = pictures.sum((1, 2))
    return float(np.hypot((pictures.sum(1) * at).sum(1) / mass, (pictures.sum(2) * at).sum(1) / mass).mean())


def mixed_class(levels: str, side: str) -> float:
    """Of the exercise's grid of mixed styles, where row and column are of different classes: how many pictures have
    the class of one of the two."""
    table = ZOO.mix(["mnist/stylegan2"], range(4), range(100, 104), levels)["mnist/stylegan2"].pictures
    seen = classes(table.reshape(-1, *table.shape[2:]), "mnist").reshape(5, 5)
    rows, columns = seen[1:, :1], seen[:1, 1:]
    return float((seen[1:, 1:] == (rows if side == "row" else columns))[rows != columns].mean())


EXERCISES = {
    "dcgan_smoothing": ("The blur: alone it raises the coverage as both together do. Of smoothed labels alone no",
                        lambda: [effects(name)["coverage"] for name in ("dcgan_image_smoothing", "dcgan_smoothing")]
                        == ["better"] * 2 and {*effects("dcgan_label_smoothing").values()} == {"unclear"}),
    "dcgan_combined": ("Smoothing alone raises the coverage and shifts alone lower it; with all three it is lower",
                       lambda: [effects(f"dcgan_{name}")["coverage"] for name in ("smoothing", "augmented", "combined")]
                       == ["better", "worse", "worse"]),
    "dcgan_r1": ("gap between real and generated pictures stays small",
                 lambda: gap("mnist", "dcgan_r1") < 0.2 * gap("mnist", "dcgan")),
    "improved_dcgan": ("or LeakyReLU in G. Each alone does as much harm as all changes together.",
                       lambda: all(effects(name)[figure] == "worse" for figure in ("fd", "coverage")
                                   for name in ("dcgan_two_d_steps", "dcgan_leaky", "improved_dcgan"))),
    "wgan_combined": ("No: recall falls, and no gain can be distinguished from chance. Blur and noise without",
                      lambda: effects("wgan_combined", "wgan")["recall"] == "worse"
                      and "better" not in effects("wgan_combined", "wgan").values()
                      and effects("wgan_noise_smoothing", "wgan")["fd"] == "better"),
    "wgan": ("the rank correlation of the two is near 0. In other trainings the curve follows the distance",
             lambda: abs(correlations()["mnist", "wgan"].rho) < 0.25
             and "follows" in {one.verdict for one in correlations().values()}),
    "wgan_gp": ("WGAN-GP. With the penalty", lambda: figure("mnist", "wgan_gp", "smallest_share")
                > figure("mnist", "wgan", "smallest_share")),
    "wgan_noise_smoothing": ("after a twentieth of the training, pictures of both consist of thin strokes",
                             lambda: abs(smooth(film("mnist/wgan", 0.05))
                                         - smooth(film("mnist/wgan_noise_smoothing", 0.05))) < 0.03),
    "pacgan": ("A little, in this one training of each. Over the trainings of the ablation, the rarest digit is not",
               lambda: figure("mnist", "pacgan", "class_kl") < figure("mnist", "dcgan", "class_kl")
               and effects("pacgan")["smallest_share"] == "unclear"),
    "acgan": ("the recall of the two is nearly the same",
              lambda: abs(figure("mnist", "acgan", "recall") - figure("mnist", "cgan", "recall")) < 0.03),
    "sngan": ("for a little more than twice the multiply-adds, the distance is about a quarter. But DCGAN + R1 comes "
              "as near for less than half of SNGAN's multiply-adds",
              lambda: 2 < work("mnist/sngan") / work("mnist/dcgan") < 2.5
              and 0.2 < figure("mnist", "sngan", "fd") / figure("mnist", "dcgan", "fd") < 0.3
              and figure("mnist", "dcgan_r1", "fd") < 1.1 * figure("mnist", "sngan", "fd")
              and work("mnist/dcgan_r1") < work("mnist/sngan") / 2),
    "stylegan2": ("Mostly the coarse ones. The fine levels change only the edges",
                  lambda: mixed_class("coarse", "column") > 0.6 > 0.2 > mixed_class("coarse", "row")
                  and mixed_class("fine", "row") > 0.9),
    "r3gan_conditional": ("in about 98 % of the pictures",
                          lambda: round(figure("mnist", "r3gan_conditional", "label_accuracy"), 2) == 0.98),
    "dcgan_noise": ("No more than in pictures of DCGAN", lambda: speckle(drawn("mnist/dcgan_noise", range(100)))
                    < 1.05 * speckle(drawn("mnist/dcgan", range(100)))),
    "dcgan_augmented": ("There are no more of them than with DCGAN", lambda: off_centre("mnist/dcgan_augmented")
                        < 1.1 * off_centre("mnist/dcgan")),
}  # fmt: skip


@pytest.mark.parametrize("variant", EXERCISES)
def test_what_an_exercise_promises_is_to_be_seen(variant):
    words, holds = EXERCISES[variant]
    said = [" ".join(one.look.split()) for one in exercises()[variant]]
    assert any(words in look for look in said), "no exercise says so any more: drop the claim"
    assert holds()
