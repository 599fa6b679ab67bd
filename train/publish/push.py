"""One commit on the Hub, whole or not at all; for checkpoints and for the Space."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from gan_models import hub
from gan_models.folder import CheckpointError

PATIENCE = 90.0
"""Seconds for which a failed request is repeated"""
TIMEOUT = 60
"""Seconds without a byte before a request counts as failed"""
MARK = "Pushed by GANscope's train.publish."
"""In each commit of this program: a last commit without it is never overwritten without --overwrite"""
NO_TAG = re.compile(r"^(main|HEAD|[0-9a-f]{40})$|\.\.|//|/\.|[./]$|\.lock(/|$)")
"""What git or the Hub takes for another thing than a tag, or refuses in one (man git-check-ref-format)"""

Content = Path | bytes


class PushError(ValueError):
    """The push failed, wholly or in part: the message says what the Hub holds now, and how to continue."""


class Pushed(NamedTuple):
    repo: str
    commit: str
    new: bool
    """False where the Hub held all of it already"""


def token_there() -> None:
    """Raises PushError if there is no write token."""
    from huggingface_hub import get_token

    if not get_token():
        raise PushError("there is no token to write to the Hub with: run `hf auth login`, or set HF_TOKEN.")


def size_of(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def push(
    repo: str,
    files: dict[str, Content],
    title: str,
    *,
    owned: Callable[[str], bool],
    kind: str = "model",
    sdk: str | None = None,
    private: bool = False,
    overwrite: bool = False,
    tell: Callable[[str], None] = print,
) -> Pushed:
    """Put these files into a repository, in one commit on top of its current one.

    owned(path): whether an old file of the repository that is not among the new ones is deleted. sdk: of a new Space.
    private: make a new repository private. overwrite: also if somebody else made the last commit. tell: called with
    sentences on the progress. Raises PushError (see there); local files are only read.
    """
    from huggingface_hub.errors import HfHubHTTPError

    token_there()
    quiet()

    def ask(step: Callable, what: str = repo):
        def bounded():
            from huggingface_hub import get_session

            get_session().timeout = TIMEOUT  # the client's own default waits for ever
            return step()

        return hub.insist(bounded, what, PATIENCE, tell)

    committing = False
    try:
        about = found_or_made(repo, kind, sdk, private, ask, tell)
        parent = about.sha
        changes = difference(about, files, owned)
        if not changes:
            return Pushed(repo, parent, False)
        if not overwrite:
            refuse_foreign(repo, kind, parent, ask)
        committing = True
        tell(f"Pushing {sum(map(size_of, files.values())):,} bytes in {len(files)} files to {repo}")

        def commit():
            # The commit may exist although the try failed: then there is nothing left to do.
            now = hub.api().repo_info(repo, repo_type=kind, files_metadata=True, timeout=TIMEOUT)
            if not difference(now, files, owned):
                return now.sha
            if now.sha != parent:
                raise overtaken(repo, now.sha)
            words = {"commit_message": title, "commit_description": MARK}
            try:
                return hub.api().create_commit(repo, changes, **words, repo_type=kind, parent_commit=parent).oid
            except HfHubHTTPError as error:
                if error.response.status_code != 412:
                    raise
                raise overtaken(repo) from error

        return Pushed(repo, ask(commit), True)
    except CheckpointError as error:
        state = "no commit was made there" if committing else "nothing was pushed"
        if isinstance(error, hub.Unreachable):
            state += ", local files are unchanged: the same command continues from there"
        raise PushError(f"{str(error).rstrip('.')}; {state}.") from error


def check_tag(name: str) -> None:
    """Raises PushError, before anything is sent, if git or `gan_models.load` would refuse a tag of this name, or take
    it for a branch or a commit."""
    if not hub.NAME.fullmatch(f"user/repo@{name}") or NO_TAG.search(name):
        raise PushError(
            f"{name[:100]!r} cannot be a tag: a tag is up to 100 letters, digits and _ . - /, such as v1, and neither "
            "a commit nor main. Nothing was pushed."
        )


def tag(repo: str, commit: str, name: str | None, kind: str = "model", tell: Callable[[str], None] = print) -> str:
    """Give a commit a tag and return it: `name`, or for None the next of v1, v2, ...; an existing tag of the commit is
    kept.

    Raises PushError if that fails, or if the tag belongs to another commit.
    """
    start = f"{repo} holds commit {commit[:12]}, but it has no tag"
    try:
        for _ in range(5):  # somebody else may take the same number meanwhile
            refs = hub.insist(lambda: hub.api().list_repo_refs(repo, repo_type=kind), repo, PATIENCE, tell)
            tags = {one.name: one.target_commit for one in refs.tags}
            numbers = sorted(int(t[1:]) for t in tags if re.fullmatch(r"v[0-9]{1,6}", t))
            had = [t for t, target in tags.items() if target == commit]
            if name is None and had:
                return max(had, key=lambda t: (len(t), t))
            wanted = name or f"v{numbers[-1] + 1 if numbers else 1}"
            if wanted in tags:
                if tags[wanted] == commit:
                    return wanted
                raise PushError(f"{start}: {wanted} is the tag of {tags[wanted][:12]}; give another --tag.")

            def make(wanted=wanted):
                hub.api().create_tag(repo, tag=wanted, revision=commit, repo_type=kind, exist_ok=True)

            hub.insist(make, repo, PATIENCE, tell)
        raise PushError(f"{start}; the same command tries again.")
    except CheckpointError as error:
        raise PushError(f"{start} ({str(error).rstrip('.')}); the same command adds it.") from error


def found_or_made(repo: str, kind: str, sdk: str | None, private: bool, ask: Callable, tell: Callable):
    """The client's information on the repository, which is created if it does not exist."""
    from huggingface_hub.errors import RepositoryNotFoundError

    def look():
        return ask(lambda: hub.api().repo_info(repo, repo_type=kind, files_metadata=True, timeout=TIMEOUT))

    try:
        about = look()
    except CheckpointError as error:
        if not isinstance(error.__cause__, RepositoryNotFoundError):
            raise
        tell(f"Making {repo}")
        ask(lambda: hub.api().create_repo(repo, repo_type=kind, space_sdk=sdk, private=private or None, exist_ok=True))
        return look()
    if private and not about.private:
        raise PushError(f"{repo} exists and everyone can see it: make it private on the Hub first. Nothing was pushed.")
    return about


def difference(about, files: dict[str, Content], owned: Callable[[str], bool]) -> list:
    """The operations that change the repository's content to `files`."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    there = {one.rfilename: one for one in about.siblings or ()}
    changes = []
    for path, content in sorted(files.items()):
        one = there.get(path)
        digest = one and (one.lfs.sha256 if one.lfs else one.blob_id)
        if digest is None or hub.digest(content, like=digest) != digest:
            changes.append(CommitOperationAdd(path, content))
    return changes + [CommitOperationDelete(path) for path in sorted(set(there) - set(files)) if owned(path)]


def refuse_foreign(repo: str, kind: str, parent: str, ask: Callable) -> None:
    """Raises PushError if somebody else made the last commit."""
    last, *before = ask(lambda: hub.api().list_repo_commits(repo, repo_type=kind, revision=parent))
    if before and MARK not in last.message:
        raise PushError(
            f"the last commit of {repo}, {last.title!r} ({parent[:12]}), was not made by this program: look at it on "
            "the Hub, then add --overwrite to put your files over it. Nothing was pushed."
        )


def overtaken(repo: str, now: str = "") -> PushError:
    at = f" (now at {now[:12]})" if now else ""
    return PushError(
        f"somebody else has committed to {repo} meanwhile{at}: nothing was overwritten. Look at it on the Hub, then "
        "give the same command again, with --overwrite to put your files over theirs."
    )


def listing(files: dict[str, Content]) -> str:
    """Names and sizes, for --dry-run."""
    lines = [f"{size_of(content):>12,}  {path}" for path, content in sorted(files.items())]
    return "\n".join([*lines, f"{sum(map(size_of, files.values())):>12,}  bytes in {len(files)} files"])


def chosen(folder: Path, names: Collection[str]) -> dict[str, Content]:
    """The files of these names that the folder has, to be pushed."""
    return {name: folder / name for name in names if is_own(folder / name)}


def is_own(path: Path) -> bool:
    """Whether there is a file, or a link to one in the same folder or in the Hub's cache. Raises PushError for any
    other link: a folder made by somebody else could otherwise publish any file of this machine."""
    if not path.is_file():
        return False
    home, target = path.parent.resolve(), path.resolve()
    cache = home.parent.parent / "blobs" if home.parent.name == "snapshots" else home
    if target.parent not in (home, cache):
        raise PushError(f"{path} is a link to {target}, which would be published: put a copy of the file in its place.")
    return True


def quiet() -> None:
    """Silence the client's messages on each retry, which contain private addresses; this program prints its own."""
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()
