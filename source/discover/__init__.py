"""DISCOVER: the objects that a task needs as a structured bitstream; diffusion fills the rest."""
