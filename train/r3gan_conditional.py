"""R3GAN that takes labels, as in the paper's runs on CIFAR-10 and ImageNet (Huang et al. 2024, arXiv:2501.05441)."""

from dataclasses import replace

from train.engine import main
from train.r3gan import RECIPE as R3GAN

RECIPE = replace(
    R3GAN,
    name="r3gan_conditional",
    title="Conditional R3GAN",
    parent="r3gan",
    summary=(
        "R3GAN that is told which class to draw: G's first maps depend on the label as well as on the latent, and D "
        "compares a real and a generated picture of the same class."
    ),
    objective=(
        r"L_D = \mathbb{E}_{z,x,y}[f(D(x \mid y) - D(G(z, y) \mid y))] "
        r"+ \tfrac{\gamma}{2}\,\mathbb{E}_{x,y}[\lVert\nabla_x D(x \mid y)\rVert_2^2] "
        r"+ \tfrac{\gamma}{2}\,\mathbb{E}_{z,y}[\lVert\nabla D(G(z, y) \mid y)\rVert_2^2], \quad "
        r"L_G = \mathbb{E}_{z,x,y}[f(D(G(z, y) \mid y) - D(x \mid y))]"
    ),
    conditional=True,
)

if __name__ == "__main__":
    main(RECIPE)
