"""DCGAN with augmentation, smoothing and instance noise together."""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.dcgan_augmented import RECIPE as AUGMENTED
from train.dcgan_noise import RECIPE as NOISE
from train.dcgan_smoothing import RECIPE as SMOOTHING
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="dcgan_combined",
    title="DCGAN + all three",
    year=2020,
    paper="; ".join(r.paper for r in (SMOOTHING, NOISE, AUGMENTED)),
    parent="dcgan",
    summary=(
        "DCGAN with three tricks at once: the pictures that the discriminator sees are shifted at random, and they "
        "are blurred and noisy, less and less during the training; and its labels are smoothed. Do the effects add "
        "up?"
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x}[(1-s)\log D(v(x)) + s\log(1 - D(v(x)))] - \mathbb{E}_{z}[\log(1 - D(v(G(z))))], "
        r"\qquad v(x) = k_\sigma * T(x) + \epsilon: \text{shift, blur and noise}"
    ),
    loss_args=SMOOTHING.loss_args,
    views={**AUGMENTED.views, **SMOOTHING.views, **NOISE.views},
)

if __name__ == "__main__":
    main(RECIPE)
