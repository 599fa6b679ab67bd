"""What generators cannot draw: how well a search for latents rebuilds test pictures, by class. Loads no model.

The figures are those that `python -m train rebuild` wrote into metrics.json.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.zoo.figures import finite, line, whole

if TYPE_CHECKING:
    from demo.zoo.files import Metrics
    from demo.zoo.zoo import Zoo

MOST_CLASSES = 100
FAR = 2.0
"""Decibels below the other variants at which a class is named"""


@dataclass(frozen=True)
class Rebuilt:
    """How well one variant's search rebuilds pictures, as PSNR in dB: 20 is a tenth of the range of grey values off
    (root mean square), 40 a hundredth."""

    key: str
    title: str
    psnr: float
    """Mean PSNR of test pictures"""
    spread: float
    """Standard deviation over these pictures"""
    own: float | None
    """Mean PSNR of pictures that the variant drew itself: the limit of the search"""
    by_class: dict[str, float]
    """Class -> mean over its test pictures"""
    n: int
    """Test pictures"""
    restarts: int | None
    steps: int | None
    encoder: bool
    """Whether an encoder gave the first guess"""


@dataclass(frozen=True)
class Undrawn:
    """The variants of a data set, in the zoo's order."""

    dataset: str
    rows: tuple[Rebuilt, ...]
    unmeasured: tuple[str, ...]
    """Titles"""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The class names of all rows, in their order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.by_class))

    def usual(self, name: str) -> float | None:
        """Median over the variants that know the class."""
        known = [row.by_class[name] for row in self.rows if name in row.by_class]
        return statistics.median(known) if known else None

    @property
    def words(self) -> list[str]:
        """A sentence on each class that one variant rebuilds far worse than the others do, the worst first."""
        found = []
        for row in self.rows if len(self.rows) > 2 else ():
            for name, value in row.by_class.items():
                if (below := self.usual(name) - value) >= FAR:
                    found.append((below, f"{row.title} rebuilds {name} {below:.1f} dB worse than the median variant."))
        return [sentence for _, sentence in sorted(found, reverse=True)[:6]]

    @property
    def settings(self) -> str:
        """How they were measured: "64 test pictures, 16 starts and 150 steps each"."""
        kinds = sorted({(row.n, row.restarts, row.steps) for row in self.rows}, reverse=True)
        said = [f"{n:,} test pictures" + (f", {r} starts and {s} steps each" if r and s else "") for n, r, s in kinds]
        return "; ".join(said)


def undrawn(zoo: Zoo, dataset: str) -> Undrawn:
    """See `Undrawn`. ValueError: no such data set."""
    rows, missing = [], []
    for entry in zoo.of(dataset):
        one = read(entry.key, entry.title, zoo.files.metrics(entry.folder))
        rows.append(one) if one else missing.append(entry.title)
    return Undrawn(dataset, tuple(rows), tuple(missing))


def read(key: str, title: str, metrics: Metrics) -> Rebuilt | None:
    """The rebuild errors in the figures of a checkpoint; None if none can be used."""
    made = _dict(metrics.latent.get("rebuild"))
    test, n = _dict(made.get("test")), whole(made.get("n"))
    psnr = finite(test.get("psnr"), 0)
    if psnr is None or not n:
        return None
    by_class = {line(str(k))[:40]: v for k, v in list(_dict(test.get("by_class")).items())[:MOST_CLASSES]}
    own = finite(_dict(made.get("own")).get("psnr"), 0)
    return Rebuilt(
        key,
        title,
        float(psnr),
        float(finite(test.get("spread"), 0) or 0),
        None if own is None else float(own),
        {k: float(v) for k, v in by_class.items() if finite(v, 0) is not None},
        n,
        whole(made.get("restarts")),
        whole(made.get("steps")),
        bool(made.get("encoder")),
    )


def column(metrics: Metrics) -> dict[str, float]:
    """The value of the leaderboard's column, {} without."""
    one = read("", "", metrics)
    return {"rebuild": one.psnr} if one else {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
