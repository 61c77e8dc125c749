"""``linksim evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    codec_option,
    device_option,
    models_option,
    preset_option,
    scenes_option,
    trust_option,
)
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

_MODELS = (
    "clip",
    "llava",
    "detector",
    "vae",
    "diffusion",
    "uo-isc",
    "deepjscc",
    "query-aware",
    "discover",
)


@click.command("evaluate", cls=Checked)
@click.argument("model", type=click.Choice(_MODELS))
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
    clip        caption retrieval among 64, zero-shot presence AUC
    llava       right answers per question family, asked single-turn
    detector    average precision, recall and precision at the threshold
    vae         fidelity and answer match through its latents
    diffusion   caption retrieval among 64 of what it paints
    uo-isc      answer match on a clean channel, beside two floors; --codec uo_isc:VARIANT
    deepjscc    answer match and fidelity at several SNRs
    query-aware answer match on a clean channel, beside two floors
    discover    bytes, average precision and fidelity; --codec discover:rate=N

    \b
    Example:
      linksim evaluate uo-isc --codec uo_isc:no-text --scenes animals
    """
    from linksim.source.zoo.preset import load_preset

    animals = scenes == "animals"
    if animals and model not in ("llava", "uo-isc", "query-aware"):
        raise Fault(f"--scenes {scenes}: of llava, uo-isc, query-aware; leave it out with {model}")
    chosen = load_preset(preset, models, trusted)
    say(_scorers()[model](chosen, device, codec, animals))


def _scorers() -> dict[str, Callable[[Any, Any, str, bool], str]]:
    """Return what scores each model, given preset, device, codec and whether animals alone."""
    from linksim.experiments.training.deepjscc import score_deepjscc
    from linksim.experiments.training.detector import score_detector
    from linksim.experiments.training.diffusion import score_diffusion
    from linksim.experiments.training.discover_job import score_discover
    from linksim.experiments.training.scores import score_clip, score_codec, score_llava
    from linksim.experiments.training.vae import score_vae
    from linksim.source import Codec, load_codec
    from linksim.source.deepjscc.codec import load as load_deepjscc
    from linksim.source.discover.codec import weights_folder
    from linksim.source.discover.options import read_options
    from linksim.source.zoo.detector import load_detector
    from linksim.source.zoo.diffusion import load_diffusion, load_vae
    from linksim.source.zoo.loading import load_clip, load_llava

    def of_codec(preset: Any, device: Any, codec: str, animals: bool) -> str:
        coder = cast(Codec, load_codec(codec, preset, device))
        return score_codec(coder, load_llava(preset, device), animals=animals)

    def of_discover(preset: Any, device: Any, codec: str, _: bool) -> str:
        text = codec.partition(":")[2] if codec != "uo_isc" else ""
        rate = read_options(preset, text).rate
        return score_discover(preset, device, weights_folder(preset, rate), rate)

    return {
        "clip": lambda preset, device, *_: score_clip(load_clip(preset, device)),
        "llava": lambda preset, device, _, animals: score_llava(
            load_llava(preset, device), animals=animals
        ),
        "detector": lambda preset, device, *_: score_detector(load_detector(preset, device)),
        "vae": lambda preset, device, *_: score_vae(
            load_vae(preset, device), load_llava(preset, device)
        ),
        "diffusion": lambda preset, device, *_: score_diffusion(
            load_diffusion(preset, device), load_clip(preset, device)
        ),
        "uo-isc": of_codec,
        "deepjscc": lambda preset, device, *_: score_deepjscc(
            load_deepjscc(preset, device), load_llava(preset, device)
        ),
        "query-aware": lambda preset, device, _, animals: of_codec(
            preset, device, "query_aware", animals
        ),
        "discover": of_discover,
    }
