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
# # A codec of one's own
#
# A codec says what its messages look like, and turns pictures into them and back. This one sends
# a thumbnail of 16 × 16 pixels, as many bits as UO-ISC sends.

# %%
import torch
from torch.nn.functional import interpolate

import linksim


class Thumbnail(torch.nn.Module):
    """Sends 16 × 16 pixels, a byte for each colour."""

    name, side = "thumbnail", 64
    format = linksim.MessageFormat(count=3 * 16 * 16, width=8)

    def encode(self, images, questions):
        small = interpolate(images, 16, mode="area")
        return linksim.Message((small * 255).round().long().flatten(1), width=8)

    def decode(self, received):
        small = received.values.view(-1, 3, 16, 16) / 255
        return interpolate(small, self.side, mode="bicubic").clamp(0, 1)


# %% [markdown]
# It is swept beside codecs that come with linksim, over the same pictures and the same draws of
# the channel.

# %%
sweeps = linksim.sweep([Thumbnail(), "jpeg2000"], snr=[4, 7, 12], images=16)
sweeps

# %%
match, psnr = sweeps.plot("answer_match", "psnr_of_mse")

# %% [markdown]
# Differences are taken picture by picture, so that what makes one picture harder than another
# cancels.

# %%
sweeps.difference("thumbnail", "jpeg2000", "psnr")

# %% [markdown]
# The first pictures as received are arrays:

# %%
sweeps["thumbnail"].shown["received"].shape

# %% [markdown]
# Pictures and questions of one's own go in as pairs, or as a `Dataset` of PyTorch's:

# %%
pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
pairs = [(picture, "is there a cup?") for picture in pictures]
mine = linksim.sweep(Thumbnail(), snr=12, data=pairs)
assert len(mine["thumbnail"].questions["text"]) == 3
mine
