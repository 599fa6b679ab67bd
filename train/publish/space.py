"""The app as a Space on the Hub, with only the files that it needs there: `python -m train publish --space NAME`.

Gradio on ZeroGPU is the first way, and free; Streamlit in Docker is the second. See docs/publishing.md.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from gan_models import hub
from gan_models.disk import put
from gan_models.pins import read
from gan_models.sources import UNKNOWN, source, terms

from . import public
from .push import Content, PushError, listing, push

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app.py", "hub.json", "LICENSE")
PACKAGES = ("demo", "gan_models")
SOURCES = (".py", ".md", ".json", ".toml", ".npz", ".css", ".js")
"""Patterns of pushed files: the code, the texts and stories that pages show, and files for the browser"""
ONLY = {"gradio": (), "docker": ("Dockerfile", ".streamlit/config.toml")}
"""Further files that one of the two kinds of Space needs"""
NOT = {
    "gradio": ("streamlit", "streamlit_controls", "streamlit_parts", "gate", "visit"),
    "docker": (
        "gradio", "gradio_controls", "gradio_parts", "gradio_session", "gradio_tab", "api", "arguments", "host",
        "public", "zerogpu",
    ),
}  # fmt: skip
"""Modules of demo/faces that only the other front end imports"""
LISTS = ("requirements/gan_models.txt", "requirements/app.txt")
"""Lists of requirements that a Space installs: none for training"""
DROPPED = {"gradio": "streamlit", "docker": "gradio"}
"""The requirement that only the other front end needs"""
ZEROGPU = {"torch": "torch>=2.8,<2.12"}
"""Versions of packages that ZeroGPU supports"""
PYTHON = "3.12"
PORT = 7860
"""Port on which the app answers in the Docker image; the Space's card names it"""
README = """---
{front}
---

# GANscope

See how GAN architectures differ: the same latent, the same data, side by side.

Every picture says variant, data set, seed, images shown and measured quality. "Add from the Hub" shows any
checkpoint that GANscope's `python -m train publish` has published beside the others.

## Licence

{licence}
"""


def publish_space(
    repo: str,
    checkpoints: Path,
    sdk: str = "gradio",
    with_real: bool = False,
    *,
    private: bool = False,
    overwrite: bool = False,
    dry_run: bool = False,
    out: Path | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Push the app with a zoo in one commit, and list first what this makes public. out: a folder that gets the files
    instead, for a trial. with_real: see `public.zoo`.

    Raises PushError if files are missing, or could not be pushed.
    """
    try:
        repo, revision = hub.parse(repo)
    except ValueError:
        repo, revision = "", None
    if not repo or revision:
        raise PushError("--space needs a name: user/ganscope.")
    if not (ROOT / "app.py").is_file():
        raise PushError(
            "a Space is made of the files of a checkout, and this is an installed package: run it in a checkout."
        )
    files, kept = content(checkpoints, sdk, with_real)
    tell("\n".join([listing(files), *kept]))
    if dry_run:
        tell("".join(f"\n{one.decode()}" for one in files.values() if isinstance(one, bytes)))
    elif out:
        write(files, out)
        start = "python app.py" if sdk == "gradio" else "docker build ."
        tell(f"{out}: {len(files)} files, for {start}")
    else:
        pushed = push(
            repo, files, "The app and its zoo", kind="space", sdk=sdk, private=private, overwrite=overwrite, tell=tell,
            owned=lambda path: path != ".gitattributes",
        )  # fmt: skip
        tell(f"{'Published' if pushed.new else 'Nothing to do, it is there already'}: {repo} ({pushed.commit})")


def content(checkpoints: Path, sdk: str, with_real: bool = False) -> tuple[dict[str, Content], list[str]]:
    """(path in the Space -> content, a sentence on each set of pictures that is not published)."""
    files: dict[str, Content] = {name: ROOT / name for name in (*CODE, *ONLY[sdk])}
    for package in PACKAGES:
        found = (path for path in sorted((ROOT / package).rglob("*")) if path.suffix in SOURCES)
        paths = {path.relative_to(ROOT).as_posix(): path for path in found}
        files |= paths
    files = {name: one for name, one in files.items() if name not in {f"demo/faces/{other}.py" for other in NOT[sdk]}}
    if (checkpoints / "recipe.json").is_file():  # its key would be the names of folders of this machine
        raise PushError(f"{checkpoints} is a checkpoint, and a Space shows a zoo: give a folder that holds it.")
    found, kept = public.zoo(checkpoints, with_real)
    if not any(name.endswith("/generator.safetensors") for name in found) and not pins():
        raise PushError(f"{checkpoints} holds no checkpoint, and hub.json pins none: the Space would be empty.")
    files |= {f"checkpoints/{name}": path for name, path in found.items()}
    datasets = public.datasets(found) | {key.partition("/")[0] for key in pins()}
    files["README.md"] = README.format(front=front_matter(sdk, datasets), licence=licence(datasets)).encode()
    return files | requirements(sdk), kept


def pins() -> dict[str, str]:
    """key -> name of each checkpoint that hub.json pins. Raises CheckpointError if it is damaged."""
    return read(ROOT / "hub.json")


def licence(datasets: Collection[str]) -> str:
    """The licences of code, weights and pictures: a line for each data set of the zoo."""
    known = [source(name) for name in sorted(datasets)]
    lines = [f"- {one.credit or f'{one.title}: {UNKNOWN}'} {terms(one.weights)}" for one in known]
    return "\n".join(["The code is under the MIT licence.\n", *lines])


def front_matter(sdk: str, datasets: Collection[str]) -> str:
    """The metadata of a Space for the Hub, as YAML."""
    from huggingface_hub import SpaceCardData

    pulled = [hub.parse(name) for name in pins().values()]
    how = {
        "gradio": {
            "sdk_version": importlib.metadata.version("gradio"),
            "python_version": PYTHON,
            "app_file": "app.py",
            "suggested_hardware": "zero-a10g",
            # Before the Space starts, so that the first visitor does not wait for it.
            "preload_from_hub": [f"{repo} recipe.json,{hub.WEIGHTS[0]} {commit}" for repo, commit in pulled] or None,
        },
        "docker": {"app_port": PORT},
    }
    return SpaceCardData(
        title="GANscope",
        sdk=sdk,
        **how[sdk],
        colorFrom="indigo",
        colorTo="gray",
        license="mit" if {source(name).weights for name in datasets} <= {"mit"} else "other",
        short_description="See how GAN architectures differ, side by side",
        models=[repo for repo, _ in pulled] or None,
        tags=["gan", "image-generation", "visualization"],
    ).to_yaml()


def requirements(sdk: str) -> dict[str, bytes]:
    """The lists without packages that this Space does not import, and within ZeroGPU's versions.

    A Gradio Space reads one file, requirements.txt; the Dockerfile names the lists.
    """
    made = {}
    for path in LISTS:
        lines = []
        for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
            name = re.match(r"[\w-]*", line)[0]
            if name and name != DROPPED[sdk]:
                requirement = line.partition("#")[0].strip()
                lines.append(ZEROGPU.get(name, requirement) if sdk == "gradio" else requirement)
        made[path] = "".join(f"{line}\n" for line in lines).encode()
    return made if sdk == "docker" else {"requirements.txt": b"".join(made.values())}


def write(files: dict[str, Content], out: Path) -> None:
    """Write the files into a new or empty folder: all of them, or none."""
    if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
        raise PushError(f"{out} is not empty, or no folder; choose another --out.")
    with put(out.resolve()) as new:
        for name, one in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(one, bytes):
                path.write_bytes(one)
            else:
                shutil.copyfile(one, path)
