"""Trainings of what linksim ships, from Python."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from linksim.experiments.calls.sweeping import torch_device
from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.training.catalogue import MODELS, Trained, takers
from linksim.phy.options import known_name
from linksim.source.zoo.preset import WIDE, load_preset

if TYPE_CHECKING:
    import torch

    from linksim.experiments.training.trainer import Callback


def train(
    model: str,
    *,
    steps: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    seed: int = 0,
    callback: Callback | None = None,
    preset: str = SweepConfiguration.preset,
    models: str | Path | None = None,
    device: str | torch.device | None = None,
    trusted: bool = False,
    variant: str = "",
    phase: int | None = None,
    stage: int | None = None,
    rate: int | None = None,
    start: str | Path | None = None,
    world: str | None = None,
    schedule: str | None = None,
    data: str | None = None,
    cbr: str | None = None,
    snr: str | None = None,
    channel: str | None = None,
) -> Trained:
    """Train the weights of a model that linksim ships, as ``linksim train``.

    Args:
        model: clip, llava, uo-isc, deepjscc, detector, vae, diffusion, query-aware, discover or
            tower (of the wide world).
        steps: of the training; None for as many as it takes.
        out: folder for weights and card; None for one in ``runs/train``.
        resume: go on from the last checkpoint there.
        seed: of everything drawn.
        callback: told after each step how many are done, and the step's loss and figures by name.
        preset: gives the models that are built upon.
        models: folder with models of one's own.
        device: None for a GPU where there is one.
        trusted: run code that comes with a preset's LLaVA.
        variant, phase: of uo-isc, see ``linksim train --help``.
        schedule: of uo-isc and discover.
        data: of uo-isc, deepjscc and discover: what it is trained on, scenes or a folder.
        cbr, snr, channel: of deepjscc on a folder of photographs: channel symbols per number of a
            picture, like ``"1/16"``; Es/N0 in dB, ``"A:B"`` to be told it or one number to be for
            that alone; ``awgn`` or ``rayleigh``.
        stage, rate: of discover.
        start: of uo-isc, discover and diffusion: folder of weights to go on from; of the wide
            world: the tower's, and of diffusion the VAE's.
        world: of clip, llava, detector, vae and diffusion: small or wide, the scenes that it is
            trained on; None for small.

    Raises:
        Fault: if an option is another model's, or a folder is missing or in use.
        ModelUnavailable: if weights that are built upon are missing or damaged.
        ValueError: if there is no such model or preset.
    """
    from linksim.experiments.training.job import Request  # slow to load

    model = known_name(model, MODELS)
    own = {"variant": variant, "phase": phase, "schedule": schedule, "data": data}
    own |= {"stage": stage, "rate": rate, "world": world}
    own |= {"cbr": cbr, "snr": snr, "channel": channel}
    own = {name: value for name, value in own.items() if value not in (None, "")}
    _check_options(model, world, [*own, "start"] if start else list(own))
    asked = Request(
        model,
        load_preset(preset, Path(models) if models else None, trusted),
        torch_device(device),
        seed,
        resume,
        steps,
        Path(out) if out else None,
        Path(start) if start else None,
        own,
        callback,
    )
    known = MODELS[model]
    training = known.train_wide if world == WIDE else known.train
    assert training is not None
    return training(asked)


def _check_options(model: str, world: str | None, given: Iterable[str]) -> None:
    """Refuse options that are another model's.

    Raises:
        Fault: if there is one.
    """
    for option in given:
        if option in MODELS[model].takes(world):
            continue
        raise Fault(f"--{option}: of {takers(option)} only")
