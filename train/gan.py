"""Vanilla GAN, fully connected on both sides (Goodfellow et al. 2014, arXiv:1406.2661).

Differs from the paper: Adam for momentum SGD, LeakyReLU for ReLU (G) and maxout (D), tanh for sigmoid.
"""

from gan_models.recipe import Recipe
from train.engine import main

RECIPE = Recipe(
    name="gan",
    title="Vanilla GAN",
    year=2014,
    paper="Goodfellow et al., Generative Adversarial Networks, arXiv:1406.2661",
    summary=(
        "The first one. A generator turns noise into pictures, a discriminator learns to tell them from real ones, "
        "and each trains against the other. Both are plain fully connected networks that do not know that "
        "neighbouring pixels belong together, so pictures come out speckled, and some classes come too often."
    ),
    objective=(
        r"\min_G \max_D \; \mathbb{E}_{x}[\log D(x)] + \mathbb{E}_{z}[\log(1 - D(G(z)))], "
        r"\qquad L_G = -\mathbb{E}_{z}[\log D(G(z))]"
    ),
    network="mlp",
    loss="non_saturating",
    batch=128,
)

if __name__ == "__main__":
    main(RECIPE)
