"""What leaves this machine: model cards, the Hub, a Space, ONNX."""
