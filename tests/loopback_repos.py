"""What the Hub on this machine keeps: repositories, their commits, and the hashes by which files are known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

TOKEN = "hf_loopback_write"
"""The one token that may write; it is the user "user"."""
LARGE = (".safetensors", ".onnx", ".png", ".webp", ".bin", ".pt")
"""Files that go through LFS, as the real Hub asks for binary ones"""


@dataclass
class Commit:
    oid: str
    files: dict[str, bytes]
    title: str
    description: str = ""


@dataclass
class Repo:
    """commits: oldest first; tags: name -> oid."""

    kind: str
    id: str
    private: bool = False
    commits: list[Commit] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    sdk: str | None = None

    @property
    def head(self) -> Commit:
        return self.commits[-1]

    def commit(self, files: dict[str, bytes], title: str, description: str = "") -> Commit:
        """A commit whose tree is exactly `files`."""
        text = f"{self.id} {len(self.commits)} {title} {sorted((p, sha256(b)) for p, b in files.items())}"
        self.commits.append(Commit(hashlib.sha1(text.encode()).hexdigest(), dict(files), title, description))
        return self.head

    def at(self, revision: str) -> Commit | None:
        oid = self.head.oid if revision in ("main", "HEAD") else self.tags.get(revision, revision)
        return next((c for c in self.commits if c.oid == oid), None)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def etag(name: str, content: bytes) -> str:
    return sha256(content) if name.endswith(LARGE) else git_hash(content)
