"""LSGAN (Mao et al. 2017, arXiv:1611.04076): squared error instead of cross-entropy.

Of the paper's two choices of targets this is equation 9: 0 for generated and 1 for real images, and 1 for G. Equation 8
is `--loss-args a=-1 c=0`. Differences from the paper: networks and learning rates are DCGAN's.
"""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="lsgan",
    title="LSGAN",
    year=2017,
    paper="Mao et al., Least Squares Generative Adversarial Networks, arXiv:1611.04076",
    parent="dcgan",
    summary=(
        "DCGAN with squared error as its loss: real pictures should score 1, generated ones 0. Cross-entropy hardly "
        "moves a generated picture any more once the discriminator takes it for real; squared error still pulls its "
        "score towards that of the real ones, the more strongly the further away it is."
    ),
    objective=(
        r"L_D = \tfrac12 \mathbb{E}_{x}[(D(x) - 1)^2] + \tfrac12 \mathbb{E}_{z}[D(G(z))^2], "
        r"\qquad L_G = \tfrac12 \mathbb{E}_{z}[(D(G(z)) - 1)^2]"
    ),
    loss="least_squares",
)

if __name__ == "__main__":
    main(RECIPE)
