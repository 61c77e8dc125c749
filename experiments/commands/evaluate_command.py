"""``linksim evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.commands.options import device_option, models_option, preset_option
from linksim.experiments.faults import Fault


@click.command("evaluate")
@click.argument("model", type=click.Choice(("clip", "llava", "uo-isc")))
@preset_option
@models_option
@device_option
def command(model: str, preset: str, models: Path | None, device: Any) -> None:
    """Score a preset's model on held-out scenes, as its card says.

    \b
    clip     caption retrieval among 64, zero-shot presence AUC
    llava    right answers per question family, asked single-turn
    uo-isc   answer match on a clean channel, beside two floors
    """
    from linksim.experiments.training.scores import score_clip, score_llava, score_uo_isc
    from linksim.source import load_codec
    from linksim.source.zoo.loading import ModelUnavailable, load_clip, load_llava
    from linksim.source.zoo.preset import load_preset

    chosen = load_preset(preset, models)
    try:
        if model == "clip":
            click.echo(score_clip(load_clip(chosen, device)))
        elif model == "llava":
            click.echo(score_llava(load_llava(chosen, device)))
        else:
            codec = load_codec("uo_isc", chosen, device)
            click.echo(score_uo_isc(codec, load_llava(chosen, device)))
    except ModelUnavailable as error:
        raise Fault(f"--preset {error}") from None
