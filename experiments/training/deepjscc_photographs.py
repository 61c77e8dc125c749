"""Training of DeepJSCC on photographs: crops through the channel that sweeps have, and back.

The loss is the logarithm of each crop's squared error, so PSNR. Networks compute in bfloat16, and
what they send and how it is scored in single precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import mean
from linksim.experiments.sweeps.similarity import psnr
from linksim.experiments.text_out import align
from linksim.experiments.training.crops import Crops
from linksim.experiments.training.deepjscc import ChannelBatch
from linksim.link import TorchChannel, connect
from linksim.phy import ChannelSpec, PhySetup, PhySpec
from linksim.source.deepjscc.codec import AdaptiveResidualCodec, FixedResidualCodec
from linksim.source.deepjscc.residual import STRIDE, ResidualConfig, ResidualJscc
from linksim.source.pictures import Framing, load_picture
from linksim.source.sizes import Sizes

CROP = 128
"""Pixels a side."""

_LEAST_ERROR = 1e-5  # below which a crop is good enough
_NOISE_SEED = 1 << 40  # apart from the noise of sweeps
_SCORED = 5  # SNRs, from the lowest to the highest


class PhotographRecipe:
    """Crops over one channel, each at an SNR drawn from a range.

    Args:
        config: of the networks.
        crops: that they learn from.
        channel: what symbols meet.
        seed: of weights, SNRs and noise.
    """

    learning_rate = 1e-3

    def __init__(
        self,
        config: ResidualConfig,
        crops: Crops,
        channel: ChannelSpec,
        seed: int,
        device: torch.device,
        batch_size: int = 8,
    ) -> None:
        torch.manual_seed(seed)
        self.model = ResidualJscc(config).to(device).to(memory_format=torch.channels_last)
        self.batch_size = batch_size
        self._crops, self._seed, self._device = crops, seed, device
        self._channel = TorchChannel(config.symbols_of((CROP, CROP)), channel, _NOISE_SEED + seed)

    def draw(self, step: int) -> ChannelBatch:
        first = step * self.batch_size
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 7], counter=[0, 0, step, 0]))
        snr_db = rng.uniform(*self.model.config.snr_db, self.batch_size)
        frames = first + np.arange(self.batch_size)
        return ChannelBatch(self._crops.draw(first, self.batch_size), snr_db, frames)

    def loss(self, batch: ChannelBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        images = batch.images.to(self._device, memory_format=torch.channels_last)
        snr_db = torch.from_numpy(batch.snr_db).float().to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16):
            sent = self.model.encode(images, snr_db)
            arrived = self._channel(sent, batch.snr_db, batch.frames)
            received = self.model.decode(arrived.values, arrived.n0, (CROP, CROP))
        error = (received - images).square().mean(dim=(1, 2, 3))
        loss = (error + _LEAST_ERROR).log().mean()
        return loss, {"psnr": -10 * error.detach().log10().mean().item()}


@torch.no_grad()
def score_photographs(
    codec: FixedResidualCodec | AdaptiveResidualCodec,
    pictures: Sequence[Path],
    channel: ChannelSpec,
) -> str:
    """Return the PSNR of photographs at several SNRs, as a table."""
    low, high = codec.model.config.snr_db
    points = sorted({round(float(x), 2) for x in np.linspace(low, high, _SCORED)})
    setup, framing = PhySetup(PhySpec(channel=channel)), Framing(sizes=Sizes(STRIDE))
    rows = [["Es/N0 dB", "PSNR dB"]]
    found = np.empty((len(points), len(pictures)))
    for number, file in enumerate(pictures):
        image = load_picture(file, framing)[None]
        fitted = codec.fitted(*image.shape[2:])
        link, message = connect(fitted, setup), fitted.encode(image, [""])
        for place, snr_db in enumerate(points):
            shown = link.deliver(message, snr_db, [number]).images.cpu().clamp(0, 1)
            found[place, number] = float(psnr(image, shown))
    rows += [
        [f"{snr_db:g}", format_estimate(mean(found[place]))] for place, snr_db in enumerate(points)
    ]
    return f"{align(rows)}\nCBR {codec.model.config.cbr}, {channel.name}, {len(pictures)} pictures"
