"""``linksim evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from linksim.experiments.commands.options import (
    codec_option,
    device_option,
    models_option,
    preset_option,
    scenes_option,
    trust_option,
)
from linksim.experiments.faults import Fault


@click.command("evaluate")
@click.argument("model", type=click.Choice(("clip", "llava", "uo-isc", "deepjscc", "detector")))
@codec_option
@scenes_option
@preset_option
@models_option
@trust_option
@device_option
def command(
    model: str,
    codec: str,
    scenes: str,
    preset: str,
    models: Path | None,
    trusted: bool,
    device: Any,
) -> None:
    """Score a preset's model on held-out scenes, as its card says.

    \b
    clip     caption retrieval among 64, zero-shot presence AUC
    llava    right answers per question family, asked single-turn
    uo-isc   answer match on a clean channel, beside two floors; --codec uo_isc:VARIANT
    deepjscc answer match and fidelity at several SNRs
    detector average precision, recall and precision at the threshold

    \b
    Example:
      linksim evaluate uo-isc --codec uo_isc:no-text --scenes animals
    """
    from linksim.experiments.training.deepjscc import score_deepjscc
    from linksim.experiments.training.detector import score_detector
    from linksim.experiments.training.scores import score_clip, score_llava, score_uo_isc
    from linksim.source import Codec, UnknownCodec, load_codec
    from linksim.source.deepjscc.codec import load as load_deepjscc
    from linksim.source.zoo.detector import load_detector
    from linksim.source.zoo.loading import ModelUnavailable, load_clip, load_llava
    from linksim.source.zoo.preset import load_preset

    chosen, animals = load_preset(preset, models, trusted), scenes == "animals"
    if codec != "uo_isc" and (model != "uo-isc" or not codec.startswith("uo_isc:")):
        raise Fault(f"--codec {codec}: choose among uo_isc's variants, with MODEL uo-isc")
    if animals and model not in ("llava", "uo-isc"):
        raise Fault(f"--scenes {scenes}: of llava and uo-isc; leave it out with {model}")
    try:
        if model == "clip":
            click.echo(score_clip(load_clip(chosen, device)))
        elif model == "llava":
            click.echo(score_llava(load_llava(chosen, device), animals=animals))
        elif model == "detector":
            click.echo(score_detector(load_detector(chosen, device)))
        elif model == "deepjscc":
            peer = load_deepjscc(chosen, device)
            click.echo(score_deepjscc(peer, load_llava(chosen, device)))
        else:
            coder = cast(Codec, load_codec(codec, chosen, device))
            click.echo(score_uo_isc(coder, load_llava(chosen, device), animals=animals))
    except UnknownCodec as error:
        raise Fault(f"--codec {error}") from None
    except ModelUnavailable as error:
        raise Fault(f"--preset {error}") from None
