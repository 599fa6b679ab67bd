"""Visitors without a browser, who speak to a front end as its own page does: many fit into one process.

Each keeps a session of its own, sets widgets by their labels, and waits until an answer is there with its pictures.
What only the page's JavaScript does (drawing, the address) is left out.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from typing import Any

import httpx
from gradio_client.utils import apply_diff

PATIENCE = 120
"""Seconds that a visitor waits for one answer"""


class Disappointed(Exception):
    """The app answered with an error."""


class Visitor:
    """url: of the server; `async with` opens the page."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        # A connection that was idle for long is not used again: the server may be closing it at this moment.
        self.http = httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(keepalive_expiry=1))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_) -> None:
        await self.http.aclose()

    async def get(self, path: str) -> str:
        answer = await self.http.get(path if path.startswith("http") else f"{self.url}{path}")
        answer.raise_for_status()
        return answer.text


class OfStreamlit(Visitor):
    """A websocket session. Done is when the script has ended; its pictures come with what it sends."""

    async def __aexit__(self, *_) -> None:
        await self.socket.close()
        await super().__aexit__()

    async def open(self, query: str = "") -> None:
        from websockets.asyncio.client import connect

        await self.get("/")
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        self.socket = await connect(address, subprotocols=["streamlit"], max_size=None, compression=None)
        self.query, self.here, self.pages, self.widgets, self.fragments = query, "", {}, {}, {}
        await self.run()

    async def page(self, title: str) -> None:
        self.here, self.widgets = self.pages[title], {}
        await self.run()

    def title(self) -> str:
        """Of the page that is open."""
        return next(title for title, page in self.pages.items() if page == self.here)

    async def other_data(self, title: str) -> None:
        """Chooses a data set by its title."""
        await self.run("Data set", string_array_value=title)

    async def random_seed(self) -> None:
        """As the button does, in the browser."""
        told = [{"event": "event", "value": {"value": random.randrange(100_000)}}]
        await self.run("First seed", json_trigger_value=json.dumps(told))

    async def ask(self, **said) -> dict:
        """What the stage of the playground answers."""
        told = [{"event": "event", "value": said}]
        await self.run("stage", json_trigger_value=json.dumps(told))
        return self.stage

    async def run(self, label: str = "", **value) -> None:
        """The script runs; value: what the widget of the label holds from now on."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        asked = BackMsg()
        asked.rerun_script.query_string, asked.rerun_script.page_script_hash = self.query, self.here
        if label:
            one = asked.rerun_script.widget_states.widgets.add(id=self.widgets[label])
            asked.rerun_script.fragment_id = self.fragments.get(label, "")
            for name, what in value.items():
                getattr(one, name).data.append(what) if name.endswith("array_value") else setattr(one, name, what)
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while not await self.heard():
                pass

    async def heard(self) -> bool:
        """Whether the next message says that the script has ended."""
        from streamlit.components.v2.bidi_component.main import _make_trigger_id
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        said = ForwardMsg.FromString(await self.socket.recv())
        kind = said.WhichOneof("type")
        if kind == "navigation":
            self.here = said.navigation.page_script_hash
            self.pages = {one.page_name: one.page_script_hash for one in said.navigation.app_pages}
        if kind == "delta" and said.delta.WhichOneof("type") == "new_element":
            element = said.delta.new_element
            shown = getattr(element, element.WhichOneof("type"))
            if element.HasField("exception"):
                raise Disappointed(f"{shown.type}: {shown.message}")
            if getattr(shown, "label", "") and getattr(shown, "id", ""):
                self.widgets.setdefault(shown.label, shown.id)
            if element.HasField("bidi_component") and "head" in (data := json.loads(shown.json or "{}")):
                self.stage, self.fragments["stage"] = data, said.delta.fragment_id
                self.widgets["stage"] = _make_trigger_id(shown.id, "events")
            if element.HasField("bidi_component") and (label := json.loads(shown.json or "{}").get("label")):
                self.widgets.setdefault(label, _make_trigger_id(shown.id, "events"))
        return kind == "script_finished" and said.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
        )


class OfGradio(Visitor):
    """A session of the queue. Done is when all events that a change sets off have ended, and what they set off too."""

    async def open(self, query: str = "") -> None:
        self.session, self.query = uuid.uuid4().hex[:11], query
        page = await self.get("/")
        self.config, _ = json.JSONDecoder().raw_decode(page.split("window.gradio_config = ", 1)[1])
        self.parts = {one["id"]: one for one in self.config["components"]}
        self.values = {id: one["props"].get("value") for id, one in self.parts.items()}
        self.events = [one for one in self.config["dependencies"] if one["backend_fn"]]
        self.inside, tabs = {}, []
        self._walk(self.config["layout"], None, tabs)
        self.tab = tabs[0]
        await self.fire(self._loads())

    async def page(self, title: str) -> None:
        (self.tab,) = (id for id in self.inside if self.parts[id]["type"] == "tabitem" and self._label(id) == title)
        await self.fire({(self.tab, "select")})

    def title(self) -> str:
        """Of the tab that is open."""
        return self._label(self.tab)

    async def other_data(self, title: str) -> None:
        await self.choose("data", title)

    async def choose(self, name: str, *titles: str) -> None:
        """Data set ("data") or variants ("variants"), by their titles."""
        (id,) = (id for id, one in self.parts.items() if id in self.inside and one["props"].get("elem_id") == name)
        values = dict(self.parts[id]["props"]["choices"])
        many = self.parts[id]["type"] == "checkboxgroup"
        self.values[id] = [values[title] for title in titles] if many else values[titles[-1]]
        await self.fire({(id, "input"), (id, "change")})

    async def random_seed(self) -> None:
        """As the button does, in the browser."""
        await self.fire({(self._counted("First seed"), "input")}, {"value": random.randrange(100_000)})

    async def ask(self, **said) -> dict:
        """What the stage of the playground answers."""
        stages = (id for id, tab in self.inside.items() if tab == self.tab and _is_stage(self.values[id]))
        id = next(stages)
        await self.fire({(id, "input")}, said)
        return self.values[id]

    @property
    def stage(self) -> dict:
        return next(v for id, v in self.values.items() if self.inside.get(id) == self.tab and _is_stage(v))

    async def fire(self, triggers: set[tuple[int, str]], told: Any = None) -> None:
        """All events of the triggers one after the other, as the page does, then those of what they changed. told: what
        the first ones say beside the values of components."""
        while triggers:
            due = [one for one in self.events if any((id, name) in triggers for id, name in one["targets"])]
            triggers = set()
            for event in due:
                triggers |= await self._answer(event, told)
            told = None

    async def _answer(self, event: dict, told: Any) -> set[tuple[int, str]]:
        waited, address = await self._join(event, told), f"{self.url}/gradio_api/queue/data?session_hash={self.session}"
        changed, steps = set(), None
        async with asyncio.timeout(PATIENCE), self.http.stream("GET", address) as stream:
            async for line in stream.aiter_lines():
                said = json.loads(line[5:]) if line.startswith("data:") else {}
                if said.get("event_id") != waited or said["msg"] not in ("process_generating", "process_completed"):
                    continue
                if not said["success"]:
                    raise Disappointed(str(said["output"].get("error")))
                output = said["output"]
                if said["msg"] == "process_completed":  # which repeats the last step
                    return changed | self._apply(event, output)
                # The first step is sent whole, each later one as what is not as in the step before.
                steps = output["data"] if steps is None else [*map(apply_diff, steps, output["data"])]
                changed |= self._apply(event, {**output, "data": steps})
        raise Disappointed("the connection ended without an answer")

    async def _join(self, event: dict, told: Any) -> str:
        data = [None if self.parts[id]["type"] == "state" else self.values[id] for id in event["inputs"]]
        asked = {"data": data, "fn_index": event["id"], "session_hash": self.session, "event_data": told}
        answer = await self.http.post(f"{self.url}/gradio_api/queue/join?{self.query}", json=asked)
        if answer.status_code != 200:
            raise Disappointed(answer.text)
        return answer.json()["event_id"]

    def _apply(self, event: dict, output: dict) -> set[tuple[int, str]]:
        changed = {(id, "change") for id in output.get("changed_state_ids") or ()}
        for id, new in zip(event["outputs"], output["data"], strict=True):
            if self.parts[id]["type"] == "state":
                continue
            if isinstance(new, dict) and new.get("__type__") == "update":
                self.parts[id]["props"] |= new
                new = new.get("value", self.values[id])
            if new != self.values[id]:
                self.values[id] = new
                changed.add((id, "change"))
        return changed

    def _walk(self, node: dict, tab: int | None, tabs: list[int]) -> None:
        if "id" in node and node["id"] in self.parts:
            if self.parts[node["id"]]["type"] == "tabitem":
                tab = node["id"]
                tabs.append(tab)
            self.inside[node["id"]] = tab
        for below in node.get("children", ()):
            self._walk(below, tab, tabs)

    def _loads(self) -> set[tuple[int, str]]:
        return {(id, name) for one in self.events for id, name in one["targets"] if name == "load"}

    def _label(self, id: int) -> str:
        return self.parts[id]["props"].get("label") or ""

    def _counted(self, label: str) -> int:
        """The number of this label in the open tab."""
        return next(
            id
            for id, tab in self.inside.items()
            if tab == self.tab and isinstance(self.values[id], dict) and self.values[id].get("label") == label
        )


def _is_stage(value: Any) -> bool:
    return isinstance(value, dict) and "head" in value
