"""The quality of generated pictures in numbers: distances, neighbours, classes, and the feature extractors behind
them."""
