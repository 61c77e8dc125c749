"""The engine on a GPU: CUDA kernels, which also compile for the processor, for proof."""
