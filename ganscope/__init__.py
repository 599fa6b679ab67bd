"""The command `ganscope`: a word for each thing that the project does. What follows the word is passed on as it is."""

from __future__ import annotations

import importlib.util
import runpy
import sys
from collections.abc import Callable, Sequence

import gan_models
from gan_models.home import HOME, install
from gan_models.recipe import did_you_mean

APP = HOME / "app.py"
OURS = ("app", "demo", "gan_models", "ganscope", "train")
USAGE = """ganscope COMMAND ...

  app [OPTIONS] [-- --checkpoints DIR]   the app in Streamlit; OPTIONS are those of `streamlit run`
  gradio [--checkpoints DIR] [--port N]  the app in Gradio
  train VARIANT [--help]                 trains a variant; `ganscope train` lists them
  --version                              prints the version
"""


def main(argv: Sequence[str] | None = None) -> int | None:
    """Run a command line; the exit code, None for 0."""
    argv = [*(sys.argv[1:] if argv is None else argv)]
    word, rest = argv[0] if argv else "--help", argv[1:]
    if word == "--version":
        print(f"ganscope {gan_models.__version__}")
        return 0
    from train import tools
    from train.__main__ import main as train

    found = tools()
    commands: dict[str, tuple[str, Callable[[list[str]], int | None]]] = {
        "app": ("app", streamlit),
        "gradio": ("app", gradio),
        "train": ("train", train),
        **{name: ("train", lambda rest, name=name: train([name, *rest])) for name in found},
    }
    if word in ("-h", "--help"):
        print(USAGE)
        for name, tool in found.items():
            print(f"  {name:37}  {tool.what}")
        return 0
    if word not in commands:
        print(f"ganscope has no command {word!r}{did_you_mean(word, commands)}.", file=sys.stderr)
        return 2
    extra, run = commands[word]
    try:
        return run(rest)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in OURS:
            raise
        print(f"ganscope {word} needs {package}, which is not installed: {install(extra)}", file=sys.stderr)
        return 1


def streamlit(rest: list[str]) -> int | None:
    """`streamlit run app.py`."""
    from streamlit.web.cli import main as run

    return run(["run", str(APP), *rest], prog_name="streamlit")


def gradio(rest: list[str]) -> None:
    """`python app.py`."""
    if importlib.util.find_spec("gradio") is None:
        raise ModuleNotFoundError(name="gradio")
    sys.argv = [str(APP), *rest]
    runpy.run_path(str(APP), run_name="__main__")
