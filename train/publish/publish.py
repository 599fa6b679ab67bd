"""Publish a checkpoint: `python -m train publish FOLDER --repo user/dcgan-mnist`, in one commit with a model card.

`--space user/ganscope` in place of FOLDER puts the app on the Hub (see space.py). The write token comes from `hf auth
login` or HF_TOKEN; it is never an argument. Publishing the same content again makes no new commit, and the folder is
only read. See docs/publishing.md.
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
from .push import Content, PushError, check_tag, chosen, listing, push, tag, token_there

CARD, ONNX = "README.md", "generator.onnx"
ONLY = {True: ("sdk", "checkpoints", "out", "with_real"), False: ("onnx", "tag", "licence")}
"""Options that belong to a Space alone (True), and to a checkpoint alone"""


class Published(NamedTuple):
    name: str
    """ "user/repo@tag", fit for `gan_models.load`"""
    commit: str
    new: bool
    """False if the Hub had the same content already"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train publish", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folder", nargs="?", type=Path, metavar="FOLDER", help="a checkpoint: checkpoints/mnist/dcgan, or a run's")
    add("--repo", metavar="NAME", help="user/dcgan-mnist; {variant} and {dataset} are filled in")
    add("--space", metavar="NAME", help="in place of FOLDER: the app and its zoo, as a Space")
    add("--sdk", choices=("gradio", "docker"), help="kind of Space: gradio (default), or Streamlit in docker")
    add("--checkpoints", type=Path, metavar="DIR", help="the zoo that the Space shows (default: checkpoints)")
    add("--out", type=Path, metavar="DIR", help="write the Space's files into this folder and push nothing")
    add(
        "--with-real", action="store_true", help="in the Space, real pictures of your own data too (real.*, training.*)"
    )
    add("--onnx", action="store_true", help=f"publish {ONNX} too, made anew (needs requirements/onnx.txt)")
    add("--tag", metavar="TAG", help="tag of the commit (default: the next of v1, v2, ...)")
    add("--licence", metavar="ID", help="licence of the weights, the Hub's short name (default: the data's)")
    add("--private", action="store_true", help="a new repository is private")
    add("--overwrite", action="store_true", help="publish even if somebody else made the last commit")
    add("--dry-run", action="store_true", help="show files, sizes and card; send nothing to the Hub")
    args = parser.parse_args(argv)
    if bool(args.folder) == bool(args.space) or bool(args.folder) != bool(args.repo):
        parser.error("give either FOLDER and --repo NAME, or --space NAME.")
    others = [name for name in ONLY[bool(args.folder)] if getattr(args, name) not in (None, False)]
    if odd := [f"--{name.replace('_', '-')}" for name in others]:
        parser.error(f"{', '.join(odd)} belongs to {'FOLDER' if args.space else '--space'}: leave it out.")
    if args.out and (args.private or args.overwrite or args.dry_run):
        parser.error("--out sends nothing to the Hub: leave --private, --overwrite and --dry-run out.")
    common = {"private": args.private, "overwrite": args.overwrite, "dry_run": args.dry_run}
    try:
        if args.space:
            from .space import publish_space

            zoo, sdk = args.checkpoints or Path("checkpoints"), args.sdk or "gradio"
            publish_space(args.space, zoo, sdk, args.with_real, out=args.out, **common)
        else:
            publish(args.folder, args.repo, tag_name=args.tag, licence=args.licence, onnx=args.onnx, **common)
    except KeyboardInterrupt:
        print("\nStopped; the same command continues.", file=sys.stderr)
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
    """Put a checkpoint and its card into a repository; the arguments are those of the command line.

    None after a dry run. Raises CheckpointError if the folder is not whole, PushError if it could not be pushed, or
    only in part.
    """
    import gan_models

    if tag_name is not None:
        check_tag(tag_name)
    recipe, about = read_recipe(folder)
    repo = named(repo, recipe.name, str(about.get("dataset") or "unknown"))
    dataset = str(about.get("dataset") or "unknown data")  # as the card says
    gan_models.load(folder, discriminator=(folder / hub.WEIGHTS[1]).is_file())  # raises if it is damaged
    agree(licence, source(dataset))
    files = content(folder, repo, licence, onnx)
    tell(listing(files))
    if dry_run:
        tell(f"\n{files[CARD].decode()}")
        return None
    title = f"{recipe.title or recipe.name} on {dataset}"
    images = about.get("images")
    title += f", {images:,} images" if isinstance(images, int) else ""
    common = {"private": private, "overwrite": overwrite, "tell": tell}
    pushed = push(repo, files, title, owned={*public.CHECKPOINT, ONNX}.__contains__, **common)
    tagged = tag(repo, pushed.commit, tag_name, tell=tell)
    done = Published(f"{repo}@{tagged}", pushed.commit, pushed.new)
    tell(f"{'Published' if done.new else 'Nothing to do, it is published already'}: {done.name} ({done.commit})")
    return done


def named(template: str, variant: str, dataset: str) -> str:
    """ "user/{variant}-{dataset}" -> "user/dcgan-mnist". Raises PushError if the result is not a repository name."""
    repo = template
    for place, name in (("{variant}", variant), ("{dataset}", dataset)):
        repo = repo.replace(place, re.sub(r"[^\w.-]+", "-", name).strip("-."))
    try:
        repo, revision = hub.parse(repo)
    except CheckpointError:
        repo, revision = "", None
    if not repo or revision:
        raise PushError(f"{template!r} names no repository: it is user/name, and may hold {{variant}} and {{dataset}}.")
    return repo


def agree(licence: str | None, data: Source) -> None:
    """Raises PushError if a licence is not written as the Hub's short names are, or allows more than the licence of the
    training data."""
    if licence is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", licence):
        raise PushError(f"--licence {licence[:60]!r} is no short name of the Hub's, such as mit or cc-by-nc-4.0.")
    if data.weights == "other" and licence not in (None, "other") and "-nc" not in licence:
        raise PushError(f"--licence {licence} does not fit: {data.credit} {terms(data.weights)} Leave it out.")


def ready(template: str, variant: str, dataset: str) -> None:
    """Raises PushError, before a run with --publish begins, if its result could not be published."""
    named(template, variant, dataset)
    token_there()


def content(folder: Path, repo: str, licence: str | None, onnx: bool) -> dict[str, Content]:
    """The files that the repository will contain."""
    from gan_models.latent import directions, encoder
    from gan_models.metrics import record

    from .card import render

    recipe, _ = read_recipe(folder)
    files = {**chosen(folder, public.CHECKPOINT), CARD: render(folder, repo, licence).encode()}
    if not record.current(folder):
        files.pop(record.FILE, None)  # figures of other weights
    for file, read in ((encoder.FILE, encoder.read), (directions.FILE, directions.read)):
        if file in files and not read(folder, recipe):  # raises CheckpointError if it is damaged
            files.pop(file)  # it belongs to other weights, too
    if onnx:
        from .onnx import export

        files[ONNX] = export(folder)
    return files


if __name__ == "__main__":
    sys.exit(main())
