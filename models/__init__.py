"""The shipped classifier, digits.onnx, and its model card."""
