"""The commands that documents, messages and comments name can be started."""

import re
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from sources import listed

import train

ROOT = Path(__file__).parent.parent
OTHERS = {"pip", "pytest", "ruff", "streamlit", "venv"}
"""Modules that are not ours"""


def texts() -> dict[str, str]:
    """Every text file of the project in which a command may stand, by its name."""
    found = [ROOT / "README.md", ROOT / "checkpoints/README.md", *listed("docs", "*.md")]
    found += [ROOT / name for name in ("Makefile", "Dockerfile", ".gitignore", ".dockerignore", "pyproject.toml")]
    found += [*listed("deploy", "*"), *listed("requirements", "*.txt"), *listed("train/queue/plans", "*.toml")]
    found += [*listed("demo/zoo", "**/*.md"), *listed("demo/zoo", "**/*.toml")]
    for folder in ("app.py", "benchmarks", "demo", "gan_models", "ganscope", "tests", "train"):
        found += [ROOT / folder] if folder.endswith(".py") else listed(folder, "**/*.py")
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in found if path != Path(__file__)}


def named(pattern: str) -> set[tuple[str, str]]:
    """(file, what the pattern's group found) of all texts."""
    return {(name, found) for name, text in texts().items() for found in re.findall(pattern, text)}


def test_every_module_that_is_to_be_run_is_found_in_this_project():
    """Where a package elsewhere has the name of a folder of ours, `python -m` takes that one."""
    commands = {(file, name) for file, name in named(r"(?:python|\(PY\)|torchrun.*) -m ([a-z]\w+(?:\.\w+)*)")}
    assert len(commands) > 20
    lost = []
    for file, name in sorted(commands):
        top, *below = name.split(".")
        if top in OTHERS or name != name.lower():  # train.VARIANT stands for any
            continue
        spec = PathFinder.find_spec(top, [str(ROOT), *sys.path])
        homes = [Path(place).resolve() for place in (spec and spec.submodule_search_locations) or ()]
        home = Path(ROOT, top)
        there = home.joinpath(*below).with_suffix(".py") if below else home / "__main__.py"
        if homes[:1] != [home.resolve()] or not (there.is_file() or home.joinpath(*below, "__main__.py").is_file()):
            lost.append((file, name))
    assert not lost


def test_every_tool_and_variant_that_is_to_be_run_is_there():
    names = named(r"(?:python|\(PY\)) -m train ([a-z]\w*)\b(?! is | lists)")
    assert {name for file, name in names if file == ".gitignore"} == {"real", "yardsticks"}
    known = {*train.tools(), *train.everything()}
    assert not {(file, name) for file, name in names if name not in known}


def test_every_script_that_is_to_be_run_is_there():
    scripts = named(r"python ([a-z_]+(?:/\w+)*\.py)")
    assert ("docs/publishing.md", "tests/loopback_hub.py") in scripts
    assert not [(file, name) for file, name in scripts if not (ROOT / name).is_file()]


def test_the_rehearsal_hub_starts_as_the_document_says():
    (command,) = re.findall(r"^python (tests/\S+)", (ROOT / "docs/publishing.md").read_text(), re.M)
    running = subprocess.Popen([sys.executable, command, "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout.readline().startswith("export HF_ENDPOINT=http://127.0.0.1:")
    finally:
        running.kill()
        running.communicate()


DOCUMENTS = ["README.md", "checkpoints/README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_links_to_is_there(document):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / document).read_text(encoding="utf-8"))
    assert not [link for link in links if not (ROOT / document).parent.joinpath(link).exists()]
