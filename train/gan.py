"""Vanilla GAN with fully connected networks (Goodfellow et al. 2014, arXiv:1406.2661).

Differences from the paper: Adam instead of SGD with momentum, LeakyReLU instead of ReLU in G and of maxout in D, tanh
instead of the sigmoid.
"""

from gan_models.recipe import Recipe
from train.engine import main

RECIPE = Recipe(
    name="gan",
    title="Vanilla GAN",
    year=2014,
    paper="Goodfellow et al., Generative Adversarial Networks, arXiv:1406.2661",
    summary=(
        "The first GAN. A generator turns random numbers into pictures, a discriminator learns to tell them from "
        "real ones, and the two are trained against each other. Both are fully connected networks, which do not know "
        "which pixels are neighbours, so the pictures are speckled, and some classes are drawn too often."
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
