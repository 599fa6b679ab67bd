"""Where the shipped zoo lies, in a checkout or in an installed package. No torch import."""

from __future__ import annotations

from pathlib import Path

_ABOVE = Path(__file__).resolve().parent.parent
HOME = _ABOVE / "ganscope" if (_ABOVE / "ganscope" / "app.py").is_file() else _ABOVE
"""The folder of app.py, hub.json and checkpoints/: of the checkout, or of the installed package (see setup.py)"""
SHIPPED = HOME / "checkpoints"
"""The shipped zoo"""


def install(extra: str) -> str:
    """The command that installs an extra: "onnx" -> "pip install -r requirements/onnx.txt"."""
    if (HOME / "requirements" / f"{extra}.txt").is_file():
        return f"pip install -r requirements/{extra}.txt"
    return f"pip install 'ganscope[{extra}]'"
