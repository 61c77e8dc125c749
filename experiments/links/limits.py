"""What numbers a simulation of the link takes."""

LIMITS = {
    "message_bits": (1, 1_000_000),
    "block_errors": (1, 1_000_000_000),
    "max_blocks": (1, 1_000_000_000_000),
    "seed": (0, 2**32 - 1),
}
"""Fewest and most, by the names of `linksim.experiments.configuration.LinkConfiguration`."""
