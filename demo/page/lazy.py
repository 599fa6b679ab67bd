"""Modules that are imported when something of theirs is first used: with PyTorch they take a second, and some hundred
megabytes, which pages that need none would lose."""

from __future__ import annotations

import importlib
from typing import Any


class Lazy:
    """A module by its name."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)
