"""``linksim evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from linksim.experiments.training.catalogue import MODELS

SCORED = {name: model for name, model in MODELS.items() if model.score}


def _help() -> str:
    lines = [f"{name:11} {model.about}" for name, model in SCORED.items()]
    return "\n\n".join(
        (
            "Score a preset's model on held-out scenes, as its card says.",
            "\n".join(["\b", *lines]),
            "\b\nExample:\n  linksim evaluate uo-isc --codec uo_isc:no-text --scenes animals",
        )
    )


@click.command("evaluate", cls=Checked, help=_help())
@click.argument("model", type=click.Choice(tuple(SCORED)))
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
    """Score a model; the help is made of the catalogue."""
    from linksim.source.zoo.preset import load_preset

    animals, known = scenes == "animals", [n for n, m in SCORED.items() if m.of_animals]
    if animals and model not in known:
        raise Fault(f"--scenes {scenes}: of {', '.join(known)}; leave it out with {model}")
    score = SCORED[model].score
    assert score
    chosen = load_preset(preset, models, trusted)
    say(score(chosen, device, codec, animals))
