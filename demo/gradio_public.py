"""What a public host needs around the page: the endpoints as MCP tools, and limits on what visitors send."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

# After each event Gradio would gather figures on the last 10,000 of them for a page of its own, longer than most take.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "10000")

import gradio as gr
from gradio.processing_utils import add_root_url
from gradio_client.utils import is_file_obj_with_meta
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

MOST_BYTES = 1_000_000
"""Of one request: a question is a few keys and seeds, and no page takes a file"""
QUEUE = 256
"""Questions that wait; who comes later is told that the queue is full. An opened page asks about ten at once"""


class Bounded:
    """ASGI: a request with a larger body is answered with 413, whether or not it says its size beforehand."""

    def __init__(self, app, most: int = MOST_BYTES):
        self.app, self.most = app, most

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        got, more, begun, over = 0, True, False, declared.isdigit() and int(declared) > self.most

        async def read() -> dict:
            nonlocal got, more
            message = await receive()
            got, more = got + len(message.get("body", b"")), message.get("more_body", False)
            return message

        async def bounded() -> dict:
            nonlocal over
            message = await read()
            over = over or got > self.most
            return {"type": "http.disconnect"} if over else message  # whoever reads gives up

        async def answer(message) -> None:
            nonlocal begun
            if begun or not over:
                begun = True
                await send(message)

        if not over:
            try:
                await self.app(scope, bounded, answer)
            except Exception:
                if not over:
                    raise
        if over and not begun:
            while more and got < 16 * self.most:
                await read()  # most senders look for an answer only when all is sent
            await PlainTextResponse(f"A request has at most {self.most:,} bytes.", 413)(scope, receive, send)


def serve(app: gr.Blocks, **options) -> None:
    """`app.launch(**options)` within the limits and with MCP tools, until it is interrupted."""
    start(app, **options)
    app.block_thread()


def start(app: gr.Blocks, **options) -> str:
    """`serve` in a thread: the address. OSError where the port is taken."""
    own = options.pop("app_kwargs", {})
    own["middleware"] = [*own.get("middleware", ()), Middleware(Bounded)]
    _, address, _ = app.launch(
        **options, app_kwargs=own, max_file_size=MOST_BYTES, mcp_server=True, prevent_thread_lock=True
    )
    if tools := app.mcp_server_obj:  # None where the package mcp is missing: Gradio has said so
        # Gradio would answer with Python's text of the answer, and show pictures only where one is all of it.
        tools.postprocess_output_data = lambda data, root: content(tools.types, add_root_url(data, root, None))
    return address


def content(types: Any, data: list) -> list:
    """An endpoint's answer for an MCP client: JSON with the address of each file, then the PNG pictures themselves.

    types: the module mcp.types.
    """
    pictures = []

    def told(value):
        if is_file_obj_with_meta(value):
            if value["path"].endswith(".png"):
                pictures.append(base64.b64encode(Path(value["path"]).read_bytes()).decode())
            return value["url"]
        if isinstance(value, dict):
            return {key: told(one) for key, one in value.items()}
        return [told(one) for one in value] if isinstance(value, list) else value

    texts = [types.TextContent(type="text", text=json.dumps(told(one), ensure_ascii=False)) for one in data]
    return [*texts, *(types.ImageContent(type="image", data=one, mimeType="image/png") for one in pictures)]
