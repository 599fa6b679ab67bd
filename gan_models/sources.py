"""A table of the data sets: their owners, and what their licences allow. No torch import."""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """One data set."""

    title: str
    hub: str | None = None
    """Its name on the Hub"""
    credit: str = ""
    """Its owner and licence: one sentence, published with its pictures"""
    weights: str | None = None
    """Licence of weights trained on it, as the Hub abbreviates it; "other" = `NON_COMMERCIAL`; None = not known"""
    pictures: bool | None = None
    """Whether its licence allows pictures to be passed on; None = not known: the person who publishes must decide"""
    centred: bool = False
    """Whether its figures are placed as `gan_models.pictures.centred` places them"""


NON_COMMERCIAL = "non-commercial-research"
"""The Hub's name for the licence "other"."""
UNKNOWN = "The licence of the training data is not known here."
_LECUN = "© Yann LeCun and Corinna Cortes, CC BY-SA 3.0 (https://creativecommons.org/licenses/by-sa/3.0/)."
SOURCES = {
    "mnist": Source("MNIST", "ylecun/mnist", f"MNIST is {_LECUN}", "mit", True, centred=True),
    "fashion_mnist": Source(
        "Fashion-MNIST", "zalando-datasets/fashion_mnist", "Fashion-MNIST is © Zalando SE, MIT.", "mit", True
    ),
    "cifar10": Source("CIFAR-10", "uoft-cs/cifar10", "CIFAR-10 states no licence."),
    "celeba": Source("CelebA", None, "CelebA is for non-commercial research only.", "other", False),
    "stacked_mnist": Source(
        "Stacked MNIST", "ylecun/mnist", f"Stacked MNIST is made of MNIST, which is {_LECUN}", "mit", True
    ),
}
"""By the name that --dataset takes, in the order in which they are shown"""


def source(name: str) -> Source:
    """The entry of a data set; for one that is not in the table, only its name is known."""
    return SOURCES.get(name, Source(name))


def terms(licence: str | None) -> str:
    """One sentence on weights under a licence, as the Hub abbreviates it."""
    if licence is None:
        return "Whoever trained the weights has stated no licence for them."
    if licence == "other":
        return "Weights that were trained on it are for non-commercial research only."
    return f"The weights are under the licence `{licence}`."
