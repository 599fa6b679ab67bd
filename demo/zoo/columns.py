"""What each figure of the leaderboard is called, what it means, and what it can't tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from gan_models.metrics.names import decimals, distance_name, figure_text, kernel_name, minus


@dataclass(frozen=True)
class Column:
    """One figure: what it is, and how to write it."""

    name: str
    """Its key in `Row.values`: "fd" """
    title: str
    """ "FD-mnist-cnn" """
    help: str
    """What it is and what it can't tell, in a sentence or two"""
    unit: str = ""
    """ "%", "s", "MB", ...; values are in this unit"""
    decimals: int = 0
    better: str | None = None
    """ "lower", "higher", or None where neither is"""
    main: bool = False
    """Whether it belongs on a small screen"""
    words: bool = False
    """Values are text"""
    rough: bool = False
    """Whether the values come from too few images (`Block.rough`)"""

    def text(self, value: float | str | None, spread: float | None = None) -> str:
        """A cell without its unit: "12.34 ± 0.20", "10,000"; "–" where nothing was measured."""
        if value is None:
            return "–"
        if self.words:
            return str(value)
        made = minus(f"{value:z,.{self.decimals}f}")  # z: no minus before zeros
        made = f"≈ {made}" if self.rough else made
        return f"{made} ± {spread:,.{self.decimals}f}" if spread else made

    def pair(self, before: float, after: float) -> tuple[str, str]:
        """Two figures as `brief` writes them, with more decimals where these are too few to tell them apart."""
        made = self.brief(before), self.brief(after)
        if made[0] == made[1] and before != after:
            more = decimals(after - before)
            made = minus(f"{before:,.{more}f}"), minus(f"{after:,.{more}f}")
        return made

    def brief(self, value: float, sign: str = "", unit: bool = False) -> str:
        """A figure by itself, outside a table: a distance with three digits, whatever its size. sign: "+" for a
        difference."""
        made = figure_text(abs(value)) if self.name == "fd" else self.text(abs(value))
        if value < 0 and any(digit in "123456789" for digit in made):
            sign = "−"
        return sign + made + (f" {self.unit}" if unit and self.unit else "")


OTHERS = {
    "class_balanced": "The same distance, with the generated images weighted so that each class has its share of the "
    "real ones. So variants which are told the class can be compared with those which are not. It can't tell whether "
    "a generator finds the mix of classes by itself.",
    "label_free": "The Fréchet distance between features of EfficientNet-Lite0, which was trained on none of these "
    "data sets and none of their labels. It was never taught digits, and hardly tells them apart.",
    "sliced_wasserstein": "Distance between the pixels themselves along 256 random directions, in grey levels, "
    "without a network. It reacts to brightness, position and thickness, and can't distinguish shapes.",
}
"""Other measures of the same pictures, by name: see `gan_models.metrics.yardsticks`"""


def shown(
    extractor: str,
    values: Iterable[dict],
    gains: Iterable[int],
    rough: Collection[str] = (),
    others: Mapping[str, str] | None = None,
) -> tuple[Column, ...]:
    """The columns for which some row has a value, in the order of a table.

    values: `Row.values` of all rows. gains: numbers of real images for which a gain was measured. rough: names of
    figures that come from too few images. others: titles of other measures, by name. Distances get as many decimals as
    show two digits of the smallest.
    """
    made, values = [], list(values)
    for column in _all(extractor, gains, others or {}):
        there = [row[column.name] for row in values if row.get(column.name) is not None]
        if there and column.decimals < 0:
            least = min((abs(v) for v in there if v), default=1)
            column = replace(column, decimals=max(decimals(least) - 1, 0))
        if there:
            made.append(replace(column, rough=column.name in rough))
    return tuple(made)


def _all(extractor: str, gains: Iterable[int], others: Mapping[str, str]) -> Iterable[Column]:
    """decimals -1: as the values need."""
    fd, kd = distance_name(extractor), kernel_name(extractor)
    near = "Blurred or simple pictures are near as well, so this figure alone does not prove copying."

    # fmt: off
    yield Column(
        "fd", fd, "Fréchet distance between the features of generated and of test images. It can't tell whether "
        "fidelity or variety is missing, and can be compared only with figures of the same extractor, reference and n.",
        "", -1, "lower", main=True)
    for name, help in OTHERS.items():
        yield Column(name, others.get(name, name), help, "", -1, "lower")
    yield Column(
        "kd", kd, "Unbiased kernel distance between the same features, which hardly depends on n. It can't tell "
        "fidelity from variety either.", "", -1, "lower")
    yield Column(
        "precision", "Precision", "Share of generated images that lie among the real ones. It can't tell whether they "
        "are all alike.", "", 3, "higher", main=True)
    yield Column(
        "recall", "Recall", "Share of real images that lie among the generated ones. It can't tell how often "
        "such pictures are drawn, and a few odd ones inflate it.", "", 3, "higher", main=True)
    yield Column(
        "density", "Density", "In how many neighbourhoods of real images a generated one lies, on "
            "average: about 1 for real ones. It can't show variety: drawing the same typical picture over and over "
            "gives more than 1.", "", 3, "higher")
    yield Column(
        "coverage", "Coverage", "Share of real images with a generated one in their neighbourhood. It can't tell what "
        "the other generated images look like.", "", 3, "higher")
    yield Column(
        "class_kl", "Class KL", "How far the shares of the classes are from the real ones, 0 where they agree. It "
        "can't show variety within a class, and counts a badly drawn digit as the class that it looks like.",
        "nats", 4, "lower")
    yield Column(
        "smallest_share", "Rarest class", "Share of the images that show the class which is drawn least often: at best "
        "10 % with ten classes. It can't tell how good that class looks.", "%", 1, "higher", main=True)
    yield Column(
        "label_accuracy", "Label accuracy", "Share of images in which the extractor sees the class that was asked for. "
        "It can't tell whether the pictures of a class are all alike.", "%", 1, "higher")
    yield Column(
        "class_fd", "Class-wise FD", "Mean over the classes of the distance to the real images of "
            f"that class. It is measured on fewer images than {fd} and can't be compared with it.", "", -1, "lower")
    for where in ("pixels", "features"):
        yield Column(
            f"memorisation_{where}", f"Nearer than unseen ({where})", "How often a generated image is nearer to the "
            f"training set than a real unseen one, in {where}; 50 % for unseen ones. {near}", "%", 1)
        yield Column(
            f"copies_{where}", f"Very near ({where})", "Share of generated images as near to a training image as the "
            f"nearest 1 % of the unseen ones, in {where}; 1 % for unseen ones. {near}", "%", 1)
    yield Column(
        "rebuild", "Rebuilt test pictures", "How near a search for latents comes to real test pictures (PSNR): low "
        "where the generator cannot draw them. It can't tell how often the generator draws them.", "dB", 1, "higher")
    yield Column(
        "modes", "Modes", "How many of the 1,000 modes are drawn at all. It can't tell "
            "whether they are drawn as often as they should be.", "", 0, "higher", main=True)
    yield Column(
        "reverse_kl", "Reverse KL", "How far the shares of the 1,000 modes are from the real ones. It depends on n: "
        "even a perfect generator does not reach 0.", "nats", 3, "lower", main=True)
    yield Column(
        "cas", "CAS", "Classification accuracy score: accuracy on real test images of a classifier that was trained on "
        "generated ones alone. It can't tell what another classifier would make of them.", "%", 1, "higher")
    yield Column(
        "cas_real", "CAS of real images", "Accuracy of the same classifier trained on as many real images: compare "
        "CAS with it.", "%", 1)
    for real in gains:
        yield Column(
            f"gain_{real}", f"Gain at {real:,}", "What generated images add to the test accuracy of a classifier that "
            f"has {real:,} real ones; below 0 they do harm. The generator may have seen more real images than these.",
            "points", 1, "higher")
    yield Column(
        "parameters", "Parameters", "Weights of the generator. They can't tell how long it takes to "
            "draw.", "", 0, "lower")
    yield Column(
        "images", "Images shown", "Real images that the discriminator was shown: the training budget, the same on any "
        "machine. It can't tell how much was computed for each.", "", 0, "lower")
    yield Column("steps", "G steps", "Steps of the generator's optimiser.", "", 0, "lower")
    yield Column(
        "work", "Multiply-adds", "Those of the training, in 10¹²: of G and D, forwards and backwards, counted from "
        "the recipe, and so the same on any machine. They can't tell how fast a machine computes them.",
        "10¹²", -1, "lower")
    yield Column(
        "work_per_picture", "Multiply-adds of a picture", "Those of G for one picture, in millions. They can't tell "
        "how fast a machine computes them.", "10⁶", -1, "lower")
    yield Column(
        "peak_memory_mb", "Peak memory", "The most memory that a process needs if it only draws.", "MB", 0, "lower")
    yield Column("n", "n", "Generated images per sampling seed. Fewer make a distance larger.")
    yield Column(
        "seeds", "Sampling seeds", "Number of sets of n images over which a mean is taken; ± is the standard deviation "
        "over these sets.")
    yield Column(
        "training_seeds", "Training seeds", "Number of trainings over which the row is a mean. With one, ± can't "
        "tell what another training would give.")
    # fmt: on
