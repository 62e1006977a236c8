"""Models: ONNX and classical, behind one promptable interface."""
