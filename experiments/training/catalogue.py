"""The models that linksim trains: how each is trained, and how it is scored.

What a function needs is loaded when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import torch

    from linksim.experiments.training.jobs import Job
    from linksim.source.zoo.preset import Preset


@dataclass(frozen=True)
class TrainedModel:
    """A model that linksim trains.

    Attributes:
        about: what `linksim evaluate` prints of it; empty where only a training scores it.
        score: makes that as a table, of a preset's weights on held-out scenes: given a device, the
            codec's text, and whether scenes are of animals alone.
        of_animals: whether it can be scored on animals alone.
        steps: of its training, unless told otherwise; 0 where a schedule says so.
        train: trains it and returns its scores; None where its training has options of its own.
    """

    about: str = ""
    score: Callable[[Preset, torch.device, str, bool], str] | None = None
    of_animals: bool = False
    steps: int = 0
    train: Callable[[Job], str] | None = None


def _job(name: str) -> Callable[[Job], str]:
    """Return a function of `linksim.experiments.training.jobs`."""

    def train(job: Job) -> str:
        from linksim.experiments.training import jobs

        return cast(str, getattr(jobs, name)(job))

    return train


def _clip(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.scores import score_clip
    from linksim.source.zoo.loading import load_clip

    return score_clip(load_clip(preset, device))


def _llava(preset: Preset, device: torch.device, _: str, animals: bool) -> str:
    from linksim.experiments.training.scores import score_llava
    from linksim.source.zoo.loading import load_llava

    return score_llava(load_llava(preset, device), animals=animals)


def _detector(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.detector import score_detector
    from linksim.source.zoo.detector import load_detector

    return score_detector(load_detector(preset, device))


def _vae(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.vae import score_vae
    from linksim.source.zoo.diffusion import load_vae
    from linksim.source.zoo.loading import load_llava

    return score_vae(load_vae(preset, device), load_llava(preset, device))


def _diffusion(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.diffusion import score_diffusion
    from linksim.source.zoo.diffusion import load_diffusion
    from linksim.source.zoo.loading import load_clip

    return score_diffusion(load_diffusion(preset, device), load_clip(preset, device))


def _codec(preset: Preset, device: torch.device, codec: str, animals: bool) -> str:
    from linksim.experiments.training.scores import score_codec
    from linksim.source import Codec, load_codec
    from linksim.source.zoo.loading import load_llava

    coder = cast(Codec, load_codec(codec, preset, device))
    return score_codec(coder, load_llava(preset, device), animals=animals)


def _query_aware(preset: Preset, device: torch.device, _: str, animals: bool) -> str:
    return _codec(preset, device, "query_aware", animals)


def _deepjscc(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.deepjscc import score_deepjscc
    from linksim.source.deepjscc.codec import load
    from linksim.source.zoo.loading import load_llava

    return score_deepjscc(load(preset, device), load_llava(preset, device))


def _discover(preset: Preset, device: torch.device, codec: str, _: bool) -> str:
    from linksim.experiments.training.discover_job import score_discover
    from linksim.source.discover.codec import weights_folder
    from linksim.source.discover.options import read_options

    name, text = codec.partition(":")[::2]
    rate = read_options(preset, text if name == "discover" else "").rate
    return score_discover(preset, device, weights_folder(preset, rate), rate)


MODELS: dict[str, TrainedModel] = {
    "clip": TrainedModel(
        "caption retrieval among 64, zero-shot presence AUC", _clip, False, 3200, _job("train_clip")
    ),
    "llava": TrainedModel(
        "right answers per question family, asked single-turn",
        _llava,
        True,
        2600,
        _job("train_llava"),
    ),
    "detector": TrainedModel(
        "average precision, recall and precision at the threshold",
        _detector,
        False,
        2000,
        _job("train_detector"),
    ),
    "vae": TrainedModel(
        "fidelity and answer match through its latents", _vae, False, 1600, _job("train_vae")
    ),
    "diffusion": TrainedModel(
        "caption retrieval among 64 of what it paints",
        _diffusion,
        False,
        2400,
        _job("train_diffusion"),
    ),
    "uo-isc": TrainedModel(
        "answer match on a clean channel, beside two floors; --codec uo_isc:VARIANT", _codec, True
    ),
    "deepjscc": TrainedModel(
        "answer match and fidelity at several SNRs", _deepjscc, False, 9000, _job("train_deepjscc")
    ),
    "query-aware": TrainedModel(
        "answer match on a clean channel, beside two floors",
        _query_aware,
        True,
        1000,
        _job("train_query_aware"),
    ),
    "discover": TrainedModel(
        "bytes, average precision and fidelity; --codec discover:rate=N", _discover
    ),
    "tower": TrainedModel(),
}
"""By name; each is built upon some before it."""
