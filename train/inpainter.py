"""Context encoder (Pathak et al. 2016, arXiv:1604.07379): fills a hole in a picture.

Changes against pix2pix: the given picture lacks a square of half its side length, at a place that differs from picture
to picture. The distance to the truth is L2, as in the paper (equation 1), with 1,000 times the weight of the
adversarial loss (999 in the paper). Differences from the paper: a U-Net with skip connections and a D that sees the
given picture, as in pix2pix; G draws the whole picture instead of the hole alone.
"""

from dataclasses import replace

from train.engine import main
from train.pix2pix import RECIPE as PIX2PIX

RECIPE = replace(
    PIX2PIX,
    name="inpainter",
    title="Context encoder",
    year=2016,
    paper="Pathak et al., Context Encoders: Feature Learning by Inpainting, arXiv:1604.07379",
    parent="pix2pix",
    summary=(
        "A square is cut out of a picture, and the generator fills it so that it fits the pixels around it. The "
        "distance to the truth alone gives a blurred result, because many contents are possible; the discriminator "
        "asks for one that could be real."
    ),
    objective=(
        r"\min_G \max_D \; \mathbb{E}[\log D(x, y)] + \mathbb{E}[\log(1 - D(x, G(x)))]"
        r" + 1000 \, \mathbb{E}\lVert y - G(x) \rVert_2^2"
    ),
    rule="hole",
    g_terms={"l2": 1000},
)

if __name__ == "__main__":
    main(RECIPE)
