"""WGAN with instance noise and image smoothing, both fading. A critic has no labels to smooth."""

from dataclasses import replace

from train.dcgan_noise import RECIPE as NOISE
from train.dcgan_smoothing import RECIPE as SMOOTHING
from train.engine import main
from train.wgan import RECIPE as WGAN

RECIPE = replace(
    WGAN,
    name="wgan_noise_smoothing",
    title="WGAN + noise + smoothing",
    paper=f"{WGAN.paper}; {NOISE.paper}",
    parent="wgan",
    summary=(
        "WGAN whose critic sees all pictures blurred and with Gaussian noise, less and less during the training. "
        "Clipping bounds how fast the score of the critic changes, but not which detail it uses: here the critic "
        "sees coarse shapes first, and fine detail later."
    ),
    objective=(
        r"\min_G \max_{\lVert w \rVert_\infty \le c} \; "
        r"\mathbb{E}_{x}[D_w(v(x))] - \mathbb{E}_{z}[D_w(v(G(z)))], "
        r"\qquad v(x) = k_\sigma * x + \epsilon: \text{blur and noise}"
    ),
    views={**SMOOTHING.views, **NOISE.views},
)

if __name__ == "__main__":
    main(RECIPE)
