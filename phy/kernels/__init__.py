"""What compiled kernels are made of: compilation, vectors, functions, random numbers."""
