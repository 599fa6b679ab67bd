"""What is measured: extractors, references, checkpoints, the worth of tricks and of pictures, the contract."""
