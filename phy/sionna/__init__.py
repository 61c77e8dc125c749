"""Engines made of Sionna's blocks, on TensorFlow or PyTorch."""
