"""Publish a checkpoint: `python -m train publish FOLDER --repo user/dcgan-mnist`, in one commit with a model card.

`--space user/ganscope` in place of FOLDER puts the app on the Hub (see space.py). The token to write with is that of
`hf auth login`, or HF_TOKEN; it is never an argument. What is published already makes no new commit, and the folder
here is only read. See docs/publishing.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gan_models import hub
from gan_models.folder import CheckpointError, read_recipe
from gan_models.sources import Source, source, terms

from . import public
from .push import Content, PushError, chosen, listing, push, tag, token_there

CARD, ONNX = "README.md", "generator.onnx"


class Published(NamedTuple):
    name: str
    """ "user/repo@tag", fit for `gan_models.load`"""
    commit: str
    new: bool
    """False where the Hub held all of it already"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train publish", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folder", nargs="?", type=Path, metavar="FOLDER", help="a checkpoint: checkpoints/mnist/dcgan, or a run's")
    add("--repo", metavar="NAME", help="user/dcgan-mnist; {variant} and {dataset} are filled in")
    add("--space", metavar="NAME", help="in place of FOLDER: the app and its zoo, as a Space")
    add("--sdk", choices=("gradio", "docker"), default="gradio", help="of the Space: Gradio, or Streamlit in Docker")
    add("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help="the zoo that the Space shows")
    add("--out", type=Path, metavar="DIR", help="write the Space's files into this folder and push nothing")
    add(
        "--with-real", action="store_true", help="in the Space, real pictures of your own data too (real.*, training.*)"
    )
    add("--onnx", action="store_true", help=f"{ONNX} too, made anew (needs requirements/onnx.txt)")
    add("--tag", metavar="TAG", help="of the commit (default: the next of v1, v2, ...)")
    add("--licence", metavar="ID", help="of the weights, as the Hub abbreviates it (default: what the data allows)")
    add("--private", action="store_true", help="nobody else may see the repository that is made")
    add("--overwrite", action="store_true", help="also where somebody else made the last commit")
    add("--dry-run", action="store_true", help="show files, sizes and card, and ask the Hub nothing")
    args = parser.parse_args(argv)
    if bool(args.folder) == bool(args.space) or bool(args.folder) != bool(args.repo):
        parser.error("give either FOLDER and --repo NAME, or --space NAME.")
    common = {"private": args.private, "overwrite": args.overwrite, "dry_run": args.dry_run}
    try:
        if args.space:
            from .space import publish_space

            publish_space(args.space, args.checkpoints, args.sdk, args.with_real, out=args.out, **common)
        else:
            publish(args.folder, args.repo, tag_name=args.tag, licence=args.licence, onnx=args.onnx, **common)
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on.", file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    return 0


def publish(
    folder: Path,
    repo: str,
    *,
    tag_name: str | None = None,
    licence: str | None = None,
    onnx: bool = False,
    private: bool = False,
    overwrite: bool = False,
    dry_run: bool = False,
    tell: Callable[[str], None] = print,
) -> Published | None:
    """Bring a repository to hold a checkpoint and its card; see the command line for the arguments.

    None after a dry run. CheckpointError where the folder is not whole, PushError where it could not be pushed, or not
    all of it.
    """
    import gan_models

    recipe, about = read_recipe(folder)
    repo = named(repo, recipe.name, str(about.get("dataset") or "unknown"))
    gan_models.load(folder, discriminator=(folder / hub.WEIGHTS[1]).is_file())  # nothing damaged is published
    agree(licence, source(str(about.get("dataset"))))
    files = content(folder, repo, licence, onnx)
    tell(listing(files))
    if dry_run:
        tell(f"\n{files[CARD].decode()}")
        return None
    title = f"{recipe.title or recipe.name} on {about.get('dataset')}"
    images = about.get("images")
    title += f", {images:,} images" if isinstance(images, int) else ""
    common = {"private": private, "overwrite": overwrite, "tell": tell}
    pushed = push(repo, files, title, owned={*public.CHECKPOINT, ONNX}.__contains__, **common)
    tagged = tag(repo, pushed.commit, tag_name, tell=tell)
    done = Published(f"{repo}@{tagged}", pushed.commit, pushed.new)
    tell(f"{'Published' if done.new else 'Nothing to do, it is published already'}: {done.name} ({done.commit})")
    return done


def named(template: str, variant: str, dataset: str) -> str:
    """ "user/{variant}-{dataset}" -> "user/dcgan-mnist". PushError where that is no name of a repository."""
    plain = [re.sub(r"[^\w.-]+", "-", name).strip("-.") for name in (variant, dataset)]
    try:
        repo, revision = hub.parse(template.format(variant=plain[0], dataset=plain[1]))
    except (CheckpointError, KeyError, IndexError, ValueError):
        repo, revision = "", None
    if not repo or revision:
        raise PushError(f"{template!r} names no repository: it is user/name, and may hold {{variant}} and {{dataset}}.")
    return repo


def agree(licence: str | None, data: Source) -> None:
    """PushError where a licence allows more than the data does that the weights were trained on."""
    if data.weights == "other" and licence not in (None, "other") and "-nc" not in licence:
        raise PushError(f"--licence {licence} does not fit: {data.credit} {terms(data.weights)} Leave it out.")


def ready(template: str, variant: str, dataset: str) -> None:
    """PushError where a run that is to be published at its end could not be: told before it begins."""
    named(template, variant, dataset)
    token_there()


def content(folder: Path, repo: str, licence: str | None, onnx: bool) -> dict[str, Content]:
    """What the repository is to hold."""
    from gan_models.latent import directions, encoder
    from gan_models.metrics import record

    from .card import render

    recipe, _ = read_recipe(folder)
    files = {**chosen(folder, public.CHECKPOINT), CARD: render(folder, repo, licence).encode()}
    if not record.current(folder):
        files.pop(record.FILE, None)  # figures of other weights
    for file, read in ((encoder.FILE, encoder.read), (directions.FILE, directions.read)):
        if file in files and not read(folder, recipe):  # CheckpointError where it is damaged
            files.pop(file)  # of other weights, too
    if onnx:
        from .onnx import export

        files[ONNX] = export(folder)
    return files


if __name__ == "__main__":
    sys.exit(main())
