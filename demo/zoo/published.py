"""Figures that other people published, to stand beside ours and apart from them: another extractor, other networks."""

from __future__ import annotations

from dataclasses import dataclass

from demo.zoo.words import dataset_title


@dataclass(frozen=True)
class Figure:
    """One published figure."""

    source: str
    dataset: str
    """As our data sets are called: "fashion_mnist" """
    variant: str
    """As its authors call it"""
    figure: str
    """ "FID", "Modes" or "Reverse KL" """
    value: float
    protocol: str
    """Images, reference and budget, as far as the source tells"""


@dataclass(frozen=True)
class Published:
    """What others published for one data set."""

    dataset: str
    dataset_title: str
    sentence: str
    """Why it can't be held against our figures number by number; "" where there are no rows"""
    rows: tuple[Figure, ...]
    """By source; within one as `FIGURES` has them, the best first"""


STUDY = "Lucic et al. 2018, Are GANs Created Equal? (arXiv:1711.10337)"
STUDIO = "StudioGAN's benchmark (Kang et al. 2022, arXiv:2206.09479)"
PLAIN = "github.com/xyfJASON/gans-pytorch, plain convolutional networks"
R3GAN = "Huang et al. 2024, The GAN is Dead; Long Live the GAN! (arXiv:2501.05441)"

BY_STUDY = {
    "mnist": {"WGAN": 6.7, "NS GAN": 6.8, "LSGAN": 7.8, "MM GAN": 9.8, "WGAN-GP": 20.3},
    "fashion_mnist": {"WGAN": 21.5, "WGAN-GP": 24.5, "NS GAN": 26.5, "MM GAN": 29.6, "LSGAN": 30.7},
    "cifar10": {"WGAN": 55.2, "WGAN-GP": 55.8, "NS GAN": 58.5, "MM GAN": 72.7, "LSGAN": 87.1},
    "celeba": {"WGAN-GP": 30.0, "WGAN": 41.3, "LSGAN": 53.9, "NS GAN": 55.0, "MM GAN": 65.6},
}
"""FID, the best of a large search over settings. MM and NS: minimax and non-saturating"""
BY_STUDIO = {
    "StyleGAN2 + ADA": 2.3, "StyleGAN2": 3.8, "BigGAN": 4.2, "SNGAN": 9.0, "SAGAN": 10.4, "ACGAN": 33.4, "LSGAN": 40.2,
    "DCGAN": 48.3, "WGAN-GP": 54.0, "WGAN": 107.7,
}  # fmt: skip
BY_PLAIN = {
    "AC-GAN (worst by class)": 19.9, "DCGAN": 24.7, "CGAN": 25.5, "LSGAN": 28.5, "SNGAN": 28.5, "WGAN-GP": 28.8,
    "WGAN": 49.9,
}  # fmt: skip
STACKED = {
    "R3GAN": (1000, 0.029), "PacDCGAN2": (1000, 0.06), "RpGAN + R1 + R2": (1000, 0.078), "WGAN-GP": (959, 0.73),
    "DCGAN": (99, 3.40),
}  # fmt: skip
"""Modes of 1,000, and reverse KL in nats"""


def _all():
    for dataset, found in BY_STUDY.items():
        protocol = "10k generated against 10k test images, the best of a large search"
        if "mnist" in dataset:
            protocol += ", 1.2M images shown"
        for variant, value in found.items():
            yield Figure(STUDY, dataset, variant, "FID", value, protocol)
    for variant, value in BY_STUDIO.items():
        yield Figure(STUDIO, "cifar10", variant, "FID", value, "50k generated images")
    for variant, value in BY_PLAIN.items():
        yield Figure(PLAIN, "cifar10", variant, "FID", value, "50k generated against the 50k training images")
    yield Figure(R3GAN, "cifar10", "R3GAN", "FID", 1.96, "50k generated images")
    for place, name in enumerate(("Modes", "Reverse KL")):
        for variant, values in STACKED.items():
            yield Figure(R3GAN, "stacked_mnist", variant, name, values[place], "as collected there; 26k images")


FIGURES: tuple[Figure, ...] = tuple(_all())


def published(dataset: str) -> Published:
    """Figures that other people published for a data set; no rows where there are none."""
    rows = tuple(figure for figure in FIGURES if figure.dataset == dataset)
    sentence = ""
    if any(row.figure == "FID" for row in rows):
        sentence = (
            "Other people's measurements of other networks, with another extractor (Inception) and other numbers of "
            "images. They can be compared with each other, but not with the numbers above."
        )
    elif rows:
        sentence = (
            "Other people's measurements of other networks, with another classifier that counts the modes. They can "
            "be compared with each other, but not with the numbers above."
        )
    return Published(dataset, dataset_title(dataset), sentence, rows)
