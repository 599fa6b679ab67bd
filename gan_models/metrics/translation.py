"""The figures of a translator as a table; `python -m train translation` writes them into metrics.json. No torch."""

from __future__ import annotations

from typing import Any

from .names import deficiency, is_rough

NAMES = {
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "feature_distance": "feature distance to the truth",
    "fd": "Fréchet distance to the wanted domain",
    "kernel": "kernel distance to the wanted domain",
    "taken": "taken for the wanted domain",
    "class_kept": "class kept",
    "cycle_error": "there and back (levels of 255)",
    "turned_over": "brightness turned over",
}
"""Figure -> its name in words; the first three need a truth"""


def table(block: dict[str, Any]) -> str:
    """The block `translation` of metrics.json in Markdown."""
    rows = block["rows"]
    keys = [key for key in NAMES if any(key in found for found in rows.values())]
    lines = [f"| | {' | '.join(NAMES[key] for key in keys)} |", f"|---|{'---:|' * len(keys)}"]
    for name, found in rows.items():
        lines.append(f"| {name} | {' | '.join(text(block, key, found[key]) if key in found else '' for key in keys)} |")
    seen = block.get("extractor")
    through = f", seen through `{seen['name']}` ({seen['hash']})" if seen else ""
    fewer = block.get("baseline_images")
    without = f" Without D: a training of {fewer:,} pictures." if fewer else ""
    told = [f"{block['n']:,} {block['split']} pictures{through}; one training seed.{without}", "\n".join(lines)]
    told += [sentence] if (sentence := deficient(block)) else []
    told += [f"It fails where {words}." for words in block["failures"]]
    return "\n\n".join(told)


def text(block: dict[str, Any], key: str, value: float) -> str:
    """A figure of the block `translation`: "12.34", or "≈ 12.34" for a rough Fréchet distance."""
    rough = key == "fd" and is_rough(*_behind(block))
    return f"{'≈ ' * rough}{value:.4g}"


def deficient(block: dict[str, Any]) -> str:
    """A sentence if a covariance of the Fréchet distance cannot have full rank, else ""; see `names.deficiency`."""
    return deficiency(*_behind(block)) if any("fd" in found for found in block["rows"].values()) else ""


def _behind(block: dict[str, Any]) -> tuple[int, int, int | None]:
    """(answers, wanted pictures, features) of a distance; earlier versions stored neither of the last two."""
    return block["n"], block.get("wanted", block["n"]), (block.get("extractor") or {}).get("features")
