"""What the Hub on this machine answers to the requests of the real `huggingface_hub` client."""

from __future__ import annotations

import base64
import json
import re
import socket
from http.server import BaseHTTPRequestHandler
from time import sleep
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from loopback_repos import LARGE, TOKEN, Commit, Repo, etag, git_hash, sha256

if TYPE_CHECKING:
    from loopback_hub import LoopbackHub

DATE = "2026-01-01T00:00:00.000Z"


class Refused(Exception):
    """An answer that is an error: status, X-Error-Code, message."""

    def __init__(self, status: int, code: str = "", message: str = "", **body):
        self.status, self.code, self.message, self.body = status, code, message or code, body


class Handler(BaseHTTPRequestHandler):
    hub: LoopbackHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, OSError):
            self.close_connection = True

    # One way for all methods --------------------------------------------------------------------------------

    def serve(self) -> None:
        split = urlsplit(self.path)
        self.query, path = parse_qs(split.query), unquote(split.path)
        body = self.body()
        self.asked = fault = self.hub.fault(
            f"{self.command} {path}", {name.lower(): value for name, value in self.headers.items()}
        )
        kind = fault.kind if fault else ""
        if kind == "cut":
            return self.hang_up()
        if kind == "timeout":
            sleep(fault.value)
            return self.hang_up()
        if kind == "500":
            return self.answer(500, b"<html>out of order</html>", {}, "text/html")
        if kind == "429":
            return self.answer(429, b'{"error": "too many requests"}', {"Retry-After": f"{fault.value:g}"})
        try:
            with self.hub.lock:
                answer = self.route(path, body)
        except Refused as error:
            headers = {"X-Error-Code": error.code} if error.code else {}
            if error.message:
                headers["X-Error-Message"] = error.message
            return self.answer(error.status, json.dumps({"error": error.message, **error.body}).encode(), headers)
        if kind == "lost":
            return self.hang_up()
        if isinstance(answer, tuple):
            return self.download(*answer)
        return self.answer(200, json.dumps(answer).encode(), {})

    do_GET = do_HEAD = do_POST = do_PUT = serve

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, body: bytes, headers: dict[str, str], kind: str = "application/json") -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    # What is asked ------------------------------------------------------------------------------------------

    def route(self, path: str, body: bytes):
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token:
            self.hub.tokens.add(token)
        if token and token != TOKEN:
            raise Refused(401, "", "Invalid credentials in Authorization header")
        self.writer = token == TOKEN
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path == "/api/validate-yaml":
            if "license: no-such-licence" in json.loads(body)["content"]:
                raise Refused(400, errors=[{"message": '"license" must be one of [apache-2.0, mit]'}])
            return {"errors": [], "warnings": []}
        if path == "/api/whoami-v2" and self.writer:
            return {"type": "user", "name": "user", "orgs": []}
        if match := re.fullmatch(r"/api/collections/([^/]+/[^/]+)", path):
            return self.collection(match[1])
        if match := re.fullmatch(r"/(?:(spaces|datasets)/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            return self.batch(json.loads(body))
        if match := re.fullmatch(r"/lfs/([0-9a-f]{64})", path):
            return self.put(match[1], body)
        if match := re.fullmatch(r"/api/(model|space|dataset)s/([^/]+/[^/]+?)(?:/([a-z]+)(?:/(.+))?)?", path):
            kind, name, verb, rest = match.groups()
            ask = getattr(self, f"on_{verb or 'revision'}", None)
            if ask:
                return ask(self.found(kind, name, writing=self.command == "POST"), rest or "main", body)
        if match := re.fullmatch(r"/(?:(spaces|datasets)/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            kind, name, revision, file = match.groups()
            return self.resolve(self.found((kind or "models")[:-1], name), revision, file)
        raise Refused(404, "", "not here")

    def found(self, kind: str, name: str, writing: bool = False) -> Repo:
        repo = self.hub.repos.get((kind, name))
        if repo is None or (repo.private and not self.writer):
            raise Refused(404 if self.writer else 401, "RepoNotFound", "Repository not found")
        if writing and not self.writer:
            raise Refused(401, "", "Unauthorized")
        if writing and not name.startswith("user/"):
            raise Refused(403, "", "You don't have the rights to write there")
        return repo

    def commit_at(self, repo: Repo, revision: str) -> Commit:
        commit = repo.at(revision)
        if commit is None:
            raise Refused(404, "RevisionNotFound", "Invalid rev id")
        return commit

    def create(self, asked: dict):
        if not self.writer:
            raise Refused(401, "", "Unauthorized")
        owner, kind = asked.get("organization") or "user", asked.get("type") or "model"
        name = f"{owner}/{asked['name']}"
        prefix = {"model": "", "space": "spaces/", "dataset": "datasets/"}[kind]
        url = f"{self.hub.url}/{prefix}{name}"
        if owner != "user":
            raise Refused(403, "", "You don't have the rights to create a repository under this namespace")
        if (kind, name) in self.hub.repos:
            raise Refused(409, "", "You already created this repo", url=url)
        repo = Repo(kind, name, private=asked.get("visibility") == "private", sdk=asked.get("sdk"))
        repo.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")
        self.hub.repos[kind, name] = repo
        return {"url": url, "name": name, "id": name}

    def collection(self, slug: str):
        if slug not in self.hub.collections:
            raise Refused(404, "", "Collection not found")
        items = [
            {"_id": str(i), "id": name, "type": kind, "position": i}
            for i, (kind, name) in enumerate(self.hub.collections[slug])
        ]
        about = {"slug": slug, "title": slug, "owner": {"name": slug.split("/")[0]}, "items": items}
        return {**about, "lastUpdated": DATE, "position": 0, "private": False, "theme": "green", "upvotes": 0}

    def batch(self, asked: dict):
        def one(thing):
            href = f"{self.hub.url}/lfs/{thing['oid']}"
            wanted = {} if thing["oid"] in self.hub.blobs else {"actions": {"upload": {"href": href}}}
            return {"oid": thing["oid"], "size": thing["size"], **wanted}

        return {"transfer": "basic", "objects": [one(thing) for thing in asked["objects"]]}

    def put(self, oid: str, body: bytes):
        if sha256(body) != oid:
            raise Refused(400, "", "the content has another hash")
        self.hub.blobs[oid] = body
        return {}

    def on_preupload(self, repo: Repo, revision: str, body: bytes):
        there = self.commit_at(repo, revision).files

        def one(file):
            name = file["path"]
            large = name.endswith(LARGE)
            oid = etag(name, there[name]) if name in there else None
            return {"path": name, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}

        return {"files": [one(file) for file in json.loads(body)["files"]]}

    def on_commit(self, repo: Repo, revision: str, body: bytes):
        if self.asked and self.asked.kind == "someone":
            repo.commit({**repo.head.files, "NOTES.md": b"mine"}, "Update NOTES.md")
        lines = [json.loads(line) for line in body.splitlines()]
        header = next(one["value"] for one in lines if one["key"] == "header")
        if header.get("parentCommit") not in (None, repo.head.oid):
            raise Refused(412, "", "A commit has happened since. Please refresh and try again.")
        files = dict(repo.head.files)
        for one in lines:
            value = one["value"]
            if one["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif one["key"] == "lfsFile":
                if value["oid"] not in self.hub.blobs:
                    raise Refused(400, "", f"the content of {value['path']} was not uploaded")
                files[value["path"]] = self.hub.blobs[value["oid"]]
            elif one["key"] == "deletedFile":
                del files[value["path"]]
        commit = repo.commit(files, header["summary"], header.get("description", ""))
        return {"commitOid": commit.oid, "commitUrl": f"{self.hub.url}/{repo.id}/commit/{commit.oid}"}

    def on_tag(self, repo: Repo, revision: str, body: bytes):
        tag = json.loads(body)["tag"]
        if tag in repo.tags:
            raise Refused(409, "", "Tag reference exists already")
        repo.tags[tag] = self.commit_at(repo, revision).oid
        return {}

    def on_revision(self, repo: Repo, revision: str, body: bytes):
        commit = self.commit_at(repo, revision)
        siblings = []
        for name, content in commit.files.items():
            one = {"rfilename": name}
            if "blobs" in self.query:
                one |= {"size": len(content), "blobId": git_hash(content)}
                if name.endswith(LARGE):
                    one["lfs"] = {"size": len(content), "sha256": sha256(content), "pointerSize": 130}
            siblings.append(one)
        about = {"id": repo.id, "modelId": repo.id, "sha": commit.oid, "siblings": siblings}
        return {**about, "private": repo.private, "tags": [], "downloads": 0, "likes": 0}

    def on_tree(self, repo: Repo, revision: str, body: bytes):
        files = self.commit_at(repo, revision).files
        return [{"type": "file", "path": p, "size": len(b), "oid": git_hash(b)} for p, b in files.items()]

    def on_refs(self, repo: Repo, revision: str, body: bytes):
        tags = [{"name": t, "ref": f"refs/tags/{t}", "targetCommit": oid} for t, oid in repo.tags.items()]
        main = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head.oid}]
        return {"branches": main, "tags": tags, "converts": []}

    def on_commits(self, repo: Repo, revision: str, body: bytes):
        last = repo.commits.index(self.commit_at(repo, revision))
        return [
            {"id": c.oid, "title": c.title, "message": c.description, "authors": [{"user": "user"}], "date": DATE}
            for c in reversed(repo.commits[: last + 1])
        ]

    def resolve(self, repo: Repo, revision: str, file: str):
        commit = self.commit_at(repo, revision)
        if file not in commit.files:
            raise Refused(404, "EntryNotFound", "Entry not found")
        return commit.oid, file, commit.files[file]

    def download(self, oid: str, file: str, content: bytes) -> None:
        headers = {"X-Repo-Commit": oid, "ETag": f'"{etag(file, content)}"', "Accept-Ranges": "bytes"}
        kind = self.asked.kind if self.asked else ""
        if kind == "wrong":
            content = bytes(b ^ 1 for b in content)
        if kind == "short":
            content = content[: len(content) // 2]
        status, start = 200, 0
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            status, start = 206, int(match[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        content = content[start:]
        if kind == "truncated" and self.command == "GET":
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            return self.hang_up()
        return self.answer(status, content, headers, "application/octet-stream")
