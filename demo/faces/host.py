"""Between Gradio and the visitors' requests: decides whose turn it is, and makes every refusal one sentence.

All of Gradio's ways in (the page's events, gradio_client, plain HTTP, MCP) meet in `Host.process_api` and `Queue`.
"""

from __future__ import annotations

import time
from typing import Any

import gradio as gr
from gradio import queueing
from gradio.blocks import BlocksConfig
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import error_payload

from demo.faces import arguments, turns
from demo.page import refusals

DRAW = {"concurrency_limit": 4, "concurrency_id": "draw"}
"""Requests that load a model or draw: two at a time for one visitor, the other places are kept for other visitors"""
READ = {"concurrency_limit": 4, "concurrency_id": "read"}
"""Requests that only read files: they wait for no drawing"""
TRAIN = {"concurrency_limit": 4, "concurrency_id": "train"}
"""Requests that train for a moment in the playground: they wait for no drawing, and no drawing waits for them"""
FETCH = {"concurrency_limit": 8, "concurrency_id": "fetch"}
"""Requests that wait for the Hub: they keep nobody from drawing"""
QUEUES = {"draw": DRAW, "read": READ, "train": TRAIN, "fetch": FETCH}
OPEN = {"concurrency_limit": 16, "concurrency_id": "open"}
"""Pages that open: a link may name checkpoints on the Hub"""


class Config(BlocksConfig):
    """The components of the app. Of each visitor Gradio keeps a copy, and in it what every component shows, for deep
    links of its own, which this app does not use: half of an event's time, and all pictures that a visitor has seen.
    Here a copy notes nothing."""

    def __copy__(self):
        copied = super().__copy__()
        copied.config_for_block = lambda *_: {}
        return copied


class Host(gr.Blocks):
    """gr.Blocks for many visitors."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.default_config.__class__ = Config

    def queue(self, *args, **settings) -> Host:
        """Removes the routes on which a request would not wait in a queue."""
        super().queue(*args, **{"api_open": False, **settings})
        plain = self._queue
        self._queue = Queue(
            plain.live_updates, plain.max_thread_count, plain.update_intervals, None, self,
            plain.default_concurrency_limit,
        )  # fmt: skip
        return self

    async def process_api(self, block_fn, inputs: list[Any], *args, **settings) -> dict[str, Any]:
        """Every request comes through here. gr.Error, one sentence, if anything is wrong with it."""
        fn = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        try:
            if fn.api_visibility == "public":
                inputs = arguments.bound(fn.fn, inputs)
            elif len(inputs) < len(fn.inputs):
                raise ValueError(f"This event of the page takes {len(fn.inputs)} values, not {len(inputs)}.")
            return await super().process_api(fn, inputs, *args, **settings)
        except gr.Error as error:
            error.message, error.print_exception = refusals.plain(str(error.message)), False
            raise
        except Exception as error:
            raise gr.Error(refusals.sentence(error), print_exception=False) from None

    def handle_streaming_diffs(
        self, block_fn, data: list, session_hash=None, run=None, final=False, simple_format=False
    ) -> list:
        """What the next part of an answer sends: each output that changes, as a whole.

        Gradio would send edits, which its script applies in place to what it received before. A busy browser may not
        have shown that yet, and would lose what the next part takes back."""
        before = [*self.pending_diff_streams.get(session_hash, {}).get(run, ())]
        now = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format=True)
        if final or simple_format or not before:
            return now
        return [[] if new == old else [["replace", [], new]] for old, new in zip(before, now, strict=True)]


class Queue(queueing.Queue):
    """Gradio's queue, in which visitors take turns and none has too many questions waiting."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.turns: dict[str, turns.Turns] = {}

    async def push(self, body, request, username) -> tuple[bool, Any, str]:
        visitor = turns.Visitor(turns.address_of(request.client and request.client.host), body.session_hash or "")
        refused = self._refusal(body, visitor)
        if refused and not visitor.session:  # who reads this answer; nothing is kept of the question
            return False, refused, "queue_full"
        done, event_id, state = await super().push(body, request, username)
        if done and (event := self.event_ids_to_events.get(event_id)):
            event.visitor = visitor
            if refused:  # with a session the clients read their errors where they read their answers
                self.event_queue_per_concurrency_id[event.concurrency_id].queue.remove(event)
                del self.event_ids_to_events[event_id]
                said = error_payload(gr.Error(refused), True)
                self.send_message(event, ProcessCompletedMessage(output=said, title="Error", success=False))
        return done, event_id, state

    def _refusal(self, body, visitor: turns.Visitor) -> str:
        waiting = [e.visitor for line in self.event_queue_per_concurrency_id.values() for e in line.queue]
        if len(waiting) < turns.MOST_OF_SESSION:
            return ""
        fn = self.blocks.fns.get(body.fn_index)
        line = self.event_queue_per_concurrency_id.get(fn.concurrency_id) if fn else None
        limit = line.concurrency_limit if line else 1
        seconds = self._turns(line.concurrency_id).wait(waiting, visitor, limit) if line else 1
        return turns.refusal(waiting, visitor, seconds)

    def _turns(self, concurrency_id: str) -> turns.Turns:
        return self.turns.setdefault(concurrency_id, turns.Turns())

    def get_events(self):
        """The next question to answer, whatever the order in which they came."""
        for name, line in self.event_queue_per_concurrency_id.items():
            limit = line.concurrency_limit
            if not line.queue or (limit is not None and line.current_concurrency >= limit):
                continue
            place = self._turns(name).pick([event.visitor for event in line.queue], limit)
            if place is not None:
                event = line.queue.pop(place)
                self._turns(name).begin(event.visitor)
                return [event], False, name
        return None

    async def process_events(self, events, batch, begin_time, fn) -> None:
        began, (event,) = time.monotonic(), events
        try:
            await super().process_events(events, batch, begin_time, fn)
        finally:
            self._turns(event.concurrency_id).end(event.visitor, time.monotonic() - began)
