"""The one distance that stands for a checkpoint, as its caption and its facts give it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from demo.zoo.figures import distance_text
from gan_models.metrics.names import behind, deficiency, distance_name, figure_text

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.figures import Block
    from demo.zoo.files import Files


def headline(files: Files, entry: Entry) -> str | None:
    """The distance on one line, None if there is no usable figure: "FD-mnist-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000
    against 10,000 real)", and with "≈ 12" and "too few" or "rank-deficient" where it is a rough one."""
    block, floor = _headline(files, entry)
    if block is None:
        return None
    about = [f"floor {figure_text(floor, digits=2)}"] if floor is not None else []
    about += [behind(block.n, block.sight.n), *["rank-deficient" if deficient(block) else "too few"] * block.rough]
    return f"{distance_name(block.sight.extractor)} {distance_text(block)} ({', '.join(about)})"


def distance(files: Files, entry: Entry) -> dict[str, Any] | None:
    """What `headline` says, in parts: "name", "extractor", "value", "floor" (None where it is not known), "real" (how
    many real images are behind it), "rough", "deficient" (a sentence where its covariance cannot have full rank)."""
    block, floor = _headline(files, entry)
    if block is None:
        return None
    who = block.sight.extractor
    told = {"name": distance_name(who), "extractor": who, "value": block.figures["fd"].mean, "floor": floor}
    return {**told, "real": block.sight.n, "rough": block.rough, "deficient": deficient(block)}


def nearest(files: Files, entries: Iterable[Entry]) -> list[Entry]:
    """The entries by distance, the nearest to the data first; then those that were not measured, the newest first."""
    found = [(entry, distance(files, entry)) for entry in entries]
    measured = sorted(((entry, known["value"]) for entry, known in found if known), key=lambda one: one[1])
    return [*(entry for entry, _ in measured), *reversed([entry for entry, known in found if not known])]


def deficient(block: Block) -> str:
    """A sentence where the covariance of the features cannot have full rank, else ""."""
    return deficiency(block.n, block.sight.n, block.features)


def _headline(files: Files, entry: Entry) -> tuple[Block | None, float | None]:
    """The figures that stand for a checkpoint, and the distance of real training images beside them."""
    blocks = files.metrics(entry.folder).blocks
    if not blocks:
        return None, None
    anchors, _ = files.anchors(entry.dataset)
    block, anchor = next(
        ((b, a) for a in anchors for b in blocks.values() if b.sight == a.sight),
        (blocks[min(blocks)], None),
    )
    floor = next((b for name, _, b in anchor.rows if name == "train"), None) if anchor else None
    return block, floor.figures["fd"].mean if floor else None
