"""Publishing: model cards, the Hub, a Space, ONNX."""
