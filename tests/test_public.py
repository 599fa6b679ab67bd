"""The Gradio app as programs on a public host meet it: MCP tools, the examples of docs/api.md, limits."""

import asyncio
import base64
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image

from demo.zoo.zoo import MOST_SECONDS, Zoo

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"})  # before gradio is imported

from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

import gan_models
from benchmarks.browser import ROOT, served
from demo.draw import compose
from demo.faces import host, public, turns
from demo.page import answers, refusals
from demo.zoo import rebuilding
from demo.zoo.playground import settings, training
from gan_models.sampling import CHUNK, within

SHIPPED = ROOT / "checkpoints"
DOCS = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address():
    """The app as `python app.py` serves it, over the zoo that comes with the code."""
    with served(SHIPPED, gradio=True) as url:
        yield url


def ask(address: str, *questions: tuple[str, dict]):
    """(tools, results of the questions) of the real MCP client."""

    async def talk():
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            server = (await session.initialize()).serverInfo
            assert (server.name, server.version) == ("GANscope", gan_models.__version__)
            return (await session.list_tools()).tools, [await session.call_tool(*one) for one in questions]

    return asyncio.run(talk())


def test_every_public_endpoint_is_a_tool_with_its_parameters_described(address):
    public = Client(address, verbose=False, analytics_enabled=False).view_api(return_format="dict")["named_endpoints"]
    tools, _ = ask(address)
    assert {f"/{tool.name}" for tool in tools} == set(public) and len(tools) >= 12
    for tool in tools:
        assert "Returns:" in tool.description, tool.name
        for name, schema in tool.inputSchema["properties"].items():
            assert schema["description"].endswith("."), f"{tool.name}.{name}: cut off, or none"
            assert set(schema) & {"type", "anyOf", "oneOf", "enum"}, f"{tool.name}.{name}"
    fetching = [tool.name for tool in tools if not tool.annotations.readOnlyHint]
    assert fetching == ["add_from_hub"] and not any(tool.annotations.destructiveHint for tool in tools)
    assert [tool.name for tool in tools if tool.annotations.openWorldHint] == fetching


def test_a_tool_answers_with_json_and_pictures_and_says_in_one_sentence_what_is_wrong(address):
    _, (made, wrong) = ask(
        address,
        ("samples", {"variants": ["mnist/cgan", "mnist/dcgan"], "seeds": [4, 1], "label": 7}),
        ("samples", {"variants": ["mnist/dcgn"], "seeds": [0]}),
    )
    answer, *pictures = made.content
    told, zoo = json.loads(answer.text), Zoo(SHIPPED)
    assert [one["variant"] for one in told] == ["mnist/cgan", "mnist/dcgan"] and "class 7" in told[0]["caption"]
    expected = zoo.samples(["mnist/cgan", "mnist/dcgan"], [4, 1], 7)
    for one, picture in zip(told, pictures, strict=True):
        seen = base64.b64decode(picture.data)
        np.testing.assert_array_equal(
            np.asarray(Image.open(io.BytesIO(seen))), compose.sheet(expected[one["variant"]], 2)
        )
        with urllib.request.urlopen(one["picture"]) as file:  # the address holds the same
            assert file.read() == seen
    assert wrong.isError
    assert [c.text for c in wrong.content] == ["There is no checkpoint 'mnist/dcgn'; did you mean 'mnist/dcgan'?"]


@pytest.mark.parametrize("language", ["python", "sh"])
def test_the_examples_of_the_page_run(address, language):
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCS, re.S)
    assert blocks
    for block in blocks:
        code = block.replace("http://127.0.0.1:7860", address)
        assert address in code
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as said:
                exec(compile(code, "docs/api.md", "exec"), {"__name__": "example"})
            said = said.getvalue()
        elif shutil.which("curl"):
            said = subprocess.run(["bash", "-c", code], check=True, capture_output=True, text=True).stdout
            assert "event: complete" in said and f"{address}/gradio_api/file=" in said
        else:
            pytest.skip("curl is not installed")
        assert "images shown" in said, said


def test_the_page_states_the_limits_that_hold():
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", DOCS, re.M))
    stated = [
        ("pictures of one query", answers.MOST), ("time that one query", MOST_SECONDS),
        ("queries that draw", host.DRAW["concurrency_limit"]),
        ("queries that only read", host.READ["concurrency_limit"]),
        ("queries that ask the Hub", host.FETCH["concurrency_limit"]),
        ("waiting queries of one session", turns.MOST_OF_SESSION),
        ("waiting queries of one address", turns.MOST_OF_ADDRESS), ("waiting queries of all", turns.MOST),
        ("one request", public.MOST_BYTES / 1e6), ("a sentence", refusals.MOST_LETTERS),
    ]  # fmt: skip
    queues = {"queries that draw": "draw", "queries that only read": "read", "queries that train": "train",
              "queries that ask the Hub": "fetch"}  # fmt: skip
    assert {*queues.values()} == {*host.QUEUES}
    for begins, limit in stated:
        (row,) = (value for what, value in rows.items() if what.startswith(begins))
        assert float(row.split()[0].rstrip(",")) == limit, begins
    for begins, name in queues.items():
        (row,) = (value for what, value in rows.items() if what.startswith(begins))
        most = host.QUEUES[name]["concurrency_limit"]
        assert row == f"{most}, of one address {most - 1}, of one session {most - 2}"
    quick, thorough = (rebuilding.EFFORTS[name][1] for name in ("quick", "thorough"))
    assert rows["the search for a picture's latent, for each variant"] == f"{quick:g} s, {thorough:g} s if `thorough`"
    assert rows["a run of the playground"] == (
        f"{settings.RANGES['steps'][1]:,} steps, {training.MOST_SECONDS:.0f} s of work, {training.MOST_FRAMES} frames; "
        "one for each visitor"
    )


# Limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["call/catalog", "queue/join"])
@pytest.mark.parametrize("says", [True, False], ids=["with its size", "in chunks"])
def test_a_large_request_is_refused_whether_or_not_it_says_its_size(address, path, says):
    part = b"x" * (public.MOST_BYTES // 8)
    body, kind = [part] * 9, {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/gradio_api/{path}", b"".join(body) if says else iter(body), kind)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 413 and refused.value.read() == b"A request has at most 1,000,000 bytes."


def test_a_drawing_ends_when_its_time_is_over(zoo_folder, monkeypatch):
    zoo = Zoo(zoo_folder, seconds=5)
    assert len(zoo.samples(["toys/plain"], range(2 * CHUNK))["toys/plain"]) == 2 * CHUNK
    gan, parts, now = zoo.gan("toys/plain"), [], time.monotonic()

    def slow(z):
        parts.append(len(z))
        monkeypatch.setattr(time, "monotonic", lambda: now + 4 * len(parts))
        return real(z)

    real = gan.G.forward
    monkeypatch.setattr(gan.G, "forward", lambda z, *rest: slow(z))
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with pytest.raises(ValueError, match=r"^Drawing this takes more than 5 seconds: choose fewer"):
        zoo.samples(["toys/plain", "toys/deep"], range(9 * CHUNK))
    assert len(parts) == 2  # after 8 of 5 seconds


def test_the_time_is_over_only_inside(zoo_folder):
    gan = gan_models.load(zoo_folder / "toys" / "plain")
    with within(-1), pytest.raises(TimeoutError):
        gan.sample([0])
    assert len(gan.sample([0])) == 1
