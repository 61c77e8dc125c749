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
# # A picture and a question over a noisy link
#
# UO-ISC sends the features of a picture that matter to a question. The receiver decodes a picture
# from what arrives, and a LLaVA answers the question about it.

# %%
from matplotlib import pyplot

import linksim
from linksim.source.scenes import draw_scene

scene = draw_scene(seed=2**32, number=7)  # a scene that no training ever saw
scene.image.shape, scene.image.dtype

# %%
question = "how many things are there?"
good = linksim.transmit(scene.image, question, codec="uo_isc", snr=15)
good

# %% [markdown]
# Several SNRs encode the picture once. What arrives are arrays and numbers.

# %%
sent = linksim.transmit(scene.image, question, codec="uo_isc", snr=[0, 3, 6, 12])
figure, panels = pyplot.subplots(1, 5, figsize=(12, 3), layout="constrained")
panels[0].imshow(sent[0].original)
panels[0].set_title(f"original\n{sent[0].wanted}")
for axes, one in zip(panels[1:], sent, strict=True):
    axes.imshow(one.picture)
    axes.set_title(f"{one.snr_db:g} dB\n{one.answer}")
for axes in panels:
    axes.set_axis_off()

# %% [markdown]
# Relevance loss is 0 where the model sees in the received picture what it sees in the original.

# %%
[(one.snr_db, round(one.relevance, 3), round(one.psnr_db, 1), one.bit_errors) for one in sent]

# %%
assert sent[-1].relevance < sent[0].relevance
assert sent[-1].bit_errors == 0
