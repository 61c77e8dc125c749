"""The native CPU path: the whole chain in Numba kernels, no framework."""
