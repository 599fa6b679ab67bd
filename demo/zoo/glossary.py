"""The glossary: words of the field, each in one sentence; demo/zoo/glossary.toml holds them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("glossary.toml")
MEASURING = "measuring"
"""The `where` of a term that no variant's page shows: the document on measuring"""


@dataclass(frozen=True)
class Term:
    """A word and what it means."""

    name: str
    forms: tuple[str, ...]
    """Other ways in which a text says it"""
    definition: str
    """One sentence"""
    where: str
    """The variant whose page shows it, or MEASURING"""

    @property
    def slug(self) -> str:
        """Of its address: "Lipschitz constant" -> "lipschitz-constant"."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.name.lower()).split())

    @property
    def words(self) -> tuple[str, ...]:
        """All forms that stand for the term in a text."""
        return self.name, *self.forms


def parse(text: str) -> tuple[Term, ...]:
    """The terms of a glossary in TOML, by name. ValueError, one sentence, where it is none."""
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"the glossary is no TOML: {error}.") from error
    terms, taken = [], {}
    for table in content.get("term", []):
        if not {"name", "definition", "where"} <= set(table) <= {"name", "definition", "where", "forms"}:
            raise ValueError(f"the term {table.get('name')!r} must give name, definition, where, and may give forms.")
        term = Term(table["name"], tuple(table.get("forms", ())), table["definition"], table["where"])
        if not all(isinstance(one, str) and one.strip() == one != "" for one in (*term.words, term.definition)):
            raise ValueError(f"the term {term.name!r} must be of texts without space around them.")
        if not term.definition.endswith("."):
            raise ValueError(f"the definition of {term.name!r} must be a sentence.")
        for word in term.words:
            if word.lower() in taken:
                raise ValueError(f"{word!r} stands for {taken[word.lower()]!r} and for {term.name!r}.")
            taken[word.lower()] = term.name
        terms.append(term)
    return tuple(sorted(terms, key=lambda term: term.name.lower()))


@lru_cache(maxsize=1)
def glossary() -> tuple[Term, ...]:
    """The terms that come with the code, by name."""
    return parse(FILE.read_text(encoding="utf-8"))
