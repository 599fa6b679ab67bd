"""Write a generator as ONNX: `python -m train onnx FOLDER` makes FOLDER/generator.onnx, for use without PyTorch.

Inputs: latent [N, z_dim] float32; label [N] int64, in conditional variants only; truncation [] float32, 1 = none (see
gan_models.sampling). Output: image [N, C, H, W] in [-1, 1]. Before the file is written, the pictures of onnxruntime are
compared with PyTorch's. Needs requirements/onnx.txt.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from pathlib import Path

from gan_models.disk import replacing
from gan_models.folder import CheckpointError, one_line
from gan_models.home import install

TOLERANCE = 1e-4
"""Largest allowed difference of a value of an image in [-1, 1]"""
OPSET = 18
NAME = "generator.onnx"


class ExportError(ValueError):
    """A generator that could not be exported: the message is one sentence."""


def export(folder: Path) -> bytes:
    """The ONNX file of a checkpoint. Raises CheckpointError if the folder is not whole, ExportError if the tools are
    missing or the export draws different pictures."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ExportError(f"{error.name} is missing: {install('onnx')}.") from error
    import torch

    import gan_models

    gan = gan_models.load(folder, kind=gan_models.Recipe)
    example = [*inputs(gan, 3, 0), torch.tensor(0.7)]
    names = ["latent", "label", "truncation"] if gan.recipe.classes else ["latent", "truncation"]
    shapes = [{0: torch.export.Dim("N", min=1)}] * (len(names) - 1) + [{}]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logging.getLogger("torch.onnx").setLevel(logging.ERROR)
            made = torch.onnx.export(
                drawer(gan), tuple(example), input_names=names, output_names=["image"], opset_version=OPSET,
                dynamo=True, dynamic_shapes=tuple(shapes), external_data=False, verbose=False,
            )  # fmt: skip
    except Exception as error:  # the exporter can raise many kinds
        raise ExportError(f"{folder} cannot be exported: {one_line(error)}") from error
    content = bare(made.model_proto).SerializeToString(deterministic=True)
    apart = difference(gan, content)
    if not apart <= TOLERANCE:
        raise ExportError(f"{folder}: the export draws different pictures, by {apart:.2g} (limit {TOLERANCE:g}).")
    return content


def bare(proto):
    """The same model without the exporter's notes, which contain paths of this machine."""
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    return proto


def drawer(gan):
    """The generator as a module of latent, label (if it takes one) and truncation, a tensor."""
    import torch

    class Drawer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.G = gan.G

        def draw(self, z, y, truncation):
            if not gan.sides:
                return self.G(z * truncation, y)
            mean = self.G.style(z, y, 0.0)
            w = mean + truncation * (self.G.style(z, y) - mean)
            return self.G.draw([w] * len(gan.sides))

    class Labelled(Drawer):
        def forward(self, latent, label, truncation):
            return self.draw(latent, label, truncation)

    class Plain(Drawer):
        def forward(self, latent, truncation):
            return self.draw(latent, None, truncation)

    return (Labelled if gan.recipe.classes else Plain)().eval()


def inputs(gan, n: int, first: int) -> list:
    """Latents of the seeds from `first`, and, in a conditional variant, their classes."""
    import torch

    from gan_models.sampling import latents

    seeds = list(range(first, first + n))
    labels = gan.labels_of(seeds)
    return [latents(seeds, gan.recipe.z_dim), *([] if labels is None else [torch.tensor(labels)])]


def difference(gan, content: bytes) -> float:
    """The largest difference between a value drawn by onnxruntime and the same value drawn by PyTorch."""
    import numpy as np
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names, apart = [one.name for one in session.get_inputs()], 0.0
    for n, truncation in ((1, 1.0), (5, 1.0), (4, 0.5), (2, 0.0)):
        asked = inputs(gan, n, 100)
        with torch.inference_mode():
            ours = gan(*asked, truncation=truncation).numpy()
        values = [*(t.numpy() for t in asked), np.asarray(truncation, np.float32)]
        (theirs,) = session.run(["image"], dict(zip(names, values, strict=True)))
        apart = max(apart, float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf"))
    return apart


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train onnx", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a checkpoint: checkpoints/mnist/dcgan")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"default: FOLDER/{NAME}")
    args = parser.parse_args(argv)
    out = args.out or args.folder / NAME
    try:
        if args.out and (out.is_dir() or not out.parent.is_dir()):  # before the export, which takes a while
            raise ExportError(f"--out {out} names no file in a folder that exists.")
        content = export(args.folder)
        with replacing(out) as file:
            file.write(content)
    except (CheckpointError, ExportError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(f"{out}: {out.stat().st_size:,} bytes, within {TOLERANCE:g} of PyTorch's pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
