"""SNGAN (Miyato et al. 2018, arXiv:1802.05957): spectral norm on every layer of D, hinge loss, residual networks.

The learning rate falls linearly to 0, as in the authors' settings for CIFAR-10. Differences from the paper: one
residual block for each doubling of the size, with twice the channels at half the side (the paper's networks for
CIFAR-10 have 256 in all of G and 128 in all of D), and z has 64 values instead of 128.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="sngan",
    title="SNGAN",
    year=2018,
    paper="Miyato et al., Spectral Normalization for Generative Adversarial Networks, arXiv:1802.05957",
    parent="dcgan",
    summary=(
        "The weights of every layer of the discriminator are divided by their largest singular value, so that no "
        "layer can enlarge the difference between two pictures. This bounds the slope at every point, which is also "
        "the aim of WGAN's clipping and of the gradient penalty, and takes little computation. It is used with "
        "residual networks and the hinge loss, which ignores every picture that the discriminator judges rightly "
        "by a clear margin."
    ),
    objective=(
        r"L_D = \mathbb{E}_{x}[\max(0, 1 - D(x))] + \mathbb{E}_{z}[\max(0, 1 + D(G(z)))], "
        r"\quad L_G = -\mathbb{E}_{z}[D(G(z))], \qquad W \leftarrow W / \sigma(W),\; "
        r"\sigma: \text{largest singular value}"
    ),
    network="resnet",
    network_args={"d_spectral": True},
    loss="hinge",
    critic_steps=5,
    g_optimizer=adam(2e-4, 0.0, 0.9),
    d_optimizer=adam(2e-4, 0.0, 0.9),
    schedule={"lr": [1.0, 0.0]},
)

if __name__ == "__main__":
    main(RECIPE)
