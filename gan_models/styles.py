"""What is known of style-based networks before one is imported. No torch import."""

STYLED = ("stylegan2",)
"""Networks, by their names in a recipe, whose G has styles to mix: `GAN.sides` is not empty"""
LEVELS = ("coarse", "middle", "fine")
"""Thirds of a style-based network's levels"""
