# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A code of one's own
#
# A channel code is an object with `k` and `n`, the bits of a block before and after it, and the
# pair `encode` and `decode`. linksim brings the modulation, the channel, the demapper and the
# counting.

# %%
import numpy as np

import linksim


class Hamming:
    """The Hamming code of 4 bits in 7, decoded by the likeliest of its 16 codewords."""

    k, n = 4, 7

    def __init__(self):
        parity = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
        self.generator = np.hstack([np.eye(4, dtype=int), parity])
        self.messages = np.arange(16)[:, None] >> np.arange(4)[::-1] & 1
        self.signs = 2.0 * self.encode(self.messages) - 1

    def encode(self, bits):
        return (bits @ self.generator % 2).astype(np.uint8)

    def decode(self, llr):
        """Decide by correlation; LLRs are log p(1)/p(0)."""
        return self.messages[np.argmax(llr @ self.signs.T, axis=1)]


# %% [markdown]
# It goes in beside those that come with linksim. Before anything is measured a few blocks are
# tried without noise: a wrong sign would be noticed at once.

# %%
curves = linksim.link_curves(
    [0, 2, 4, 6], [Hamming(), "none"], "bpsk", message_bits=64, max_blocks=20_000
)
curves.plot("ber", "bler", ebno=True)

# %% [markdown]
# At 6 dB per symbol the code is better than no code, rate and all:

# %%
ber = {label: curve.curve("ber")[-1].value for label, curve in curves.items()}
assert ber["hamming"] < ber["none"]
ber

# %% [markdown]
# A constellation of one's own is its points by label. They are scaled to unit energy.

# %%
ring = np.exp(2j * np.pi * np.arange(4) / 4)
points = [*ring, *(2 * ring * np.exp(0.25j * np.pi))]
two_rings = linksim.Modulation.from_points("two-rings", points)
linksim.link_curves([8, 10], "conv:rate=1/2", [two_rings, "8psk"], max_blocks=2_000)
