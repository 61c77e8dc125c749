"""Training of DeepJSCC: pictures through a random channel and back.

One network learns all SNRs at once, with and without fading. The loss is the logarithm of each
picture's squared error, so PSNR: of the error itself, noisy channels would have nearly all. As
every codec that is compared on animals, it sees none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.cores import Desk
from linksim.experiments.data.scenes import images_of
from linksim.experiments.data.worlds import samples_of
from linksim.experiments.report.tables import cost_line, format_estimate
from linksim.experiments.results.estimates import mean, rate
from linksim.experiments.results.fidelity import PSNR, PSNR_OF_MSE, average
from linksim.experiments.sweeps.measurement import Measurement
from linksim.experiments.text_out import align
from linksim.experiments.training.asked_batches import scene_batches
from linksim.link import TorchChannel, connect
from linksim.phy import ChannelSpec, PhySetup
from linksim.source import AnyCodec
from linksim.source.deepjscc.model import DeepJscc, symbols_of
from linksim.source.message import ReceivedSymbols
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.preset import SMALL

SNR_DB = (-5.0, 20.0)
"""Each picture's Es/N0 is drawn from this range."""

_LEAST_ERROR = 1e-5  # below which a picture is good enough
_SCORED_DB = (-5.0, 0.0, 5.0, 10.0, 20.0)
_SEED = 1_000_000  # apart from the scenes of sweeps
_NOISE_SEED = 1 << 40  # apart from the noise of sweeps


@dataclass(frozen=True)
class ChannelBatch:
    """Pictures, and what each one's symbols meet.

    Attributes:
        images: float32 ``[B, 3, H, W]`` in 0..1.
        snr_db: Es/N0 of each, float64 ``[B]``.
        frames: number of each, int64 ``[B]``.
    """

    images: torch.Tensor
    snr_db: np.ndarray
    frames: np.ndarray


class DeepJsccRecipe:
    """Half of each batch meets AWGN, half Rayleigh fading that is another for every symbol."""

    learning_rate = 1e-3

    def __init__(self, seed: int, device: str, batch_size: int = 16, world: str = SMALL) -> None:
        torch.manual_seed(seed)
        self._scenes = scene_batches(world, seed)
        self.side = side = self._scenes.side
        self.model = DeepJscc().to(device).to(memory_format=torch.channels_last)
        self._seed, self._device, self.batch_size = seed, device, batch_size
        self.channels = tuple(
            TorchChannel(symbols_of((side, side)), ChannelSpec(name), _NOISE_SEED + seed)
            for name in ("rayleigh", "awgn")
        )

    def draw(self, step: int) -> ChannelBatch:
        scenes = self._scenes.scenes(step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 2], counter=[0, 0, step, 0]))
        frames = step * self.batch_size + np.arange(self.batch_size)
        return ChannelBatch(images_of(scenes), rng.uniform(*SNR_DB, self.batch_size), frames)

    def transmit(self, symbols: torch.Tensor, batch: ChannelBatch) -> ReceivedSymbols:
        """Send a batch's symbols, complex64 ``[B, symbols]``: the first half of it fades."""
        half = self.batch_size // 2
        halves = [
            channel(symbols[rows], batch.snr_db[rows], batch.frames[rows])
            for channel, rows in zip(self.channels, (slice(half), slice(half, None)), strict=True)
            if len(symbols[rows])
        ]
        values, n0 = [each.values for each in halves], [each.n0 for each in halves]
        return ReceivedSymbols(torch.cat(values), torch.cat(n0))

    def loss(self, batch: ChannelBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        images = batch.images.to(self._device)
        arrived = self.transmit(self.model.encode(images), batch)
        received = self.model.decode(
            arrived.values, arrived.n0, (images.shape[-2], images.shape[-1])
        )
        error = (received - images).square().mean(dim=(1, 2, 3))
        loss = (error + _LEAST_ERROR).log().mean()
        return loss, {"psnr": -10 * error.detach().log10().mean().item()}


def score_deepjscc(codec: AnyCodec, llava: Llava, scenes: int = 1000, world: str = SMALL) -> str:
    """Return answer match and fidelity over AWGN at several SNRs, as a table."""
    samples = samples_of(world)(scenes, _SEED)
    measurement = Measurement(samples, codec, llava, llava.device, Desk())
    link, groups = connect(codec, PhySetup()), measurement.prepare(range(scenes))
    wanted = [answer for group in groups for answer in group.wanted.answers[: group.used]]
    rows = [["Es/N0 dB", "answer match", "relevance loss", "PSNR dB", "PSNR of MSE", "SSIM"]]
    for snr_db in _SCORED_DB:
        found = measurement.measure(link, groups, snr_db)
        match = rate(found["answers"] == np.array(wanted), 1.0)
        psnr = [average(name, found["psnr"]) for name in (PSNR, PSNR_OF_MSE)]
        fidelity = [mean(found["relevance"]), *psnr, mean(found["ssim"])]
        rows.append([f"{snr_db:g}", *map(format_estimate, (match, *fidelity))])
    symbols = float(measurement.costs(link, groups)["symbols"].mean())
    return f"{align(rows)}\n{cost_line(0, symbols)} per picture, AWGN"
