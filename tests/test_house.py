"""A rule of the house that no linter has: what people read from top to bottom is short."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LANGUAGES = (".py", ".js", ".css", ".toml")
MOST = 400
"""Lines of a file; a longer one is split where its subject changes"""
OTHERS = {"build", "data", "runs", "__pycache__"}
"""Folders of what is made, not written"""


def written() -> Iterator[Path]:
    """The files of the project in these languages, in a checkout or in a copy without git."""
    for folder, below, files in os.walk(ROOT):
        hidden = {name for name in below if name.startswith(".") and name != ".streamlit"}
        environments = {name for name in below if Path(folder, name, "pyvenv.cfg").exists()}
        below[:] = {*below} - OTHERS - hidden - environments
        yield from (Path(folder, name) for name in files if name.endswith(LANGUAGES))


def test_no_file_is_longer_than_400_lines():
    lines = {path.relative_to(ROOT).as_posix(): path.read_bytes().count(b"\n") for path in written()}
    assert {"pyproject.toml", ".streamlit/config.toml", "tests/test_house.py"} <= {*lines}
    assert {Path(name).suffix for name in lines} == {*LANGUAGES}
    assert not {name: n for name, n in lines.items() if n > MOST}
