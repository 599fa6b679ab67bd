"""A public host: visitors beside each other, and questions that are none, through the real clients and plain HTTP."""

import asyncio
import inspect
import json
import math
import os
import signal
import threading
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from gradio_client.exceptions import AppError
from gradio_pages import start, visitor
from helpers import until

from benchmarks import attack_calls
from benchmarks.attack_calls import BODIES, SOUND, Caller
from benchmarks.browser import ROOT, free_port, started
from demo.faces import arguments, gradio, public, turns
from demo.faces.host import READ, Host
from demo.page import refusals
from demo.pages import PAGES
from demo.zoo import leaderboard
from demo.zoo.zoo import Zoo

HEAVY = ["mnist/stylegan2", "mnist/r3gan", "mnist/sngan", "mnist/acgan"]


@pytest.fixture(scope="module")
def zoo(_zoo_once) -> Zoo:
    return Zoo(_zoo_once)


@pytest.fixture(scope="module")
def app(zoo):
    return gradio.build(zoo, PAGES)


@pytest.fixture(scope="module")
def address(app):
    """The app as `launch` starts it, in a thread, over a small zoo."""
    yield start(app)
    app.close(verbose=False)


@pytest.fixture
def caller(address):
    return Caller(address)


def test_each_part_of_an_answer_replaces_what_it_changes():
    part, fn = Host().handle_streaming_diffs, SimpleNamespace(outputs=[None] * 3)
    assert part(fn, [{"a": 1}, "x", [1]], "visitor", "run", final=False) == [{"a": 1}, "x", [1]]
    assert part(fn, [{"a": 1, "b": 2}, "x", [1, 2]], "visitor", "run", final=False) == [
        [["replace", [], {"a": 1, "b": 2}]], [], [["replace", [], [1, 2]]],
    ]  # fmt: skip
    assert part(fn, [None] * 3, "visitor", "run", final=True) == [{"a": 1, "b": 2}, "x", [1, 2]]


# Turns ------------------------------------------------------------------------------------------------------


def test_who_asks_little_does_not_wait_for_who_asks_much():
    with started(ROOT / "checkpoints", gradio=True) as (address, pid):
        flood, other = visitor(address), visitor(address)
        for client in (flood, other):  # all models are loaded
            client.predict(HEAVY, [0], api_name="/samples")
        other.predict("mnist/dcgan", api_name="/curves")
        jobs = [flood.submit(HEAVY, list(range(64)), api_name="/samples") for _ in range(24)]
        until(lambda: any(job.status().code.name == "PROCESSING" for job in jobs))
        # Counted in answers of the flood that came first, which a busy machine does not change: 24 would be all of it.
        before = {}
        for name, question in (("/curves", ["mnist/dcgan"]), ("/samples", [["mnist/dcgan"], [5]])):
            done = sum(job.done() for job in jobs)
            other.predict(*question, api_name=name)
            before[name] = sum(job.done() for job in jobs) - done
        os.kill(pid, signal.SIGKILL)  # nobody waits for the rest of the flood
    assert before["/curves"] <= 4 and before["/samples"] <= 8, before


def test_too_many_questions_of_one_visitor_are_refused_and_others_are_answered(address, zoo, monkeypatch):
    gate, begun, at_once = threading.Event(), [], READ["concurrency_limit"] - 2
    monkeypatch.setattr(leaderboard, "curves", lambda zoo, key: begun.append(key) or gate.wait(240))
    one, other = visitor(address), visitor(address)
    try:
        jobs = [one.submit("toys/plain", api_name="/curves") for _ in range(at_once)]
        until(lambda: len(begun) == at_once)  # out of the line: whatever comes now waits
        jobs += [one.submit("toys/plain", api_name="/curves") for _ in range(turns.MOST_OF_SESSION)]
        until(lambda: all(job.status().code.name in ("IN_QUEUE", "PROCESSING") for job in jobs))
        with pytest.raises(AppError, match=r"^You have 32 requests waiting, and no more are accepted: ask again in"):
            one.predict("toys/plain", api_name="/curves")
        assert other.predict(api_name="/catalog")["variants"]  # a place is left
    finally:
        gate.set()
    monkeypatch.undo()
    for job in jobs:
        job.exception(timeout=60)
    assert one.predict(api_name="/catalog")["variants"]


def test_a_program_without_a_session_is_refused_by_status_and_sentence(address, app, zoo, monkeypatch):
    monkeypatch.setattr(turns, "MOST_OF_SESSION", 4)
    gate, begun = threading.Event(), []
    monkeypatch.setattr(leaderboard, "curves", lambda zoo, key: begun.append(key) or gate.wait(240))
    try:
        codes, at_once = [], READ["concurrency_limit"] - 2
        for k in range(at_once + 4 + 2):
            request = urllib.request.Request(
                f"{address}/gradio_api/call/curves", b'{"data": ["toys/plain"]}', {"Content-Type": "application/json"}
            )
            try:
                codes.append(urllib.request.urlopen(request).status)
                until(lambda k=k: len(begun) == min(k + 1, at_once))  # it is taken out of the line, where it can be
            except urllib.error.HTTPError as error:
                codes.append(error.code)
                said = json.loads(error.read())["detail"]
        assert codes[-2:] == [503, 503] and set(codes[:-2]) == {200}
        assert said.startswith("You have 4 requests waiting, and no more are accepted: ask again in about ")
    finally:
        gate.set()
    until(lambda: not app._queue.get_active_worker_count())


def test_a_machine_that_is_too_busy_to_answer_itself_starts_all_the_same(monkeypatch):
    import gradio as gr

    monkeypatch.setattr(gr.networking, "url_ok", lambda url: False)  # what Gradio finds after 3 s without an answer
    with gr.Blocks() as page:
        gr.Markdown("here")
    try:
        address = public.start(page, server_name="127.0.0.1", server_port=free_port(), quiet=True, ssr_mode=False)
        assert urllib.request.urlopen(address, timeout=60).status == 200
    finally:
        page.close(verbose=False)


# Questions that are none --------------------------------------------------------------------------------------


NEEDS_NOTHING = {"catalog"} | {
    ask.__name__
    for page in PAGES
    for ask in page.answers
    if all(one.default is not one.empty for one in list(inspect.signature(ask).parameters.values())[1:])
}


@pytest.mark.parametrize("endpoint", list(SOUND))
def test_every_malformed_call_gets_one_sentence(caller, endpoint):
    n = len(SOUND[endpoint])
    bodies = [{"data": [odd] * n} for odd in (1, {}, "\ud800", [[]], "x" * 5000, float("nan")) if n]
    if needs := endpoint not in NEEDS_NOTHING:
        bodies += [{"data": []}, {"data": [None] * n}]
    for body in [*bodies, {"data": [None] * (n + 1)}, {}, {"data": None}, {"data": {}}, b"{", b"null", b""]:
        assert caller.call(endpoint, body) == "one sentence", str(body)[:80]
    for named in ({"x": 1}, {"\ud800": 1}, b"[]", b"null", b"{"):
        assert caller.call(endpoint, named, "call/v2") == "one sentence", named
        if isinstance(named, dict) and "x" in named:
            assert caller.tool(endpoint, named) == "one sentence", named
    if needs:
        assert caller.tool(endpoint, {}) == "one sentence"


def test_what_is_sent_to_any_route_gets_an_answer_or_one_sentence(caller):
    for path in attack_calls.ROUTES:
        for method in ("GET", "POST"):
            assert caller.route(method, path, b'{"data": []}') in ("answer", "one sentence"), (method, path)
    for body in BODIES:
        assert caller.call("samples", body) == "one sentence", body[:40]
    for path in ("call/nothing", "call/v2/nothing"):
        assert caller.route("POST", path, b'{"data": []}') == "one sentence"


def test_events_of_the_page_refuse_in_one_sentence_too(caller, address):
    _, events = attack_calls.described(address)
    for event, n in list(events.items())[::3]:
        if n:
            assert caller.join(event, []) == "one sentence", event
        assert caller.join(event, [{"x": [1]}] * n) in ("answer", "one sentence"), event
    for event in (-1, 10**6, "x", None):
        assert caller.join(event, []) == "one sentence", event


def test_a_sound_question_is_no_fault(address):
    caller = Caller(address)
    assert caller.call("samples", {"data": [["toys/plain"], [0], None, 1.0]}) == "answer"
    assert caller.call("samples", {"data": [["toys/plain"], [0]]}) == "answer"  # the others have defaults
    assert caller.call("samples", {"variants": ["toys/plain"], "seeds": [0]}, "call/v2") == "answer"
    assert caller.tool("samples", {"variants": ["toys/plain"], "seeds": [0]}) == "answer"


def test_a_fault_of_the_app_tells_nothing_of_the_machine(address, caller, zoo, monkeypatch, caplog):
    def broken(zoo, key):
        raise OSError(13, "Permission denied", "/srv/secret/place")

    monkeypatch.setattr(leaderboard, "curves", broken)
    with pytest.raises(AppError) as refused:
        visitor(address).predict("toys/plain", api_name="/curves")
    assert str(refused.value) == refusals.UNEXPECTED
    assert "/srv/secret/place" in caplog.text  # whoever runs it reads of it
    assert caller.tool("curves", {"variant": "toys/plain"}).startswith("fault: a fault of the app")


def test_an_answer_is_read_once_and_nobody_waits_for_it_again(address):
    request = urllib.request.Request(
        f"{address}/gradio_api/call/catalog", b'{"data": []}', {"Content-Type": "application/json"}
    )
    event = json.loads(urllib.request.urlopen(request).read())["event_id"]
    url = f"{address}/gradio_api/call/catalog/{event}"
    assert b"event: complete" in urllib.request.urlopen(url, timeout=60).read()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=60)
    assert refused.value.code == 404 and "read already" in json.loads(refused.value.read())["detail"]


def test_an_answer_that_broke_off_is_read_again_and_a_whole_one_is_not_though_the_queue_still_knows_it():
    """The queue forgets an event a moment after its reader has it all."""
    event, whole = "0" * 32, False
    host = SimpleNamespace(
        fns={},
        _queue=SimpleNamespace(pending_event_ids_session={}, event_ids_to_events={event: None}),
    )

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if whole:
            await send({"type": "http.response.body", "body": b""})

    def status() -> int:
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": f"/gradio_api/call/x/{event}", "headers": []}
        asyncio.run(gate(scope, None, send))
        return sent[0]["status"]

    gate = public.Gate(app, host)
    assert status() == 200
    whole = True
    assert [status(), status()] == [200, 404]
    host._queue.event_ids_to_events.clear()
    assert status() == 404 and not gate.read_already  # nothing is remembered longer than the queue does


def test_no_file_is_taken_and_none_is_fetched_for_a_visitor(address, caller):
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    routes = {
        "upload": 403,
        "upload/": 403,
        "upload?upload_id=1": 403,
        "component_server": 404,
        "process_recording": 404,
    }
    for path, code in routes.items():
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{address}/gradio_api/{path}", body, kind))
        assert refused.value.code == code, path
        said = json.loads(refused.value.read())["detail"]
        assert said == ("No page of this app takes a file." if code == 403 else "There is nothing at this address.")
    for path in ("file=http://127.0.0.1:1/x", "file=HTTPS://127.0.0.1/x", "proxy=https://a.hf.space/x"):
        assert caller.route("GET", path, b"") == "one sentence"


def test_questions_of_mcp_keep_the_address_of_whoever_asks():
    seen = []

    async def app(scope, receive, send):
        seen.append(dict(scope["headers"]))

    gate = public.Gate(app, SimpleNamespace(fns={}))
    scope = {"type": "http", "method": "POST", "path": "/gradio_api/mcp/", "client": ("192.0.2.1", 5)}
    asyncio.run(gate({**scope, "headers": [(b"x-forwarded-for", b"203.0.113.9"), (b"accept", b"x")]}, None, None))
    assert seen == [{b"accept": b"x", b"x-forwarded-for": b"192.0.2.1"}]  # not the one that he made up


def test_uploads_are_open_where_a_page_takes_a_file():
    import gradio as gr

    with gr.Blocks() as page:
        gr.Image().change(lambda picture: None, page.children[0])
    assert public.Gate(None, page).files
    with gr.Blocks() as page:
        gr.Textbox().change(lambda text: None, page.children[0])
    assert not public.Gate(None, page).files


@pytest.mark.parametrize("of, value", [(float, 1e300), (int, 10**30), (list[float], [0.5, math.inf])])
def test_a_number_that_is_too_large_is_told_how_large_one_may_be(of, value):
    with pytest.raises(ValueError, match="none above 9,007,199,254,740,992, not"):
        arguments.fit(of, value, "it")
    nested = 0.5
    for _ in range(900):
        nested = [nested]
    with pytest.raises(ValueError, match=r"it must be a number, not \["):
        arguments.fit(float, nested, "it")


def test_the_attack_takes_no_fault_of_the_app_for_an_answer():
    assert attack_calls.fault_of(refusals.UNEXPECTED) and not attack_calls.fault_of("There is no such page.")


def test_the_attack_knows_every_endpoint(address):
    names, _ = attack_calls.described(address)
    assert set(names) == set(SOUND)
    for name, values in SOUND.items():
        assert len(values) <= len(names[name])


def test_some_seconds_of_random_attack_find_no_fault(address):
    found = attack_calls.attack(address, 12, seed=7)
    assert found["one sentence"] > 5 and not [one for one in found if one not in ("answer", "one sentence")], found
