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
# # A first curve
#
# How often does a block of bits arrive wrong? Random bits go through a channel code, a modulation
# and a noisy channel, until enough blocks are wrong to know the rate well.

# %%
import linksim

link = linksim.link_curves("4:7:0.5", "ldpc:rate=1/2", "8psk", max_blocks=20_000)
link

# %% [markdown]
# SNR is Es/N0: energy per channel symbol over N0. Intervals hold the true rate with 95 %
# confidence. A curve ends where no error is seen any more.

# %%
bler, ber = link.plot("bler", "ber")
bler.set_title("LDPC 1/2 with 8-PSK, AWGN")

# %% [markdown]
# Several codes and modulations make a curve for each combination. Over Eb/N0, per information
# bit, a lower rate pays for its redundancy.

# %%
codes = linksim.link_curves(
    [0, 2, 4, 6], ["ldpc:rate=1/2", "conv:rate=1/2", "none"], "qpsk", max_blocks=5_000
)
(axes,) = codes.plot("bler", ebno=True)
axes.set_xlim(-1, 6)

# %% [markdown]
# The numbers behind it, as pandas has them:

# %%
frame = codes.to_pandas()
frame[frame.metric == "bler"].pivot(index="snr_db", columns="curve", values="value")
