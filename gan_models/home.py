"""Where the zoo that comes with the code lies, in a checkout and where it was installed. No torch import."""

from __future__ import annotations

from pathlib import Path

_ABOVE = Path(__file__).resolve().parent.parent
HOME = _ABOVE / "ganscope" if (_ABOVE / "ganscope" / "app.py").is_file() else _ABOVE
"""The folder of app.py, hub.json and checkpoints/: of the checkout, or of the installed package (see setup.py)"""
SHIPPED = HOME / "checkpoints"
"""The zoo that comes with the code"""


def install(extra: str) -> str:
    """The command that brings what one of the extras needs: "onnx" -> "pip install -r requirements/onnx.txt"."""
    if (HOME / "requirements" / f"{extra}.txt").is_file():
        return f"pip install -r requirements/{extra}.txt"
    return f"pip install 'ganscope[{extra}]'"
