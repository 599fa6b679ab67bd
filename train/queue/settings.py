"""Settings files: options of trainings by data set and variant, in TOML. No torch import.

    [all]                                # of every data set
    all = "--batch 32"                   # of every variant
    dcgan = "--g-optimizer lr=1.2e-3"    # options as on the command line
    [celeba]                             # on top of these, for one data set
    all = "--views mirror=1"

General options come first and special ones after them, so that the special ones win. A list of strings in place of a
string gives several settings to try (see search.py).
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable
from pathlib import Path

from gan_models.recipe import did_you_mean

PLANS = Path(__file__).parent / "plans"
"""Folder of the settings files that come with the code"""
ALL = "all"
Settings = dict[str, dict[str, list[str]]]
"""Data set -> variant -> settings, each a string of options"""


def read(path: Path, variants: Iterable[str]) -> Settings:
    """The content of a settings file. Raises ValueError, with one sentence, if it is invalid."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no settings file {path}.") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a valid settings file: {error}.") from error
    known = [ALL, *variants]
    read: Settings = {}
    for data, table in content.items():
        if not isinstance(table, dict):
            raise ValueError(f"{path}: {data} stands outside a table; write it below [all] or [DATA SET].")
        for variant, tries in table.items():
            if variant not in known:
                raise ValueError(f"{path}: [{data}] names {variant!r}{did_you_mean(variant, known)}.")
            tries = [tries] if isinstance(tries, str) else tries
            if not isinstance(tries, list) or not tries or not all(isinstance(text, str) for text in tries):
                raise ValueError(
                    f"{path}: [{data}] has {variant} = {tries!r}, must be options as text, or a list of these."
                )
            for text in tries:
                words(text, f"{path}: [{data}], {variant}")
            read.setdefault(data, {})[variant] = tries
    return read


def words(text: str, where: str) -> list[str]:
    """Options as words. Raises ValueError, which says where they stand, if a quotation does not end."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{where}: {text!r} is not a list of options: {str(error).lower()}.") from error


def tries(settings: Settings, variant: str, data: str) -> list[list[str]]:
    """The options of a variant on a data set, as words: one list for each setting to try, usually one."""
    made: list[list[str]] = [[]]
    for table in (ALL, data):
        for name in (ALL, variant):
            more = settings.get(table, {}).get(name, [""])
            made = [[*before, *shlex.split(text)] for before in made for text in more]
    return made
