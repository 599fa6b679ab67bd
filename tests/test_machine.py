"""`python app.py` on a machine that is not one's own: it starts, or says one sentence. And what it tells others."""

import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from helpers import contents, until
from streamlit.testing.v1 import AppTest
from zoos import put

from benchmarks.attack_calls import Caller
from benchmarks.browser import ROOT, free_port
from demo.faces import machine
from demo.page import refusals
from demo.zoo.zoo import Zoo
from gan_models import hub as hubs

STRANGER = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
STRANGER += ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
"""A user without a name or a home, who may read everything and write to nothing that is not his"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    env = {**os.environ, **environment}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)


@contextlib.contextmanager
def running(zoo: Path, log: Path, user: list[str] = (), **environment: str):
    """The address of `python app.py`, started with this environment and nothing else."""
    port, keep = free_port(), {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [*user, sys.executable, "app.py", "--port", str(port), "--checkpoints", str(zoo)]
    with log.open("w") as said:
        app = subprocess.Popen(command, cwd=ROOT, env={**keep, **environment}, stdout=said, stderr=said)
    try:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                assert app.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.05)
        yield url
    finally:
        app.terminate()
        app.wait(120)


@pytest.fixture
def shared(tmp_path):
    """A folder for temporary files, in which somebody else was first."""
    folder = tmp_path / "tmp"
    (folder / "gradio").mkdir(parents=True)
    folder.chmod(0o1777)
    (folder / "gradio").chmod(0o700 if os.getuid() == 0 else 0)
    yield folder
    (folder / "gradio").chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="users as Unix has them")
def test_it_starts_for_a_user_without_name_or_home_beside_others_and_tells_nobody(hub, zoo_folder, tmp_path, shared):
    put(tmp_path / "style", name="style", title="Style GAN")
    hub.add("her/style", contents(tmp_path / "style"))
    root = os.getuid() == 0
    if root and not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is not installed")
    for path in (tmp_path, *tmp_path.parents):  # pytest's own folders are closed to others
        if root and path.stat().st_uid == 0 and path != Path("/") and "pytest" in str(path):
            path.chmod(path.stat().st_mode | 0o055)
    environment = {"TMPDIR": str(shared), "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
    environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}  # which nobody answers
    with running(zoo_folder, tmp_path / "log", STRANGER if root else [], **environment) as address:
        caller = Caller(address)
        assert caller.call("samples", {"data": [["toys/plain"], [0]]}) == "answer"
        assert caller.call("interpolate", {"data": [["toys/plain"], [0, 1], 4]}) == "answer"
        assert not hub.log, "telemetry"
        assert caller.call("add_from_hub", {"data": ["her/style"]}) == "answer"
        assert hub.requests("her/style") and not hub.requests("telemetry")
        (own,) = shared.glob("ganscope-*")
        assert own.stat().st_mode & 0o077 == 0, "others can read the answers"
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert not list(shared.glob("ganscope-*")), "its folder stays"


@pytest.mark.parametrize("said", ["True", ""])
def test_telemetry_is_for_the_operator_to_turn_on(hub, tmp_path, said):
    start = (
        "from demo.faces import machine; machine.prepare(); import gradio, time; gradio.Blocks(); time.sleep(int('{}'))"
    )
    environment = {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "", "GRADIO_ANALYTICS_ENABLED": said}
    env = {name: value for name, value in {**os.environ, **environment}.items() if value}
    # A thread sends it: waited for where it must come, and for a moment where it must not.
    with subprocess.Popen([sys.executable, "-c", start.format(600 if said else 1)], cwd=ROOT, env=env) as program:
        if said:
            until(lambda: hub.requests("telemetry") or program.poll() is not None)
            program.kill()
        elif program.wait(240):
            pytest.fail("it did not start")
    assert bool(hub.requests("telemetry")) == bool(said), hub.log


@pytest.mark.parametrize("port", ["x", "", "0", "-1", "65536", "7860.5", "７８６０", "9" * 5000])
def test_a_port_that_is_none_is_told_in_one_sentence(port):
    said = run("app.py", f"--port={port}")
    (line,) = [line for line in said.stderr.splitlines() if "error" in line]
    assert said.returncode == 2 and "argument --port: a port is a whole number from 1 to 65535, not " in line
    assert len(line) < 300 and "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("environment", "arguments", "words"),
    [
        ({"GRADIO_SERVER_PORT": "x"}, [], "a port is a whole number from 1 to 65535, not 'x'"),
        ({"GRADIO_TEMP_DIR": f"{__file__}/x"}, [], "GRADIO_TEMP_DIR names "),
        ({}, ["--checkpoints", "~nobody-has-this-name/zoo"], "there is no user whose home "),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(environment, arguments, words):
    said = run("app.py", *arguments, **environment)
    assert said.returncode in (1, 2) and words in said.stderr.splitlines()[-1] and "Traceback" not in said.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals as Unix has them")
@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "\nStopped.\n"), (signal.SIGTERM, -signal.SIGTERM, "")]
)
def test_who_stops_it_while_it_starts_sees_no_traceback_and_finds_nothing_left(tmp_path, number, code, said):
    env = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"} | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "app.py", "--port", str(free_port())], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
    ) as app:
        until(lambda: [*tmp_path.iterdir()])
        time.sleep(0.7)
        app.send_signal(number)
        assert (app.communicate(timeout=120)[1], app.returncode) == (said, code) and not [*tmp_path.iterdir()]


def test_a_taken_port_is_told_in_one_sentence(zoo_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = run("app.py", "--port", str(taken.getsockname()[1]), "--checkpoints", str(zoo_folder))
    assert said.returncode == 1 and "Traceback" not in said.stderr
    assert said.stderr.startswith("GANscope cannot start: port ") and "cannot be opened (Address already" in said.stderr


def test_no_place_for_temporary_files_is_one_sentence(monkeypatch):
    def nowhere(**_):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(machine.tempfile, "mkdtemp", nowhere)
    with pytest.raises(ValueError, match=r"^There is no folder for temporary files that can be written: name one in"):
        machine.scratch.__wrapped__()


def test_what_the_operator_has_set_stays(monkeypatch, tmp_path):
    wanted = {"HOME": str(tmp_path), "GRADIO_TEMP_DIR": str(tmp_path / "own"), "NO_PROXY": "example.org", "USER": "me"}
    wanted |= {"GRADIO_ANALYTICS_ENABLED": "True", "GANSCOPE_HUB_CACHE": str(tmp_path / "hub")}
    monkeypatch.setattr(os, "environ", dict(wanted))
    machine.prepare.__wrapped__()
    assert os.environ["NO_PROXY"] == "example.org,localhost,127.0.0.1" and "HF_HUB_DISABLE_TELEMETRY" not in os.environ
    assert {name: os.environ[name] for name in wanted if name != "NO_PROXY"} == {
        name: value for name, value in wanted.items() if name != "NO_PROXY"
    }


POOLS = """
import ctypes, os, threading
from demo.faces import machine
machine.prepare()
all_there = threading.Barrier(24)
def allocate():
    all_there.wait()
    kept = [bytearray(5000) for _ in range(200)]
    all_there.wait()
threads = [threading.Thread(target=allocate) for _ in range(24)]
[one.start() for one in threads], [one.join() for one in threads]
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
stdout = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stdout), libc.fflush(stdout)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have no pools for threads")
@pytest.mark.parametrize(("chosen", "most"), [({}, 2), ({"MALLOC_ARENA_MAX": "5"}, 5)])
def test_many_threads_share_few_pools_of_memory(chosen, most):
    env = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"} | chosen
    said = subprocess.run([sys.executable, "-c", POOLS], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.count("<heap nr=") == most


def test_a_cache_that_takes_no_files_is_one_sentence(hub, zoo_folder, tmp_path, monkeypatch):
    put(tmp_path / "style", name="style", title="Style GAN")
    repo = hub.add("her/style", contents(tmp_path / "style"))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GANSCOPE_HUB_CACHE", str(tmp_path / "file" / "hub"))
    (problem,) = Zoo(zoo_folder).add("her/style").problems
    assert "it cannot be kept in the cache of this machine" in problem and str(tmp_path) not in problem
    with pytest.raises(hubs.CheckpointError, match="cannot be kept in the cache"):
        hubs.pull(f"her/style@{repo.head.oid}", cache=tmp_path / "file" / "hub")


def test_streamlit_shows_no_traceback_and_no_path(zoo_folder, monkeypatch):
    def broken(*_):
        raise RuntimeError("no /srv/secret/place")

    monkeypatch.setenv("GANSCOPE_CHECKPOINTS", str(zoo_folder))
    monkeypatch.setattr(Zoo, "catalog", broken)
    app = AppTest.from_file(ROOT / "app.py", default_timeout=200).run()
    (shown,) = app.error
    assert shown.value.replace("\\", "") == refusals.UNEXPECTED and not app.exception and "secret" not in str(app.main)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--checkpoint", "runs"], "unrecognized arguments: --checkpoint runs."),
        (["--port", "8600"], "unrecognized arguments: --port 8600."),
        (["--checkpoints"], "argument --checkpoints: expected one argument."),
        (["--checkpoints", "~nobody-has-this-name/zoo"], "there is no user whose home "),
        (["--help"], "unrecognized arguments: --help."),
    ],
)
def test_streamlit_says_which_argument_cannot_be(monkeypatch, capsys, arguments, words):
    monkeypatch.setattr(sys, "argv", [str(ROOT / "app.py"), *arguments])
    app = AppTest.from_file(ROOT / "app.py", default_timeout=200).run()
    (shown,) = app.error
    assert (
        shown.value.startswith("GANscope cannot start: ") and words in shown.value and words in capsys.readouterr().err
    )


def test_streamlit_shows_the_zoo_that_its_argument_names(zoo_folder, monkeypatch):
    monkeypatch.setenv("GANSCOPE_CHECKPOINTS", "")
    monkeypatch.setattr(sys, "argv", [str(ROOT / "app.py"), "--checkpoints", str(zoo_folder)])
    assert not AppTest.from_file(ROOT / "app.py", default_timeout=200).run().error
    assert os.environ["GANSCOPE_CHECKPOINTS"] == str(zoo_folder)


def test_visitors_read_no_path_of_a_zoo_that_is_not_there(tmp_path, monkeypatch):
    assert Zoo(tmp_path / "gone").problems() == ["There is no folder gone."]
    monkeypatch.chdir(tmp_path)
    assert Zoo(Path("my/runs")).problems() == ["There is no folder my/runs."]  # as it was typed
