"""The words and small tables beside measured figures, as HTML. Values in, text out."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.zoo.columns import Column
    from demo.zoo.leaderboard import Leaderboard, Row
    from demo.zoo.published import Published

UNMEASURED = "No variant of this data set is measured yet: python -m train evaluate FOLDER measures one."
STYLE = """
.figures { opacity: .85; font-size: .85rem; line-height: 1.45; overflow-wrap: anywhere; max-width: 62rem; }
.figures p { margin: .2rem 0 .4rem; }
.figures ul { margin: 0 0 .4rem; padding-left: 1.2rem; list-style: disc; }
.figures table, .figures tr, .figures td { border: 0 !important; padding: 0 1rem 0 0 !important; }
.figures .sources { display: flex; flex-wrap: wrap; gap: 1.25rem; }
.figures .sources > div { flex: 1 1 260px; max-width: 400px; }
"""


def words(*paragraphs: str, listed: Sequence[str] = ()) -> str:
    """Plain sentences as HTML; nothing where there are none."""
    made = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs if text)
    items = "".join(f"<li>{html.escape(text)}</li>" for text in listed)
    made += f"<ul>{items}</ul>" if items else ""
    return f'<div class="figures">{made}</div>' if made else ""


def heading(column: Column) -> str:
    """ "Rarest class (%) ↑"."""
    arrow = {"lower": " ↓", "higher": " ↑"}.get(column.better, "")
    return f"{column.title}{f' ({column.unit})' if column.unit else ''}{arrow}"


def caption(made: Leaderboard, real_title: str) -> str:
    """Who measured, what, against what, how often. real_title: of the data set of the real images."""
    if made.extractor is None:
        return UNMEASURED
    who, real = made.extractor, made.reference
    behind = " and ".join(
        part
        for part in (counted(made, "seeds", "sampling seed"), counted(made, "training_seeds", "training seed"))
        if part
    )
    text = (
        f"{made.column('fd').title} compares {made.n:,} generated images with {real['n']:,} {real['split']} images of "
        f"{real_title} ({real['hash']}), in the features of {who['name']} ({who['hash']}). "
        + (
            f"Each figure is a mean over {behind}; ± is the standard deviation over the sampling seeds. "
            if behind
            else ""
        )
        + "↓: lower is better. ↑: higher is better."
    )
    if made.anchors:
        text += (
            " Tinted rows are anchors: real pictures, some of them spoilt on purpose, which were measured as if a "
            "network had drawn them."
        )
    return text if made.rows else f"{text} {UNMEASURED}"


def counted(made: Leaderboard, name: str, noun: str) -> str:
    """ "3 sampling seeds", "1 to 3 training seeds"; "" where nothing says."""
    known = sorted({row.values[name] for row in made.rows if row.values.get(name)})
    if not known:
        return ""
    return f"{' to '.join(f'{n:g}' for n in dict.fromkeys((known[0], known[-1])))} {noun}{'s' if known[-1] > 1 else ''}"


def percent(made: Leaderboard, row: Row, name: str) -> str:
    value = row.values.get(name)
    return "" if value is None else f"{made.column(name).text(value, row.spreads.get(name))} %"


def caveat(made: Leaderboard) -> str:
    """What the generators behind the gains had seen."""
    if not made.augmentation:
        return ""
    saw = sorted({row.generator_saw for row in made.augmentation if row.generator_saw and not row.scratch})
    number = " to ".join(f"{n:,}" for n in dict.fromkeys((saw[0], saw[-1]))) if saw else "more"
    text = (
        "Gain: the change in test accuracy when a classifier is trained on generated images in addition to its few "
        f"real ones. The generator itself was trained on {number} labelled images, so a part of the gain comes from "
        "those."
    )
    if any(row.scratch for row in made.augmentation):
        text += " In the rows “trained on these images alone” the generator was trained on just those few."
    return text


def literature(made: Published) -> str:
    """Other people's figures: small tables, one per source and figure."""
    groups: dict[tuple, list[str]] = {}
    for row in made.rows:
        line = f"<tr><td>{html.escape(row.variant)}</td><td>{row.value:,g}</td></tr>"
        groups.setdefault((row.source, row.figure, row.protocol), []).append(line)
    tables = "".join(
        f"<div><b>{html.escape(figure)}</b> · {html.escape(source)}<p>{html.escape(protocol)}</p>"
        f"<table>{''.join(lines)}</table></div>"
        for (source, figure, protocol), lines in groups.items()
    )
    inside = f'{words(made.sentence)}<div class="figures"><div class="sources">{tables}</div></div>'
    title = "Published figures: other people's measurements, another extractor"
    return f"<details><summary>{title}</summary>{inside}</details>"
