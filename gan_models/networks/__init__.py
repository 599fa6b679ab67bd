"""One file per family, one registered builder each: recipe -> (function that makes G, function that makes D).

Functions, since most who load a checkpoint want only G.

G(z [N, z_dim], y) -> images [N, C, H, W] in [-1, 1]. D(x [N, C, H, W], y) -> Verdict. y is None for an
unconditional recipe, else int64 labels [N]; G also takes mixtures of labels, float [N, K].

A style-based G says so by `sides`, those of its levels in pixels, coarse to fine. It has two halves:
style(z, y, truncation) -> w [N, w_dim], and draw([w of each level]) -> images. Its builder's name stands in
gan_models/styles.py as well, for those who must know without importing it. A module of D whose output for an image
depends on the others in the batch says `sees_batch = True`.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
