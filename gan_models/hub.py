"""Checkpoints on the Hugging Face Hub, by name: "user/repo", or "user/repo@" with a commit, a tag or a branch.

A repository holds the files of a checkpoint folder. The fetched files belong to one commit; their sizes are checked
against limits before, and their hashes after. They stay in the Hub's cache: a cached commit is loaded without a
request. HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN and a login work as in every program of the Hub. No torch import.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from . import limits
from .disk import write_text
from .folder import MOST_RECIPE, CheckpointError, one_line, read_recipe
from .metrics import record
from .recipe import Recipe

NAME = re.compile(r"([A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?:@([\w][\w./-]{0,99}))?")
"""user/repo@revision"""
COMMIT = re.compile(r"[0-9a-f]{40}")
WEIGHTS = ("generator.safetensors", "discriminator.safetensors")
BESIDE = {
    record.FILE: record.MOST,
    "encoder.safetensors": 20_000_000,
    "directions.json": 2_000_000,
    "stats.jsonl": 20_000_000,
    "samples.png": 20_000_000,
    "evolution.webp": 50_000_000,
}
"""Optional files and the most bytes of each that are fetched; a larger file is left out"""
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".msgpack", ".npy", ".npz", ".h5")
"""Endings of files that run code when they are opened, or can contain such files"""
TIMEOUT = 10
"""Seconds to wait for one answer"""
PATIENCE = 12.0
"""Seconds for which a failed request is repeated, before the cache is used instead"""
PAUSE = 0.5
"""Seconds before the second try; doubled after each try"""
TRANSIENT = (408, 429, 500, 502, 503, 504)

T = TypeVar("T")


class Unreachable(CheckpointError):
    """The Hub gives no answer or fails, also after further tries."""


class NotThere(CheckpointError):
    """The Hub has no such repository, or hides it from this user."""


class Pulled(NamedTuple):
    folder: Path
    """In the cache: a checkpoint folder"""
    name: str
    """ "user/repo@commit", the commit in full"""


def parse(name: str) -> tuple[str, str | None]:
    """ "user/repo@v1" -> ("user/repo", "v1"); no revision is None. Raises CheckpointError if it is not a name of that
    form."""
    match = NAME.fullmatch(name.strip()) if isinstance(name, str) else None
    if match is None or "--" in match[1] or ".." in match[0] or match[1].endswith((".git", ".ipynb")):
        raise CheckpointError(f"{name!r} names no repository; a name is user/repo or user/repo@revision.")
    return match[1], match[2]


def is_name(source) -> bool:
    """Whether a source has the form of a name on the Hub and is not a local folder."""
    return isinstance(source, str) and NAME.fullmatch(source) is not None and not os.path.exists(source)


def endpoint() -> str | None:
    """HF_ENDPOINT; None if it is not set. Raises CheckpointError if it is no address."""
    told = os.environ.get("HF_ENDPOINT")
    if not told:
        return None
    try:
        url = urlsplit(told)
        good = url.scheme in ("http", "https") and url.hostname and url.port != 0 and not re.search(r"\s", told)
    except ValueError:  # a port that is no number
        good = False
    if not good:
        raise CheckpointError(
            f"HF_ENDPOINT is {limits.shown(told)}, must be an address such as https://huggingface.co."
        )
    return told


def api(anonymous: bool = False):
    """The client. The endpoint is read at each call, since the client itself reads it only at its import.

    anonymous: without the user's token.
    """
    address = endpoint()  # first: with a wrong one, the import fails
    from huggingface_hub import HfApi

    return HfApi(endpoint=address, token=False if anonymous else None, library_name="ganscope")


def pull(
    name: str,
    discriminator: bool = False,
    cache: Path | None = None,
    check: Callable[[dict[str, int], Recipe], None] | None = None,
    anonymous: bool = False,
) -> Pulled:
    """Bring a checkpoint into the cache.

    discriminator: D's weights as well. cache: a folder to use instead of the Hub's cache. check(bytes of each file,
    recipe) may raise a CheckpointError before weights are fetched. anonymous: see `api`. Raises CheckpointError, with
    one sentence, if the checkpoint cannot be fetched or must not be loaded.
    """
    _, revision = parse(name)
    if COMMIT.fullmatch(revision or "") and (found := cached(name, discriminator, cache)):
        return found
    try:
        return _fetched(name, _wanted(discriminator), cache, check, api(anonymous))
    except Unreachable as error:
        if found := cached(name, discriminator, cache):
            return found
        raise Unreachable(f"{str(error).rstrip('.')}, and it is not in the cache.") from error


def _fetched(name: str, wanted: list[str], cache: Path | None, check: Callable | None, ask) -> Pulled:
    """`pull` from the Hub. ask: the client."""
    repo, revision = parse(name)
    about = insist(lambda: ask.repo_info(repo, revision=revision, files_metadata=True, timeout=TIMEOUT), name)
    files = {one.rfilename: one for one in about.siblings or ()}
    sizes = {file: one.size or 0 for file, one in files.items()}
    pinned = f"{repo}@{about.sha}"
    _check_listing(pinned, sizes, wanted)

    def fetch(file: str) -> Path:
        how = {"revision": about.sha, "cache_dir": cache, "etag_timeout": TIMEOUT}
        path = Path(insist(lambda: ask.hf_hub_download(repo, file, **how), f"{pinned}: {file}"))
        _verify(path, pinned, files[file].lfs.sha256 if files[file].lfs else files[file].blob_id)
        return path

    folder = fetch("recipe.json").parent
    _check_weights(pinned, folder, sizes, wanted)
    beside = [file for file, most in BESIDE.items() if 0 < sizes.get(file, 0) <= most]
    if check:
        try:
            check({file: sizes[file] for file in (*wanted, *beside)}, read_recipe(folder)[0])
        except CheckpointError as error:
            raise CheckpointError(f"{pinned}: {error}") from error
    for file in (*beside, *reversed(wanted[1:])):  # the generator last: if it is there, all files are
        fetch(file)
    _remember(folder, revision or "main")
    return Pulled(folder, pinned)


def _remember(folder: Path, revision: str) -> None:
    """Note in the cache which commit a tag or a branch is. Only when all files are there: the client would note it with
    the first one, and the commit that was there before could no longer be loaded if the others did not come."""
    ref = folder.parent.parent / "refs" / revision
    if revision == folder.name or (ref.is_file() and ref.read_text() == folder.name):
        return
    with contextlib.suppress(OSError):
        ref.parent.mkdir(parents=True, exist_ok=True)
        write_text(ref, folder.name)


def collection(slug: str, anonymous: bool = False) -> list[str]:
    """The names of a collection's models. anonymous: see `api`. Raises CheckpointError if there is no such
    collection."""
    if not isinstance(slug, str) or not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,200}", slug):
        right = "user/title-0123456789abcdef01234567"
        raise CheckpointError(f"{limits.shown(slug)} is not the id of a collection; an id is {right}.")
    ask = api(anonymous)
    found = insist(lambda: ask.get_collection(slug), f"the collection {slug}")
    return [item.item_id for item in found.items if item.item_type == "model"]


# Faults -----------------------------------------------------------------------------------------------------


def insist(ask: Callable[[], T], what: str, patience: float | None = None, tell: Callable[[str], None] | None = None):
    """The answer of ask(), which is repeated with longer and longer pauses while the Hub cannot be reached or fails.

    what: begins the sentence of the error. tell: called with a sentence before each further try. Retry-After is obeyed.
    Raises CheckpointError if the Hub refuses, Unreachable if `patience` seconds (None: PATIENCE) do not help.
    """
    pause, spent = PAUSE, 0.0
    patience = PATIENCE if patience is None else patience
    while True:
        began = time.monotonic()
        try:
            return ask()
        except Exception as error:
            if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
                error = error.__cause__  # the client uploads in a thread of its own
            reason = _transient(error)
            if not reason:
                raise _refusal(error, what) from error
            wait = _retry_after(error) or pause
            spent += time.monotonic() - began + wait
            if spent > patience:
                raise Unreachable(f"{what}: the Hub {reason}.") from error
        if tell:
            tell(f"The Hub {reason}; trying again in {wait:.3g} s.")
        time.sleep(wait)
        pause = min(2 * pause, 8.0)


def _transient(error: BaseException | None) -> str:
    """What is wrong with the Hub, in words; empty if the error is not temporary."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    if isinstance(error, LocalEntryNotFoundError):
        return _transient(error.__cause__)
    if isinstance(error, OfflineModeIsEnabled):
        return ""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, HfHubHTTPError):
        if status not in TRANSIENT:
            return ""
        return "asks to wait (429)" if status == 429 else f"is out of order ({status})"
    if isinstance(error, HfHubHTTPError.__bases__[0]):  # the base class of the client's HTTP library
        return f"cannot be reached ({type(error).__name__})"
    if isinstance(error, json.JSONDecodeError):
        return "is out of order (no JSON)"
    if isinstance(error, OSError) and "Consistency check" in str(error):
        return "sent half a file"
    return ""


def _retry_after(error: Exception) -> float | None:
    headers: Mapping = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        return None  # none, or a date


def _refusal(error: Exception, what: str) -> Exception:
    """The Hub's refusal as an error with one sentence; any other error is returned unchanged."""
    from huggingface_hub import errors

    if isinstance(error, CheckpointError):
        return error
    if isinstance(error, errors.OfflineModeIsEnabled):
        return Unreachable(f"{what}: HF_HUB_OFFLINE forbids requests to the Hub.")
    if isinstance(error, errors.RevisionNotFoundError):
        return CheckpointError(f"{what}: the repository has no such commit, tag or branch.")
    if isinstance(error, errors.GatedRepoError):
        return CheckpointError(f"{what}: its owner must grant you access on the Hub first.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return NotThere(f"{what}: the Hub has no such repository, or you may not see it.")
    if isinstance(error, errors.HFValidationError):
        return CheckpointError(f"{what}: {one_line(error)}")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        words = {401: "the token is not valid", 403: "the token may not do that", 404: "there is none on the Hub"}
        said = error.response.headers.get("X-Error-Message") or error.server_message or ""
        return CheckpointError(f"{what}: {words.get(status, f'the Hub refuses ({status})')}. {one_line(said)}".strip())
    if isinstance(error, ValueError) and str(error).startswith("Invalid metadata"):  # in the card of a push
        return CheckpointError(f"{what}: the Hub refuses the card. {one_line(error)}")
    if isinstance(error, OSError) and error.errno:
        return CheckpointError(f"{what}: it cannot be kept in the cache of this machine ({error.strerror}).")
    return error


# The cache --------------------------------------------------------------------------------------------------


def cached(name: str, discriminator: bool = False, cache: Path | None = None) -> Pulled | None:
    """`pull` without a request: None if a file is missing in the cache. Raises CheckpointError if one is damaged."""
    endpoint()  # with a wrong one, the import fails
    from huggingface_hub import try_to_load_from_cache

    repo, revision = parse(name)
    how = {"cache_dir": cache, "revision": revision or "main"}
    paths = [try_to_load_from_cache(repo, file, **how) for file in _wanted(discriminator)]
    if not all(isinstance(path, str) for path in paths):
        return None
    folder = Path(paths[0]).parent
    name = f"{repo}@{folder.name}"
    for path in (*map(Path, paths), *(path for file in BESIDE if (path := folder / file).is_file())):
        _verify(path, name, path.resolve().name if path.is_symlink() else None)
    return Pulled(folder, name)


def _wanted(discriminator: bool) -> list[str]:
    """The files that every checkpoint must have."""
    return ["recipe.json", WEIGHTS[0], *([WEIGHTS[1]] if discriminator else [])]


def digest(content: Path | bytes, like: str) -> str:
    """The hash of a file, of the same kind as the hash `like`: sha256 if that has 64 digits (a large file), else
    git's."""
    if len(like) == 64 and isinstance(content, Path):
        with content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    content = content.read_bytes() if isinstance(content, Path) else content
    if len(like) == 64:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _verify(path: Path, name: str, expected: str | None) -> None:
    """Raises CheckpointError, and deletes the file from the cache, if its hash is not the expected one.

    The generator's name goes too: where it stands, all files do, and an optional one would never be fetched again.
    expected: None skips the check.
    """
    if expected is None or digest(path, expected) == expected:
        return
    with contextlib.suppress(OSError):
        path.resolve().unlink()
        path.unlink()
        (path.parent / WEIGHTS[0]).unlink(missing_ok=True)
    raise CheckpointError(f"{name}: {path.name} does not have the hash that the Hub gives; it was deleted, try again.")


def _check_listing(name: str, sizes: dict[str, int], wanted: list[str]) -> None:
    """Refuse, by names and sizes alone, what must not be fetched."""
    pickles = [file for file in sizes if file.lower().endswith(PICKLES)]
    if pickles:
        raise CheckpointError(
            f"{name} holds {pickles[0]}, a kind of file that can run code when it is opened: it is not loaded."
        )
    for file in wanted:
        if file not in sizes:
            raise CheckpointError(f"{name} is no checkpoint of this project: it holds no {file}.")
    if sizes["recipe.json"] > MOST_RECIPE:
        raise CheckpointError(f"{name}: recipe.json has {sizes['recipe.json']:,} bytes: that is no recipe.")


def _check_weights(name: str, folder: Path, sizes: dict[str, int], wanted: list[str]) -> None:
    """Refuse weights that are larger than the recipe's networks, and a recipe that makes no network."""
    from . import checkpoint  # it imports torch

    try:
        pair = checkpoint.skeleton(folder, read_recipe(folder)[0], WEIGHTS[1] in wanted)
    except CheckpointError as error:
        raise CheckpointError(str(error).replace(str(folder), name)) from error
    for net, file in zip(pair, WEIGHTS, strict=True):
        if net is not None and sizes[file] > checkpoint.most_bytes(net):
            raise CheckpointError(f"{name}: {file} has {sizes[file]:,} bytes, more than its recipe's network can use.")
