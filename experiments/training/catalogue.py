"""The models that linksim trains: how each is trained, and how it is scored.

What a function needs is loaded when it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from linksim.source.zoo.preset import WIDE

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from linksim.experiments.training.job import Request
    from linksim.source.zoo.preset import Preset


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Attributes:
        scores: how good it is, as a table.
        folder: of its weights and card.
    """

    scores: str
    folder: Path


@dataclass(frozen=True)
class TrainedModel:
    """A model that linksim trains.

    Attributes:
        about: what `linksim evaluate` prints of it; empty where only a training scores it.
        score: makes that as a table, of a preset's weights on held-out scenes: given a device, the
            codec's text, and whether scenes are of animals alone.
        score_wide: the same on the wide world; None where nothing does.
        of_animals: whether it can be scored on animals alone.
        train: trains it.
        options: of its training, beside those that all have.
        train_wide: trains it on the wide world; None where there is one world for it.
        begins: whether that training begins with another's weights.
    """

    about: str = ""
    score: Callable[[Preset, torch.device, str, bool], str] | None = None
    score_wide: Callable[[Preset, torch.device, str, bool], str] | None = None
    of_animals: bool = False
    train: Callable[[Request], Trained] | None = None
    options: tuple[str, ...] = ()
    train_wide: Callable[[Request], Trained] | None = None
    begins: bool = True

    def takes(self, world: str | None) -> tuple[str, ...]:
        """Return the options of its training in a world: its own, and weights to begin with."""
        start = ("start",) if world == WIDE and self.begins else ()
        return (*dict.fromkeys((*self.options, *start)), *self._worlds())

    def _worlds(self) -> tuple[str, ...]:
        return ("world",) if self.train_wide else ()


def _by(module: str, name: str) -> Callable[[Request], Trained]:
    """Return a function of a module of this room, which is loaded when it is called."""

    def train(asked: Request) -> Trained:
        found = getattr(import_module(f"linksim.experiments.training.{module}"), name)
        return cast(Trained, found(asked))

    return train


def _wide(score: str, load: str) -> Callable[[Preset, torch.device, str, bool], str]:
    """Return what scores on the wide world a model that the zoo loads; both are loaded when called.

    Args:
        score: module of this room and function.
        load: module of the zoo and function.
    """

    def score_wide(preset: Preset, device: torch.device, _: str, __: bool) -> str:
        scores = _found(f"linksim.experiments.training.{score}")
        return cast(str, scores(_found(f"linksim.source.zoo.{load}")(preset, device)))

    return score_wide


def _found(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    return cast("Callable[..., Any]", getattr(import_module(module), function))


def _clip(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.scores import score_clip
    from linksim.source.zoo.loading import load_clip

    return score_clip(load_clip(preset, device))


def _llava(preset: Preset, device: torch.device, _: str, animals: bool) -> str:
    from linksim.experiments.training.scores import score_llava
    from linksim.source.zoo.loading import load_llava

    return score_llava(load_llava(preset, device), animals=animals)


def _detector(preset: Preset, device: torch.device, _: str, __: bool) -> str:
    from linksim.experiments.training.detector_scores import score_detector
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
        "caption retrieval among 64, zero-shot presence AUC",
        _clip,
        _wide("wide_scores.score_wide_clip", "loading.load_clip"),
        train=_by("clip_job", "train_clip"),
        train_wide=_by("wide_jobs", "train_wide_clip"),
    ),
    "llava": TrainedModel(
        "right answers per question family, asked single-turn",
        _llava,
        _wide("wide_scores.score_wide_llava", "loading.load_llava"),
        of_animals=True,
        train=_by("llava_job", "train_llava"),
        train_wide=_by("wide_jobs", "train_wide_llava"),
    ),
    "detector": TrainedModel(
        "average precision, recall and precision at the threshold",
        _detector,
        _wide("wide_detector.score_wide_detector", "detector.load_detector"),
        train=_by("detector_job", "train_detector"),
        train_wide=_by("wide_jobs", "train_wide_detector"),
    ),
    "vae": TrainedModel(
        "fidelity and answer match through its latents",
        _vae,
        _wide("wide_vae.score_wide_vae", "diffusion.load_vae"),
        train=_by("diffusion_jobs", "train_vae"),
        train_wide=_by("wide_painting_jobs", "train_wide_vae"),
        begins=False,
    ),
    "diffusion": TrainedModel(
        "caption retrieval among 64 of what it paints",
        _diffusion,
        _wide("wide_diffusion.score_wide_diffusion", "diffusion.load_diffusion"),
        train=_by("diffusion_jobs", "train_diffusion"),
        train_wide=_by("wide_painting_jobs", "train_wide_diffusion"),
        options=("start",),
    ),
    "uo-isc": TrainedModel(
        "answer match on a clean channel, beside two floors; --codec uo_isc:VARIANT",
        _codec,
        of_animals=True,
        train=_by("uo_isc_job", "train_uo_isc"),
        options=("variant", "phase", "start", "schedule", "data"),
    ),
    "deepjscc": TrainedModel(
        "answer match and fidelity at several SNRs",
        _deepjscc,
        train=_by("deepjscc_job", "train_deepjscc"),
        options=("data", "cbr", "snr", "channel"),
    ),
    "query-aware": TrainedModel(
        "answer match on a clean channel, beside two floors",
        _query_aware,
        of_animals=True,
        train=_by("diffusion_jobs", "train_query_aware"),
        options=("data",),
    ),
    "discover": TrainedModel(
        "bytes, average precision and fidelity; --codec discover:rate=N",
        _discover,
        train=_by("discover_job", "train_discover"),
        options=("stage", "rate", "start", "schedule", "data"),
    ),
    "tower": TrainedModel(train=_by("tower_job", "train_tower")),
}
"""By name; each is built upon some before it."""


def takers(option: str) -> str:
    """Return the models whose training has an option, as words.

    >>> takers("phase")
    'uo-isc'
    """
    usual = [name for name, model in MODELS.items() if option in model.takes(None)]
    wide = [
        name
        for name, model in MODELS.items()
        if model.train_wide and name not in usual and option in model.takes(WIDE)
    ]
    return _listed(usual) + (f" and, with --world wide, of {_listed(wide)}" if wide else "")


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "none"
