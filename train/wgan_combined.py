"""WGAN with augmentation, image smoothing and instance noise together. A critic has no labels to smooth."""

from dataclasses import replace

from train.dcgan_augmented import RECIPE as AUGMENTED
from train.engine import main
from train.wgan import RECIPE as WGAN
from train.wgan_noise_smoothing import RECIPE as NOISE_SMOOTHING

RECIPE = replace(
    WGAN,
    name="wgan_combined",
    title="WGAN + all three",
    year=2020,
    paper=f"{NOISE_SMOOTHING.paper}; {AUGMENTED.paper}",
    parent="wgan",
    summary=(
        "WGAN with three tricks at once: the pictures that the critic sees are shifted at random, and they are "
        "blurred and noisy, less and less during the training. Do the tricks help a critic that is restricted "
        "already?"
    ),
    objective=(
        r"\min_G \max_{\lVert w \rVert_\infty \le c} \; "
        r"\mathbb{E}_{x}[D_w(v(x))] - \mathbb{E}_{z}[D_w(v(G(z)))], "
        r"\qquad v(x) = k_\sigma * T(x) + \epsilon: \text{shift, blur and noise}"
    ),
    views={**AUGMENTED.views, **NOISE_SMOOTHING.views},
)

if __name__ == "__main__":
    main(RECIPE)
