"""DCGAN with augmentation: D sees all images through DiffAugment (Zhao et al. 2020, arXiv:2006.10738)."""

from dataclasses import replace

from train.dcgan import RECIPE as DCGAN
from train.engine import main

RECIPE = replace(
    DCGAN,
    name="dcgan_augmented",
    title="DCGAN + augmentation",
    year=2020,
    paper="Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training, arXiv:2006.10738",
    parent="dcgan",
    summary=(
        "DCGAN whose discriminator sees every picture, real or generated, shifted at random (colour pictures also "
        "recoloured, and with a square cut out). It cannot learn the training set by heart, and because the "
        "generator's pictures are shifted in the same way, the shift does not show in what it makes."
    ),
    objective=(
        r"L_D = -\mathbb{E}_{x}[\log D(T(x))] - \mathbb{E}_{z}[\log(1 - D(T(G(z))))], "
        r"\qquad L_G = -\mathbb{E}_{z}[\log D(T(G(z)))], \qquad T: \text{random change}"
    ),
    views={"diff_augment": 1.0},
)

if __name__ == "__main__":
    main(RECIPE)
