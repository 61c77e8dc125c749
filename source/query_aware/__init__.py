"""Query-aware image semantic coding: an answer and a coarse picture, painted out by diffusion."""
