"""R3GAN (Huang et al. 2024, arXiv:2501.05441), simplified: see gan_models/networks/r3gan.py for what differs.

The settings are those of the authors' preset for CIFAR-10, with these exceptions. The learning rate is 1e-3 instead of
2e-4: the weights of a network as narrow as ours are larger, so that a step changes them relatively less. The penalties
weigh ten times as much; few other weights were tried. A batch has 64 pictures instead of 512. There is no augmentation;
theirs grows to a probability of 0.55, and they add the mirror image of every picture. They change their settings
during a burn-in of 20 million images; here they change over the whole run. The half-life of G's average is 20,000
images instead of 5 million. Theirs grows to that during the burn-in; here, as in all our runs, it is at most a
twentieth of the images so far.
"""

from dataclasses import replace

from gan_models.recipe import adam
from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="r3gan",
    title="R3GAN",
    year=2024,
    paper="Huang et al., The GAN is Dead; Long Live the GAN! A Modern GAN Baseline, arXiv:2501.05441",
    parent="dcgan",
    summary=(
        "A GAN without the tricks of ten years, but with a better objective: D compares each real picture with a "
        "generated one, and is penalised for being steep at either. Plain residual networks without any "
        "normalisation then train stably. This version is simplified."
    ),
    objective=(
        r"L_D = \mathbb{E}_{z,x}[f(D(x) - D(G(z)))] + \tfrac{\gamma}{2}\,\mathbb{E}_{x}[\lVert\nabla_x D(x)\rVert_2^2] "
        r"+ \tfrac{\gamma}{2}\,\mathbb{E}_{z}[\lVert\nabla D(G(z))\rVert_2^2], \quad "
        r"L_G = \mathbb{E}_{z,x}[f(D(G(z)) - D(x))], \quad f(t) = \log(1 + e^{-t})"
    ),
    network="r3gan",
    network_args={},
    loss="relativistic",
    d_terms={"r1": 0.5, "r2": 0.5},
    g_optimizer=adam(1e-3, 0.0, 0.9),
    d_optimizer=adam(1e-3, 0.0, 0.9),
    schedule={
        "lr": [1.0, 0.25, "cosine"],
        "beta2": [1.0, 1.1, "cosine"],  # 0.9 -> 0.99
        "r1": [1.0, 0.1, "cosine"],
        "r2": [1.0, 0.1, "cosine"],
    },
    ema_half_life=20_000,
    batch=64,
)

if __name__ == "__main__":
    main(RECIPE)
