"""UO-ISC over the link, whole and stage by stage, beside the image encoder of its CLIP alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from linksim.experiments.bench.chains import SNRS_DB
from linksim.experiments.bench.turns import clock_of, one_core, take_turns
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.sweeps.measurement import GROUP
from linksim.link import connect
from linksim.phy import PhySetup
from linksim.source.uo_isc.codec import UoIscCodec, build, fill
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import Preset

BARE, WHOLE, LINK = "CLIP's image encoder alone", "the whole codec over the link", "link"
POINT = "BLER 1e-2"
"""The SNR, by its name in `SNRS_DB`: where the channel decoder works hard and pictures arrive."""


@dataclass(frozen=True)
class CodecSpeed:
    """How long each piece of work takes.

    Attributes:
        codec: its name and its preset's.
        trained: whether it has its weights, or random ones.
        questions: how many of the pictures' questions are distinct.
        engine: of the physical layer.
        rounds: seconds for `GROUP` pictures, by piece of work; one entry for each round.
    """

    codec: str
    trained: bool
    questions: int
    engine: str
    rounds: dict[str, np.ndarray]

    @property
    def stages(self) -> list[str]:
        """The pieces that make up the whole, in their order."""
        return [name for name in self.rounds if name not in (BARE, WHOLE)]

    def pictures_per_second(self, name: str) -> float:
        """Return the median over the rounds."""
        return float(GROUP / np.median(self.rounds[name]))

    def ratio(self, name: str, reference: str) -> float:
        """Return how long a piece takes by another's measure, the median over the rounds."""
        return float(np.median(self.rounds[name] / self.rounds[reference]))

    def added_by(self, stage: str) -> float:
        """Return what a stage takes over what all others take, the median over the rounds."""
        others = np.sum([self.rounds[name] for name in self.stages if name != stage], axis=0)
        return float(np.median(self.rounds[stage] / others))


def speed_codec(preset: Preset, device: torch.device, variant: str, trained: bool) -> UoIscCodec:
    """Return the codec to measure.

    Args:
        variant: what follows ``uo_isc:``, empty for UO-ISC itself.
        trained: whether with its weights; if not, all are random, CLIP's too.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if weights are missing or damaged.
    """
    if trained:
        codec = build(preset, device, variant)
        fill(codec, model_folder(codec.variant.weights, preset), preset)
        return codec
    untrained = replace(preset, uo_isc=preset.uo_isc | {"pretrained": False})
    codec = build(untrained, device, variant)
    codec.model.eval().requires_grad_(False)
    return codec


def codec_speed(codec: UoIscCodec, preset: Preset, trained: bool) -> CodecSpeed:
    """Measure a group of scenes with their questions at `POINT`, LDPC of rate 1/2 and 8-PSK.

    All pieces of work take turns, round by round: what slows the machine down slows them all. On a
    CPU the measure is CPU time on one core, on a GPU wall time.
    """
    device = codec.clip.device
    samples = [SceneSamples(GROUP, 0).sample(number, codec.side) for number in range(GROUP)]
    images = torch.stack([sample.image for sample in samples]).to(device)
    questions = [sample.question for sample in samples]
    with one_core():
        work, engine = _work(codec, images, questions)
        rounds = take_turns(work, clock_of(device))
    name = f"{codec.name} of the preset {preset.name}"
    return CodecSpeed(name, trained, len(set(questions)), engine, rounds)


def _work(
    codec: UoIscCodec, images: torch.Tensor, questions: list[str]
) -> tuple[dict[str, Callable[[], object]], str]:
    """Return the pieces of work, the stages in their order, and the link's engine."""
    snr_db, frames = SNRS_DB[POINT], range(GROUP)
    message = codec.encode(images, questions)
    link = connect(codec, PhySetup(threads=1))
    with torch.no_grad():
        observed = codec.observe(images, questions)
    received = link.send(message, snr_db, frames).received

    def tower() -> object:
        with torch.no_grad():
            return codec.clip.layer_features(images, codec.model.config.layers)

    stages: dict[str, Callable[[], object]] = {
        "CLIP's image tower": tower,
        "CLIP's text tower": lambda: codec.clip.embed_texts(questions),
        "alignment and quantisation": lambda: codec.model.encode(*observed),
        LINK: lambda: link.send(message, snr_db, frames),
        "decoder": lambda: link.decode(received),
    }
    if not codec.variant.text:
        del stages["CLIP's text tower"]
    whole = {
        BARE: lambda: codec.clip.embed_images(images),
        WHOLE: lambda: link.deliver(codec.encode(images, questions), snr_db, frames),
    }
    return {**whole, **stages}, link.engine
