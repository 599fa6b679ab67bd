"""Figures that were measured, as files, and the tables that are made from them.

A file in benchmarks/results/ holds the command, the day, the machine, and tables: how the cells of each column are
written, and the cells. tests/test_results.py holds the tables of README.md and docs/ against these files.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

HELP = "write the figures there, and as Markdown beside it (benchmarks/results/NAME.json)"


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help=HELP)


def processor() -> str:
    """The name of this machine's processor."""
    try:
        return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def command() -> str:
    """How this process was started, without where its figures go."""
    said = re.sub(r" --json[ =]\S+", "", " ".join(["", *sys.argv[1:]]))
    name = f"benchmarks.{Path(sys.argv[0]).stem}"
    return f"python -m {name}{said}"


def cells(table: Mapping[str, Any]) -> list[list[str]]:
    """What stands in each row. A cell is a value, a list of those that its format takes, or None: not known."""
    formats = list(table["columns"].values())

    def cell(form: str, value: Any) -> str:
        return "" if value is None else form.format(*value) if isinstance(value, list | tuple) else form.format(value)

    return [[cell(*one) for one in zip(formats, row, strict=True)] for row in table["rows"]]


def markdown(table: Mapping[str, Any]) -> str:
    """The table, text to the left and figures to the right."""
    lines = [list(table["columns"]), ["---" if form == "{}" else "---:" for form in table["columns"].values()]]
    return "\n".join(f"| {' | '.join(line)} |" for line in [*lines, *cells(table)])


def page(found: Mapping[str, Any]) -> str:
    """All that a file holds."""
    made = [f"# {found['command']}", f"{found['machine']}, {found['date']}."]
    for name, table in found["tables"].items():
        made += [f"## {name[0].upper()}{name[1:]}", markdown(table)]
    return "\n\n".join(made) + "\n"


def save(found: Mapping[str, Any], path: Path) -> None:
    """As JSON, and as Markdown beside it."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(page(found), encoding="utf-8")


class Results:
    """What a benchmark finds: made when it starts, printed table by table."""

    def __init__(self, **more: Any):
        self.found = {
            "command": command(), "date": date.today().isoformat(),
            "machine": f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
            **more, "tables": {},
        }  # fmt: skip
        if torch := sys.modules.get("torch"):
            self.found["machine"] += f", torch {torch.__version__}, {torch.get_num_threads()} threads"
        print(f"{self.found['machine']}\n")

    def table(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence]) -> None:
        """columns: {heading: how a cell is written}; "{}" is text. rows: see `cells`."""
        self.found["tables"][name] = {"columns": dict(columns), "rows": [list(row) for row in rows]}
        print(f"{markdown(self.found['tables'][name])}\n", flush=True)

    def save(self, path: Path | None) -> None:
        if path:
            save(self.found, path)
