"""AC-GAN (Odena et al. 2016, arXiv:1610.09585): D names the class as well as judging.

Differs from the paper: the class term on generated images weighs 0.2 in D, for otherwise its gradient outgrows the game
early on and pictures of one class become alike. Spectral norm in D for BatchNorm, which others use against that, learns
slower: 1.55 for 0.53 after 40,000 images at the same rates (FD-mnist-cnn, width 32, one seed).
"""

from dataclasses import replace

from train.cgan import RECIPE as CGAN
from train.engine import main

RECIPE = replace(
    CGAN,
    name="acgan",
    title="AC-GAN",
    year=2016,
    paper="Odena et al., Conditional Image Synthesis With Auxiliary Classifier GANs, arXiv:1610.09585",
    parent="cgan",
    summary=(
        "The discriminator is not told the label but has to predict it, and both networks are rewarded when the "
        "prediction is right. The class of each picture becomes very clear, but pictures of one class can become "
        "alike."
    ),
    objective=(
        r"L_S = \mathbb{E}[\log P(\mathrm{real} \mid x)] + \mathbb{E}[\log P(\mathrm{fake} \mid G(z,y))], \quad "
        r"L_C = \mathbb{E}[\log P(y \mid x)] + \mathbb{E}[\log P(y \mid G(z,y))], \quad "
        r"D: \max L_S + L_C, \; G: \max L_C - L_S"
    ),
    network_args={**CGAN.network_args, "labels": "auxiliary"},
    d_terms={"classify_real": 1.0, "classify_fake": 0.2},
    g_terms={"classify_fake": 1.0},
)

if __name__ == "__main__":
    main(RECIPE)
