"""Report what the losses of the zoo's trainings tell about their pictures: `python -m train losses` writes
docs/measuring.md.

For each checkpoint trained with `--eval-every`: the rank correlation between D's score gap, averaged from one look to
the next, and the distance at the looks. This command writes the table and the sentences above it between two marks of
the document, from the numbers in stats.jsonl. A test compares them with these numbers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_models import limits
from gan_models.disk import write_text
from gan_models.folder import CheckpointError, one_line, read_recipe
from gan_models.metrics.curves import CLEAR, FEWEST, Told, told
from gan_models.metrics.names import minus
from gan_models.metrics.record import MOST
from gan_models.registry import LOSSES

DOCUMENT = Path("docs/measuring.md")
BEGIN, END = "<!-- written by python -m train losses -->", "<!-- up to here -->"


class Row(NamedTuple):
    dataset: str
    variant: str
    loss: str
    estimates: bool
    """Whether this loss's D estimates a distance, as a Wasserstein critic does"""
    told: Told


def rows(zoo: Path) -> list[Row]:
    """A row for every checkpoint of a zoo with enough looks; by data set, critics first, then by correlation."""
    import gan_models.losses  # noqa: F401  (fills LOSSES)

    found = []
    for path in sorted(zoo.glob("*/*/stats.jsonl")):
        recipe, _ = read_recipe(path.parent)
        try:
            made = told([json.loads(line) for line in limits.read(path, MOST).decode("utf-8").splitlines()])
        except (ValueError, AttributeError, TypeError) as error:
            raise CheckpointError(f"{path} is damaged: {one_line(error)}.") from error
        if made is not None:
            estimates = getattr(LOSSES.get(recipe.loss), "estimates_distance", False)
            found.append(Row(path.parent.parent.name, path.parent.name, recipe.loss, estimates, made))
    if not found:
        raise ValueError(f"no training below {zoo} has {FEWEST} evaluations or more: --checkpoints names a zoo.")
    return sorted(found, key=lambda row: (row.dataset, not row.estimates, -row.told.rho, row.variant))


def counted(found: Sequence[Row]) -> str:
    """ "follows the distance in 3 of 8 trainings, tells nothing of it in 4 and opposes it in 1"."""
    count = {verdict: sum(row.told.verdict == verdict for row in found) for verdict in ("follows", "tells nothing")}
    opposes = len(found) - sum(count.values())
    return (
        f"follows the distance in {count['follows']} of {len(found)} trainings, tells nothing of it in "
        f"{count['tells nothing']} and opposes it in {opposes}"
    )


def section(found: Sequence[Row]) -> str:
    """The text between the marks."""
    critics, others = ([row for row in found if row.estimates is kind] for kind in (True, False))
    said = []
    if critics:
        said.append(f"A Wasserstein critic's score gap {counted(critics)}.")
    if others:
        said.append(f"The same difference of the other losses' D {counted(others)}.")
    if not found:
        said.append(f"No training of the zoo has the {FEWEST} looks that this needs.")
    lines = [
        *said, "",
        "| data | variant | loss | looks | correlation | score gap, first to last look | distance | |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]  # fmt: skip
    for row in found:
        one = row.told
        gap, distance = (minus(f"{s[0]:.3g} → {s[-1]:.3g}") for s in (one.averages, one.distances))
        cells = (
            row.dataset,
            f"`{row.variant}`",
            row.loss,
            len(one.images),
            minus(f"{one.rho:+.2f}"),
            gap,
            distance,
            one.verdict,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", f"(follows: {CLEAR} or more; opposes: −{CLEAR} or less; tells nothing: between)"]
    return "\n".join(lines) + "\n"


def put(text: str, made: str) -> str:
    """The document with the section between its marks. Raises ValueError if it has none."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no place for it, between {BEGIN} and {END}.")
    return f"{head}{BEGIN}\n{made}{END}{tail}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train losses", description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help="the zoo")
    parser.add_argument("--write", type=Path, default=DOCUMENT, metavar="FILE", help=f"default: {DOCUMENT}")
    args = parser.parse_args(argv)
    try:
        made = section(rows(args.checkpoints))
        write_text(args.write, put(args.write.read_text(encoding="utf-8"), made))
    except (CheckpointError, ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(made)
    print(args.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
