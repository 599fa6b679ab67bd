"""DCGAN (Radford et al. 2015, arXiv:1511.06434): convolutions, BatchNorm, Adam with beta1 = 0.5.

Differences from the paper: z has 64 normal values instead of 100 uniform ones. As in the paper, both networks go down
to 4 x 4 pixels where the side is 4 or 7 times a power of two (28, 32, 64), else to 3 x 3 (40, 48, 80). At 28 pixels
halving the size twice would stop at 7 x 7, and D would see only patches of a picture.
"""

from dataclasses import replace

from train.engine import main
from train.gan import RECIPE as GAN

RECIPE = replace(
    GAN,
    name="dcgan",
    title="DCGAN",
    year=2015,
    paper="Radford et al., Unsupervised Representation Learning with Deep Convolutional GANs, arXiv:1511.06434",
    parent="gan",
    summary=(
        "The same game with convolutional networks. The generator enlarges small feature maps to a picture with "
        "transposed convolutions, the discriminator shrinks a picture with strided ones, and BatchNorm in both keeps "
        "the signal at the same strength from layer to layer. Most later variants start from this architecture."
    ),
    network="dcgan",
    network_args={"g_side": 4, "d_side": 4},
    batch=64,
)

if __name__ == "__main__":
    main(RECIPE)
