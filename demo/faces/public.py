"""What a public host needs around the page: the endpoints as MCP tools, and limits on what visitors send."""

from __future__ import annotations

import base64
import json
import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

# After each event Gradio would gather figures on the last 10,000 of them for a page of its own, longer than most take.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "10000")

import gradio as gr
from fastapi.exceptions import RequestValidationError
from gradio.processing_utils import add_root_url
from gradio.route_utils import FnIndexInferError
from gradio_client.utils import is_file_obj_with_meta
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse

import gan_models
from demo.faces import arguments
from demo.page import refusals

MOST_BYTES = 1_000_000
"""Of one request: a question is a few keys and seeds, or a picture as text, and no page takes a file"""
UNUSED = r"process_recording|stream|component_server|deep_link|(?:undo-)?vibe[\w-]*|run-history|proxy=.*|file=https?:.*"
"""Gradio's routes that no page uses: some keep what is sent, or fetch for a visitor what he names"""
CLOSED = re.compile(rf"/gradio_api/(?:(upload|upload_progress)|{UNUSED})(?:/.*)?", re.I)
ANSWER = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/([0-9a-f]{32})/?")
TAKES_FILES = (gr.File, gr.UploadButton, gr.Image, gr.ImageEditor, gr.Video, gr.Audio, gr.Gallery, gr.MultimodalTextbox)
SAID = {
    404: "There is nothing at this address.",
    405: "This address does not accept this kind of request.",
    422: 'The request must be JSON: {"data": [...]}, with the arguments of the endpoint in order.',
}
"""What stands for Gradio's own words"""


class Gate:
    """ASGI: what is let through to Gradio.

    A request with a larger body than `most` is answered with 413, whether or not it says its size beforehand. Routes
    that no page uses are closed. An answer is read once. MCP's questions keep the address of whoever asks.
    """

    def __init__(self, app, host: gr.Blocks, most: int = MOST_BYTES):
        self.app, self.host, self.most = app, host, most
        self.reading: set[str] = set()
        self.read_already: set[str] = set()
        """Of the answers that the queue still knows: it forgets one only a moment after its reader has it whole"""
        self.files = any(isinstance(one, TAKES_FILES) for fn in host.fns.values() for one in fn.inputs)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"]
        if (closed := CLOSED.search(path)) and not (closed[1] and self.files):
            words = "No page of this app takes a file." if closed[1] else SAID[404]
            return await JSONResponse({"detail": words}, 403 if closed[1] else 404)(scope, receive, send)
        if "/gradio_api/mcp" in path and scope.get("client"):  # Gradio asks itself on behalf of an MCP client
            others = [(name, value) for name, value in scope["headers"] if name != b"x-forwarded-for"]
            scope = {**scope, "headers": [*others, (b"x-forwarded-for", scope["client"][0].encode())]}
        if (answer := ANSWER.fullmatch(path)) and scope["method"] == "GET":
            return await self.read(answer[1], scope, receive, send)
        await self.bounded(scope, receive, send)

    async def read(self, event_id: str, scope, receive, send) -> None:
        """The stream of one answer. Without this, whoever asks Gradio for the same answer again would wait for ever."""
        queue = self.host._queue
        self.read_already &= queue.event_ids_to_events.keys()
        pending = any(event_id in ids for ids in queue.pending_event_ids_session.values())
        known = pending or event_id in queue.event_ids_to_events
        if event_id in self.reading | self.read_already or not known:
            words = "There is no such answer: it was read already, or was never asked for."
            return await JSONResponse({"detail": words}, 404)(scope, receive, send)

        async def answer(message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.read_already.add(event_id)  # an answer that broke off may be asked for again
            await send(message)

        self.reading.add(event_id)
        try:
            await self.app(scope, receive, answer)
        finally:
            self.reading.discard(event_id)

    async def bounded(self, scope, receive, send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        got, more, begun, over = 0, True, False, declared.isdigit() and int(declared) > self.most

        async def read() -> dict:
            nonlocal got, more
            message = await receive()
            got, more = got + len(message.get("body", b"")), message.get("more_body", False)
            return message

        async def body() -> dict:
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
                await self.app(scope, body, answer)
            except Exception:
                if not over:
                    raise
        if over and not begun:
            while more and got < 16 * self.most:
                await read()  # most senders look for an answer only when all is sent
            await PlainTextResponse(f"A request has at most {self.most:,} bytes.", 413)(scope, receive, send)


async def refused(request, error: Exception) -> JSONResponse:
    """What the routes of Gradio raise, as one sentence."""
    status = getattr(error, "status_code", 422 if isinstance(error, RequestValidationError) else 400)
    said = str(getattr(error, "detail", ""))
    if isinstance(error, FnIndexInferError | KeyError):
        status = 404
    if said in ("", HTTPStatus(status).phrase) or status == 422:
        said = SAID.get(status, "The arguments do not fit this endpoint: /gradio_api/info tells what it takes.")
    said = refusals.plain(said)
    said = said if said[-1] in ".?!…" else f"{said}."
    return JSONResponse({"detail": said}, status, getattr(error, "headers", None))


REFUSED = (RequestValidationError, HTTPException, FnIndexInferError, LookupError, TypeError, ValueError, AttributeError)
"""What a request that nobody foresaw makes Gradio's routes raise"""


def serve(app: gr.Blocks, **options) -> None:
    """`app.launch(**options)` within the limits and with MCP tools, until it is interrupted."""
    start(app, **options)
    app.block_thread()


def start(app: gr.Blocks, **options) -> str:
    """`serve` in a thread: the address. OSError where the port is taken."""
    own = options.pop("app_kwargs", {})
    own["middleware"] = [*own.get("middleware", ()), Middleware(Gate, host=app)]
    own["exception_handlers"] = dict.fromkeys(REFUSED, refused)
    # _frontend: Gradio would ask itself for the page, wait 3 s, and not start where a machine is too busy to answer.
    _, address, _ = app.launch(
        **options, app_kwargs=own, max_file_size=MOST_BYTES, mcp_server=True, prevent_thread_lock=True, _frontend=False
    )
    if tools := app.mcp_server_obj:  # None where the package mcp is missing: Gradio has said so
        # Gradio would answer with Python's text of the answer, and show pictures only where one is all of it.
        tools.postprocess_output_data = lambda data, root: content(tools.types, add_root_url(data, root, None))
        tools.mcp_server.version = gan_models.__version__  # else that of the package mcp is told
        _checked(tools)
        _marked(tools)
    return address


def _checked(tools) -> None:
    """MCP's tools take what the endpoints take, and refuse it in the same words."""
    types, handlers = tools.types, tools.mcp_server.request_handlers
    call = handlers[types.CallToolRequest]

    async def called(request):
        try:
            endpoint = tools.tool_to_endpoint.get(request.params.name)
            fn = endpoint and tools.get_block_fn_from_endpoint_name(endpoint)
            if not fn:
                names = ", ".join(tools.tool_to_endpoint)
                raise ValueError(f"There is no tool {arguments.quoted(request.params.name)}; there are {names}.")
            arguments.bound(fn.fn, request.params.arguments or {})
        except ValueError as error:
            told = [types.TextContent(type="text", text=refusals.plain(str(error)))]
            return types.ServerResult(types.CallToolResult(content=told, isError=True))
        answer = await call(request)
        if answer.root.isError:
            for one in answer.root.content:
                one.text = refusals.plain(one.text)
        return answer

    handlers[types.CallToolRequest] = called


def _marked(tools) -> None:
    """MCP's tools say whether they only read: a client may then call them without asking its user each time."""
    types, handlers = tools.types, tools.mcp_server.request_handlers
    listed = handlers[types.ListToolsRequest]

    async def marked(request):
        answer = await listed(request)
        for one in answer.root.tools:
            ask = tools.get_block_fn_from_endpoint_name(tools.tool_to_endpoint[one.name]).fn
            fetches = getattr(ask, "work", "") == "fetch"
            hints = {"readOnlyHint": not fetches, "destructiveHint": False, "openWorldHint": fetches}
            one.annotations = types.ToolAnnotations(**hints)
        return answer

    handlers[types.ListToolsRequest] = marked


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
