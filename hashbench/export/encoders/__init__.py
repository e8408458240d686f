"""Encoders as ONNX: from frame features to packed codes, without hashbench."""
