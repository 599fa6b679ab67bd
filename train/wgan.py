"""WGAN with weight clipping (Arjovsky et al. 2017, arXiv:1701.07875).

Differences from the paper's code: always 5 critic steps; the authors take 100 during the first 25 steps of G.
"""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RMSPROP = {"name": "RMSprop", "lr": 5e-5}

RECIPE = replace(
    DCGAN,
    name="wgan",
    title="WGAN",
    year=2017,
    paper="Arjovsky et al., Wasserstein GAN, arXiv:1701.07875",
    parent="dcgan",
    summary=(
        "The discriminator becomes a critic: no probability, but a score whose mean difference between real and "
        "generated pictures estimates how far apart the two distributions are. For that its slope must be bounded, "
        "which is done by clipping each weight to the range from −c to c. Training is slow; the loss is meant to fall "
        "while the pictures improve."
    ),
    objective=(
        r"\min_G \max_{\lVert w \rVert_\infty \le c} \; "
        r"\mathbb{E}_{x}[D_w(x)] - \mathbb{E}_{z}[D_w(G(z))]"
    ),
    loss="wasserstein",
    critic_steps=5,
    weight_clip=0.01,
    g_optimizer=RMSPROP,
    d_optimizer=RMSPROP,
)

if __name__ == "__main__":
    main(RECIPE)
