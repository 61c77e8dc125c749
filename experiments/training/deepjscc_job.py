"""The training of DeepJSCC, from scenes or photographs to weights with a card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linksim.experiments.configuration import SCENES_DRAWN, last_part, parse_snr
from linksim.experiments.faults import Fault
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.crops import Crops
from linksim.experiments.training.deepjscc import DeepJsccRecipe, score_deepjscc
from linksim.experiments.training.deepjscc_photographs import (
    CROP,
    PhotographRecipe,
    score_photographs,
)
from linksim.experiments.training.job import Job, Request, finish
from linksim.experiments.training.saving import save_half
from linksim.link.cbr import parse_cbr
from linksim.phy import ChannelSpec
from linksim.source.deepjscc import codec as deepjscc
from linksim.source.deepjscc.residual import CONFIG_FILE, ResidualConfig
from linksim.source.refused import Refused
from linksim.source.zoo.loading import load_llava, load_weights

_OF_PHOTOGRAPHS = ("cbr", "snr", "channel")


@dataclass(frozen=True)
class PhotographJob(Job):
    """Training on photographs.

    Attributes:
        data: their folder.
        names: a digest of which they are.
        cbr, snr, channel: as they were given.
    """

    data: str
    names: str
    cbr: str
    snr: str
    channel: str

    def options(self) -> dict[str, Any]:
        folder = f"{last_part('data', self.data)} ({self.names})"
        own = {"cbr": self.cbr, "snr": self.snr, "channel": self.channel}
        return super().options() | {"data": folder} | own

    def command(self) -> str:
        data = f"--data {last_part('data', self.data)}"
        own = f"{data} --cbr {self.cbr} --snr {self.snr} --channel {self.channel}"
        return f"linksim train {self.model} {own} --steps {self.steps} --seed {self.seed}"


def train_deepjscc(asked: Request) -> Trained:
    """Train DeepJSCC on scenes, or on a folder of photographs; return its scores.

    Raises:
        Fault: if options are none, or the folder has too few pictures.
        UnreadablePicture: naming a picture that is none.
    """
    if asked.own.get("data", SCENES_DRAWN) != SCENES_DRAWN:
        return _train_on_photographs(asked)
    for option in _OF_PHOTOGRAPHS:
        if option in asked.own:
            raise Fault(f"--{option}: of photographs; give their folder with --data")
    return _train_on_scenes(asked)


def _train_on_photographs(asked: Request) -> Trained:
    data = str(asked.own["data"])
    snr, channel = asked.own.get("snr", "0:20"), asked.own.get("channel", "awgn")
    config = _config(asked.own.get("cbr", "1/16"), snr)
    crops = Crops(Path(data), asked.seed, CROP)
    job = PhotographJob.of(
        asked,
        "deepjscc-photographs",
        40_000,
        data=data,
        names=crops.digest(),
        cbr=str(config.cbr),
        snr=snr,
        channel=channel,
    )
    spec = ChannelSpec.parse(channel)
    recipe = PhotographRecipe(config, crops, spec, job.seed, job.device)
    job.run(recipe)
    save_half(recipe.model, job.out / deepjscc.WEIGHTS_FILE)
    (job.out / CONFIG_FILE).write_text(json.dumps(config.to_json()) + "\n", encoding="utf-8")
    load_weights(recipe.model, job.out / deepjscc.WEIGHTS_FILE, job.preset)  # scored as saved
    codec = deepjscc.residual_codec(recipe.model, (CROP, CROP))
    known = "both ends know the mean SNR" if config.adaptive else "for one SNR"
    card = Card(
        "DeepJSCC for photographs",
        f"Residual blocks and a linear way beside them, {known}: {config.cbr} channel symbols for "
        "each of a picture's 3·H·W numbers; pictures of any size that 8 divides.",
        job.command(),
        f"crops of {CROP} pixels a side, 0 to {job.steps * recipe.batch_size - 1} of seed "
        f"{job.seed}, of {len(crops)} photographs; Es/N0 {snr} dB over {channel}",
        score_photographs(codec, crops.judged, spec),
        f"{len(crops.judged)} photographs of the folder that it was not trained on",
    )
    return finish(job, card)


def _config(cbr: str, snr: str) -> ResidualConfig:
    """Return what networks are asked for.

    Raises:
        Fault: if there are no such.
    """
    try:
        ratio = parse_cbr(cbr)
        return ResidualConfig.of(ratio, _snr_range(snr))
    except Refused as error:
        raise Fault(f"--cbr {cbr}: {error}") from None
    except ValueError as error:
        raise Fault(f"--cbr {cbr}: {error}") from None


def _snr_range(text: str) -> tuple[float, float]:
    """Read ``A:B`` or one number as the lowest and the highest SNR in dB.

    Raises:
        Fault: if it is neither.
    """
    parts = [parse_snr(part) for part in text.split(":")]
    if len(parts) > 2 or any(len(part) > 1 for part in parts) or parts[0] > parts[-1]:
        raise Fault(f"--snr {text}: give a range A:B, or the one SNR that it is trained for")
    return parts[0][0], parts[-1][0]


def _train_on_scenes(asked: Request) -> Trained:
    job = Job.of(asked, "deepjscc", 9000)
    world = job.preset.world
    recipe = DeepJsccRecipe(job.seed, str(job.device), world=world)
    job.run(recipe)
    save_half(recipe.model, job.out / deepjscc.WEIGHTS_FILE)
    load_weights(recipe.model, job.out / deepjscc.WEIGHTS_FILE, job.preset)  # scored as saved
    codec = deepjscc.DeepJsccCodec(recipe.model, (recipe.side, recipe.side))
    card = Card(
        "DeepJSCC",
        "Five convolutions and as many back (Bourtsoulatze et al. 2019), one for all SNRs: a "
        "complex channel symbol for every three numbers of a picture.",
        job.command(),
        f"scenes 0 to {job.steps * recipe.batch_size - 1} of seed {job.seed}, no animals; Es/N0 "
        "from -5 to 20 dB, half of them over Rayleigh fading",
        score_deepjscc(codec, load_llava(job.preset, job.device), world=world),
    )
    return finish(job, card)
