"""pix2pix (Isola et al. 2017, arXiv:1611.07004): G turns one picture into another, and D sees both.

Changes against DCGAN: G takes a picture (a U-Net with skip connections), D judges patches of the given and the
generated picture together, and 100 times the L1 distance to the truth is added to G's loss. Differences from the paper:
narrow networks for 28 pixels, batches of 16 pictures instead of 1, averaged weights of G, and no dropout, so that the
same picture always gives the same answer.
"""

from gan_models.recipe import TranslatorRecipe, adam
from train.engine import main

RECIPE = TranslatorRecipe(
    name="pix2pix",
    title="pix2pix",
    year=2017,
    paper="Isola et al., Image-to-Image Translation with Conditional Adversarial Networks, arXiv:1611.07004",
    summary=(
        "The generator turns a picture, outlines for instance, into another one. It is trained on pairs of both: the "
        "distance to the truth determines the large forms, and a discriminator that sees the given picture and the "
        "answer together, patch by patch, makes textures sharp, which the distance alone would blur to the mean of "
        "all answers."
    ),
    objective=(
        r"\min_G \max_D \; \mathbb{E}[\log D(x, y)] + \mathbb{E}[\log(1 - D(x, G(x)))]"
        r" + 100 \, \mathbb{E}\lVert y - G(x) \rVert_1"
    ),
    network="unet",
    rule="edges",
    d_sees_given=True,
    g_terms={"l1": 100},
    g_optimizer=adam(2e-4, 0.5, 0.999),
    d_optimizer=adam(2e-4, 0.5, 0.999),
    batch=16,
)

if __name__ == "__main__":
    main(RECIPE)
