"""The Space: what is pushed, in one commit, and that it starts from there."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest
from gradio_client import Client
from huggingface_hub import SpaceCard
from test_publish import refused, run
from zoos import put

from benchmarks.browser import free_port
from demo.faces import zerogpu
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED
from train.publish import public, publish, space

ROOT = Path(__file__).parent.parent
NAME = "user/ganscope"
FIGURES = {"anchors.json", *(pattern.replace("*", "-inception") for pattern in public.MEASURED)}
"""What commands of train write beside the checkpoints of a data set, for the app to show"""


@pytest.fixture
def zoo(zoo_folder) -> Path:
    """A zoo with what must stay at home."""
    toys = zoo_folder / "toys"
    (toys / "plain" / "resume.pt").write_bytes(b"private")
    (toys / "plain" / ".metrics.partial.json").write_text("{}")
    (toys / "reference.safetensors").write_bytes(b"x")
    (toys / "extractor").mkdir()
    (toys / "extractor" / "extractor.safetensors").write_bytes(b"x")
    for file in FIGURES:
        (toys / file).write_text("[]")
    for name in ("toys", "celeba"):
        (zoo_folder / name).mkdir(exist_ok=True)
        for file in ("training.png", "training.json", "training.safetensors"):
            (zoo_folder / name / file).write_bytes(b"x")
    (zoo_folder / "celeba" / "real.png").write_bytes(b"x")
    return zoo_folder


def test_the_space_is_pushed_in_one_commit_with_nothing_else(hub, zoo):
    command = ["--space", NAME, "--checkpoints", zoo]
    run(*command)
    repo = hub.repo(NAME, "space")
    assert len(repo.commits) == 2 and repo.sdk == "gradio"
    files = set(repo.head.files)
    assert {"app.py", "hub.json", "README.md", "requirements.txt", "gan_models/sampling.py"} <= files
    assert {"demo/pages/compare.py", "demo/faces/gradio.py", "demo/faces/api.py", "demo/faces/public.py"} <= files
    assert {name for name in files if name.startswith("checkpoints/")} == {
        f"checkpoints/{path.relative_to(zoo).as_posix()}"
        for path in zoo.rglob("*")
        if path.name in {"recipe.json", "generator.safetensors", "discriminator.safetensors", *FIGURES}
    }
    for what in ("train/", "tests/", "benchmarks/", "demo/faces/streamlit", "Dockerfile", "__pycache__", ".git/"):
        assert not [name for name in files if what in name]
    run(*command)
    assert len(repo.commits) == 2

    (zoo / "toys" / "deep" / "generator.safetensors").unlink()
    run(*command)
    assert len(repo.commits) == 3 and "checkpoints/toys/deep/generator.safetensors" not in repo.head.files
    assert not hub.repos.keys() - {("space", NAME)}


def test_all_that_ships_is_published_but_what_only_measuring_reads():
    files = {path for path in SHIPPED.glob("*/**/*") if path.is_file()}
    private = {*SHIPPED.glob("celeba/real.*"), *SHIPPED.glob("celeba/training.*")}  # where somebody has made them
    home = files - private - set(public.zoo(SHIPPED).files.values())
    assert {path.name for path in home} <= {"reference.safetensors", "yardsticks.safetensors"}


def test_the_space_is_somebody_elses_too(hub, zoo, capsys):
    run("--space", NAME, "--checkpoints", zoo)
    repo = hub.repo(NAME, "space")
    repo.commit({**repo.head.files, "secret.txt": b"x"}, "Create secret.txt")
    assert "--overwrite" in refused(capsys, "--space", NAME, "--checkpoints", zoo)
    assert "secret.txt" in repo.head.files


def test_a_checkpoint_is_no_zoo_and_is_not_called_empty(hub, zoo, capsys):
    assert "is a checkpoint, and a Space shows a zoo" in refused(
        capsys, "--space", NAME, "--checkpoints", zoo / "toys" / "plain"
    )
    assert not hub.log


def test_what_the_hub_reads_of_it(hub, zoo, monkeypatch):
    pins = {"toys/x": f"user/x-toys@{'0' * 40}"}
    monkeypatch.setattr(space, "pins", lambda: pins)
    card = SpaceCard(space.content(zoo, "gradio")[0]["README.md"].decode()).data
    assert (card.sdk, card.app_file, card.python_version) == ("gradio", "app.py", "3.12")
    assert card.sdk_version.startswith("6.") and card.suggested_hardware == "zero-a10g"
    assert len(card.short_description) <= 60
    assert card.models == ["user/x-toys"]
    assert card.preload_from_hub == [f"user/x-toys recipe.json,generator.safetensors {'0' * 40}"]


@pytest.mark.parametrize("sdk", ["gradio", "docker"])
def test_its_requirements_are_the_projects_or_narrower(sdk):
    def named(text: str) -> dict[str, str]:
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        return {re.match(r"[\w-]+", line)[0]: line for line in lines if line}

    ours, theirs = (
        named("".join(map(str, texts)))
        for texts in (
            [(ROOT / "requirements" / name).read_text() for name in ("gan_models.txt", "app.txt", "train.txt")],
            [text.decode() for text in space.requirements(sdk).values()],
        )
    )
    other = {"gradio": "streamlit", "docker": "gradio"}[sdk]
    assert set(ours) - set(theirs) == {other, "torchvision", "tqdm", "rich"}
    assert {name for name in theirs if theirs[name] != ours[name]} == ({"torch"} if sdk == "gradio" else set())
    if sdk == "gradio":
        assert theirs["torch"] == "torch>=2.8,<2.12"


@pytest.mark.parametrize(("sdk", "face"), [("gradio", "gradio"), ("docker", "streamlit")])
def test_what_is_pushed_imports_without_the_other_front_end_and_none_of_it_is_idle(zoo, tmp_path, sdk, face):
    files, _ = space.content(zoo, sdk)
    space.write(files, tmp_path / "space")
    there = {path for package in space.PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()}
    there = {path.relative_to(ROOT).as_posix() for path in there if "__pycache__" not in path.parts}
    left = {f"demo/faces/{name}.py" for name in space.NOT[sdk]}
    assert there - set(files) == left | {"gan_models/py.typed"}
    modules = [name[: -len(".py")].replace("/", ".") for name in files if re.match(r"(demo|gan_models)/.*\.py$", name)]
    modules = [name.removesuffix(".__init__") for name in modules]
    assert len(modules) > 80 and f"demo.faces.{face}" in modules
    code = f"""
import importlib, os, sys

sys.modules[{space.DROPPED[sdk]!r}] = None  # not installed there
from demo.faces import machine
importlib.import_module("demo.faces.{face}")
used = sorted(name for name in sys.modules if name.startswith("demo.faces."))
for name in {modules}:
    importlib.import_module(name)
assert all(sys.modules[name].__file__.startswith(os.getcwd()) for name in {modules})
print(*used)
"""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "space", env=env, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-2000:]
    assert done.stdout.split() == sorted(name for name in modules if name.startswith("demo.faces."))


def test_a_space_is_not_made_of_an_installed_package(hub, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "ROOT", tmp_path)
    assert "run it in a checkout" in refused(capsys, "--space", NAME)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--space", "nothing"], "--space needs a name"),
        (["--space", NAME, "--checkpoints", "/nowhere"], "holds no checkpoint"),
    ],
)
def test_what_cannot_be_pushed_gets_one_sentence(hub, capsys, arguments, words):
    assert words in refused(capsys, *arguments)
    assert not hub.log


def test_a_folder_to_try_must_be_empty(zoo, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("mine")
    assert "is not empty" in refused(capsys, "--space", NAME, "--checkpoints", zoo, "--out", tmp_path / "out")
    assert "or no folder" in refused(capsys, "--space", NAME, "--checkpoints", zoo, "--out", tmp_path / "out" / "x")


def test_an_interrupted_trial_leaves_nothing_and_the_same_command_continues(zoo, tmp_path, capsys, monkeypatch):
    command, copy, copied = ["--space", NAME, "--checkpoints", str(zoo), "--out", str(tmp_path / "out")], copyfile, []

    def stopped(source, target):
        copied.append(copy(source, target))
        if len(copied) == 20:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(space.shutil, "copyfile", stopped)
        assert publish.main(command) == 130 and "the same command continues" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    (tmp_path / "out").mkdir()
    run(*command)
    assert (tmp_path / "out" / "app.py").is_file() and (tmp_path / "out" / "README.md").is_file()


# It starts ----------------------------------------------------------------------------------------------------

FAKE = """
import pathlib, sys
def GPU(fn):
    assert "torch" not in sys.modules  # nothing may touch CUDA before
    pathlib.Path("decorated").write_text(fn.__name__)
    return fn
"""


@contextmanager
def started(command: list[str], folder: Path, address: str, **environment):
    """A program in the Space's folder, which finds no other code than its own, until it answers."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "GANSCOPE"))}
    program = subprocess.Popen(command, cwd=folder, env={**env, "HF_HUB_OFFLINE": "1", **environment})
    try:
        for _ in range(2400):
            assert program.poll() is None, "it stopped"
            try:
                with urllib.request.urlopen(address, timeout=2) as answer:
                    yield answer.read()
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail("it did not start")
    finally:
        program.terminate()
        program.wait(120)


def test_the_gradio_space_starts_and_draws_with_spaces_installed(zoo, tmp_path):
    out, port = tmp_path / "space", free_port()
    run("--space", NAME, "--checkpoints", zoo, "--out", out)
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "spaces.py").write_text(FAKE)
    address = f"http://127.0.0.1:{port}/"
    quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    with started([sys.executable, "app.py"], out, address, PYTHONPATH=str(tmp_path / "fake"), **quiet):
        ask = Client(address, verbose=False, analytics_enabled=False, download_files=tmp_path / "files")
        found = ask.predict(api_name="/catalog")
        assert [one["key"] for one in found["variants"]] == Zoo(zoo).catalog().keys and not found["problems"]
        (made,) = ask.predict(["toys/told"], [3], api_name="/samples")
        assert made["caption"].startswith("Told GAN")
    assert (out / "decorated").read_text() == "device_name"


def test_zerogpu_is_told_nothing_where_it_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert zerogpu.register() is False


def test_the_dockerfile_fits_what_is_pushed(zoo):
    files, _ = space.content(zoo, "docker")
    assert files["Dockerfile"] == ROOT / "Dockerfile" and "demo/faces/streamlit.py" in files
    assert {"demo/zoo/lessons/gan.md", "demo/zoo/lessons/path.json"} <= set(files)
    assert not [name for name in files if name.startswith(("demo/faces/gradio", "demo/faces/api"))]
    card = SpaceCard(files["README.md"].decode()).data
    steps = [line.split(maxsplit=1) for line in (ROOT / "Dockerfile").read_text().splitlines() if line[:1].isupper()]
    for step, words in steps:
        if step == "FROM":
            assert words == f"python:{space.PYTHON}-slim"
        if step == "COPY":
            *sources, _ = words.removeprefix("--chown=user ").split()
            assert set(sources) <= {".", *files}
        if step == "EXPOSE":
            assert int(words) == card.app_port == space.PORT
        if step == "CMD":
            assert f"--server.port={space.PORT}" in json.loads(words)
    assert [step for step, _ in steps] == [
        "FROM",
        "RUN",
        "USER",
        "ENV",
        "WORKDIR",
        "COPY",
        "RUN",
        "RUN",
        "COPY",
        "EXPOSE",
        "CMD",
    ]


def test_the_docker_space_starts(zoo, tmp_path):
    out, port = tmp_path / "space", free_port()
    run("--space", NAME, "--checkpoints", zoo, "--out", out, "--sdk", "docker")
    (line,) = [line for line in (out / "Dockerfile").read_text().splitlines() if line.startswith("CMD")]
    command = [part.replace(str(space.PORT), str(port)) for part in json.loads(line[4:])]
    command[command.index("--server.address=0.0.0.0")] = "--server.address=127.0.0.1"
    command = [sys.executable, "-m", *command]
    with started(command, out, f"http://127.0.0.1:{port}/_stcore/health") as answer:
        assert answer == b"ok"


def test_a_space_without_a_zoo_of_its_own_needs_pins(tmp_path, monkeypatch):
    monkeypatch.setattr(space, "pins", lambda: {"toys/x": f"user/x@{'0' * 40}"})
    assert not any(name.startswith("checkpoints/") for name in space.content(tmp_path, "gradio")[0])
    put(tmp_path / "toys" / "plain", name="plain")
    assert "checkpoints/toys/plain/recipe.json" in space.content(tmp_path, "gradio")[0]
    assert SHIPPED.parent / "hub.json" == space.ROOT / "hub.json"


@pytest.mark.parametrize(
    "text", ["{}", "[]", "x", '{"format": 1, "checkpoints": [1]}', '{"format": 1, "checkpoints": {"toys/x": "a/b@v1"}}']
)
def test_a_damaged_hub_json_is_one_sentence_that_names_it(hub, zoo, tmp_path, capsys, monkeypatch, text):
    for name in ("app.py", "hub.json"):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(space, "ROOT", tmp_path)
    assert "hub.json is damaged: " in refused(capsys, "--space", NAME, "--checkpoints", zoo)
    assert not hub.log
