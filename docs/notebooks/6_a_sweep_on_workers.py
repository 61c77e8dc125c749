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
# # A sweep on workers
#
# One process uses all cores by itself. Workers pay on several GPUs, or on several machines: each
# loads its own models and does pieces of work. No figure depends on who did what.

# %%
import linksim

alone = linksim.sweep("jpeg2000", snr=[4, 10], images=32, device="cpu", threads=1)
shared = linksim.sweep("jpeg2000", snr=[4, 10], images=32, device="cpu", threads=1, workers=2)

# %%
for metric in ("ber", "answer_match", "relevance"):
    assert alone["jpeg2000"].curve(metric) == shared["jpeg2000"].curve(metric)
shared

# %% [markdown]
# With `scheduler="tls://…"` the workers of a Dask scheduler do it, on a cluster;
# `docs/cluster.md` says how to start them. `out=` and `resume=True` go on with what a killed run
# had done.
#
# Workers know codecs by their names. A codec that is defined in a cell is this process's alone,
# and is refused:

# %%
import torch


class Grey(torch.nn.Module):
    """Sends nothing but grey."""

    name, side, format = "grey", 64, linksim.MessageFormat(count=1, width=8)

    def encode(self, images, questions):
        return linksim.Message((255 * images.mean((1, 2, 3))).long()[:, None], width=8)

    def decode(self, received):
        return (received.values / 255).view(-1, 1, 1, 1).expand(-1, 3, 64, 64)


try:
    linksim.sweep(Grey(), snr=10, images=16, workers=2)
except ValueError as error:
    print(error)
