"""How good generated pictures are, in numbers: distances, neighbours, classes, and the networks that see for them."""
