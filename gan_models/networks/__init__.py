"""One file per family, one registered builder each: recipe -> (function that makes G, function that makes D).

Functions, since most who load a checkpoint want only G.

G(z [N, z_dim], y) -> images [N, C, H, W] in [-1, 1]. D(x [N, C, H, W], y) -> Verdict. y is None for an
unconditional recipe, else int64 labels [N]; G also takes mixtures of labels, float [N, K].
"""

from . import dcgan, mlp  # noqa: F401
