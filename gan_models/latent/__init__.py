"""What can be done with a trained generator and a picture: find its latent, restore it, steer it, judge it.

>>> gan = gan_models.load("mnist/dcgan", latent=True)
>>> found = fit(gan, pictures)                        # rebuilds uint8 [N, H, W, C]
>>> found.pictures[:, 0], found.psnr[:, 0]            # the best answer for each, and its error in dB

docs/latent.md explains the methods and gives figures.
"""

from .fit import Fit, fit
from .operators import OPERATORS, Operator, operator

__all__ = ["OPERATORS", "Fit", "Operator", "fit", "operator"]
