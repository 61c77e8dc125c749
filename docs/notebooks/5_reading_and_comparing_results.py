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
# # Reading and comparing results
#
# `out=` keeps a results file, the same as `linksim sweep` writes. It holds every picture's
# figures, and the command that makes it again.

# %%
import linksim

linksim.sweep(
    ["jpeg2000", "png"],
    snr="2:10:4",
    code="ldpc:rate=1/2",
    images=16,
    out="runs/notebook",
    resume=True,
)
sweeps = linksim.load("runs/notebook/results.h5")
sweeps

# %%
print(sweeps["jpeg2000"].attributes["command"])

# %% [markdown]
# As an xarray `Dataset` it has named dimensions; intervals stand beside the values.

# %%
data = sweeps.to_xarray()
data.answer_match.sel(sweep="jpeg2000").values, data.answer_match_low.sel(sweep="jpeg2000").values

# %% [markdown]
# How hard is each picture? A mean over SNRs, picture by picture:

# %%
data.picture_relevance.mean("snr").to_pandas()

# %% [markdown]
# Is the difference between two codecs more than chance? Paired, by SNR:

# %%
for snr_db, estimate in sweeps.difference("jpeg2000", "png", "answer_match").items():
    print(f"{snr_db:g} dB: {estimate.value:+.2f} [{estimate.low:+.2f}, {estimate.high:+.2f}]")

# %% [markdown]
# Results of a link alone are read and drawn in the same way, and into the same axes.

# %%
link = linksim.link_curves("2:10:2", "ldpc:rate=1/2", "8psk", max_blocks=2_000)
(axes,) = link.plot("bler")
sweeps.plot("bler", axes=axes)
assert len(axes.get_legend_handles_labels()[1]) == 3

# %% [markdown]
# One page for everybody who has a browser:

# %%
sweeps.report("runs/notebook/report.html")
