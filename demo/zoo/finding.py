"""Which checkpoints there are: those of a folder, those that hub.json pins, those that visitors have added."""

from __future__ import annotations

import difflib
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from demo.zoo.checks import unique
from demo.zoo.entries import Added, Catalog, Entry
from demo.zoo.files import Files
from demo.zoo.folders import (
    Found,
    all_files,
    default_folder,
    entries_of,
    folders,
    no_memory,
    read,
    sentence,
    stamp_of,
)
from demo.zoo.hub import MOST_NAMES, Shelf
from demo.zoo.words import MOST_QUOTED, listed
from gan_models import limits
from gan_models.folder import CheckpointError, other_kind
from gan_models.home import SHIPPED
from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe

log = logging.getLogger(__name__)


class Finder:
    """The checkpoints below one folder, without their weights; see `demo.zoo.zoo.Zoo`. Threads may share it."""

    def __init__(self, folder: str | Path | None = None, pins: Path | None = None):
        self.folder = default_folder() if folder is None else Path(folder).expanduser()
        shipped = self.folder.resolve() == SHIPPED
        self.roots = (self.folder, SHIPPED)
        """Where anchors, extractors and real pictures are looked for, in this order"""
        self.files = Files(*self.roots)
        self._shelf = Shelf(pins or (SHIPPED.parent / "hub.json" if shipped else None))
        self._lock = threading.Lock()
        self._found: dict[str, Found] = {}
        self._entries: dict[str, Entry] = {}
        self._kept: dict[str, Any] = {}

    # What there is ------------------------------------------------------------------------------------------

    def catalog(self, also: Iterable[str] = ()) -> Catalog:
        """What the folder holds now, and what hub.json pins. Reads recipes, never weights, and only those that are new
        or changed.

        also: keys of what this visitor has added from the Hub; checkpoints that others have added are left out. A
        checkpoint whose weights turned out damaged stands in `problems` from then on, until it is replaced.
        """
        local = folders(self.folder)
        pinned, troubles = self._shelf.pinned({key for key, _ in local})
        added = self._shelf.added()
        places = [(key, folder, "") for key, folder in local]
        places += [(key, one.folder, one.name) for key, one in (*pinned.items(), *added.items())]
        with self._lock:
            found = {}
            for key, folder, name in places:
                try:
                    stamp = stamp_of(folder)
                except OSError:
                    continue  # a training run is replacing it at this moment
                known = self._found.get(key)
                mended = known and known.watched and known.watched != all_files(folder)
                if not known or known.stamp != stamp or mended:
                    known = read(key, folder, stamp)
                    known.hub, known.added = name, key in added
                found[key] = known
            self._found = found
            kinds = [entries_of(found, kind) for kind in (Recipe, TranslatorRecipe)]
            self._entries = {entry.key: entry for entries in kinds for entry in entries}
            seen = {key for key, one in found.items() if not one.added}.union(also)
            problems = [one.problem for key, one in found.items() if one.problem and key in seen]
            if not self.folder.is_dir():
                named = self.folder.name if self.folder.is_absolute() else self.folder  # visitors read it
                problems.append(f"There is no folder {named}.")
            drawing, translating = (tuple(one for one in entries if one.key in seen) for entries in kinds)
            return Catalog(drawing, (*problems, *troubles), translating)

    def problems(self, also: Iterable[str] = ()) -> list[str]:
        """`catalog(also).problems` as a list: one sentence for each folder that cannot be used."""
        return list(self.catalog(also).problems)

    def add(self, wishes: str | Sequence[str], kind: type[AnyRecipe] = AnyRecipe) -> Added:
        """Fetch checkpoints from the Hub for a visitor, who names their keys to `catalog` from then on.

        kind: of the recipe that is wanted; a checkpoint of another kind stands in `problems`.
        wishes: "user/repo", "user/repo@revision", the id of a collection, or several of them; the last MOST_NAMES
        count. Nothing is raised: a checkpoint that cannot be fetched stands in `problems`.
        """
        names, keys, problems = [], [], []
        for wish in [wishes] if isinstance(wishes, str) else wishes[-MOST_NAMES:]:
            try:
                some = self._shelf.names(wish)
                names += some[:MOST_NAMES]
                if len(some) > MOST_NAMES:
                    problems.append(f"The collection has {len(some)} models: the first {MOST_NAMES} are taken.")
            except ValueError as error:
                problems.append(str(error))
        for name in dict.fromkeys(names[-MOST_NAMES:]):
            try:
                keys.append(self._shelf.add(name)[0])
            except ValueError as error:
                problems.append(str(error))
        catalog = self.catalog(keys)
        entries = {entry.key: entry for entry in (*catalog, *catalog.translators)}
        problems += [self._found[key].problem for key in keys if key not in entries and key in self._found]
        for key in [key for key in dict.fromkeys(keys) if key in entries and not isinstance(entries[key].recipe, kind)]:
            problems.append(other_kind(key, entries.pop(key).recipe, kind))
        return Added(tuple(entries[key] for key in dict.fromkeys(keys) if key in entries), tuple(problems))

    def entry(self, key: str, own: Collection[str] = (), kind: type[AnyRecipe] = Recipe) -> Entry:
        """The entry of a key. ValueError where there is none; CheckpointError if it is known as damaged, or of another
        kind than is wanted.

        own: further keys that this visitor has added. The hint in the error lists them and the keys that everybody
        sees, but never those that others have added.
        """
        entry = self._entries.get(key)
        if entry is None:
            self.catalog()  # it may have come since
            entry = self._entries.get(key)
        if entry is None and (one := self._found.get(key)):
            raise CheckpointError(one.problem)
        if entry is None:
            found, key = self._found, str(key)[:MOST_QUOTED]
            known = [
                one.key for one in self._entries.values()
                if isinstance(one.recipe, kind) and (one.key in own or not (one.key in found and found[one.key].added))
            ]  # fmt: skip
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {listed(known) or 'none'}."
            raise ValueError(f"There is no checkpoint {key!r}; {hint}")
        if not isinstance(entry.recipe, kind):
            raise CheckpointError(other_kind(key, entry.recipe, kind))
        return entry

    def chosen(self, keys, kind: type[AnyRecipe] = Recipe) -> list[Entry]:
        """Entries of the keys without those that are known as damaged. ValueError: none is left."""
        entries, errors = [], []
        keys = unique(keys)
        for key in keys:
            try:
                entries.append(self.entry(key, keys, kind))
            except CheckpointError as error:
                errors.append(error)
        if not entries:
            raise errors[0] if errors else ValueError("No variant is chosen.")
        return entries

    def of(self, dataset: str) -> list[Entry]:
        """The entries of a data set without those that visitors have added, whose figures nobody has checked.

        ValueError: there is no checkpoint of that data set.
        """
        catalog = self.catalog()
        if dataset not in self.catalog(self._shelf.added()).datasets:
            name, there = str(dataset)[:MOST_QUOTED], listed(catalog.datasets) or "none"
            raise ValueError(f"There is no checkpoint of the data set {name!r}; there are those of {there}.")
        return catalog.of(dataset)

    def stamp(self, key: str) -> tuple | None:
        """A stamp that changes whenever the checkpoint of a key is replaced; caches compare it."""
        _, found = self._seen(key)
        return found and found.stamp

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """The cache of this name, which make() makes at the first call. It must be bounded."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            return self._kept[name]

    def _seen(self, key: str) -> tuple[Entry, Found | None]:
        """The entry of a key, of any kind, and its folder as it was found."""
        entry = self.entry(key, kind=AnyRecipe)
        with self._lock:
            return entry, self._found.get(key)

    # What is wrong with it ----------------------------------------------------------------------------------

    def over(self, entries: list[Entry], ask: Callable[[list[Entry]], Any]) -> Any:
        """ask(entries), whatever is in their folders: if it fails, each entry is tried alone, those that fail are left
        out, and the others are asked again. A ValueError is about the question and goes on; CheckpointError where none
        is left.
        """
        try:
            return ask(entries)
        except (ValueError, TimeoutError):
            raise
        except Exception:
            sound, errors = [], []
            for entry in entries:
                try:
                    ask([entry])
                except (ValueError, TimeoutError):
                    sound.append(entry)
                except Exception as error:
                    errors.append(self.blame(entry.key, error))
                else:
                    sound.append(entry)
            if not errors:
                raise
            if not sound:
                raise errors[0] from None
        return ask(sound)

    def blame(self, key: str, error: Exception) -> CheckpointError:
        """An error on an entry, as one sentence, which stands in `problems` until one of the entry's files changes; the
        other entries are not affected. An error for lack of memory is not kept, since it passes."""
        with self._lock:
            seen = self._found.get(key)
            folder = seen.folder if seen else self.folder / key
            if not isinstance(error, CheckpointError):
                log.warning("%s is left out", limits.printable(key), exc_info=error)
            problem = sentence(key, folder, error)
            if seen and not no_memory(error):
                seen.problem, seen.watched = problem, all_files(folder)
                self._entries.pop(key, None)
        return CheckpointError(problem)
