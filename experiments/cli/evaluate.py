"""``linksim evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
from linksim.source.zoo.preset import WIDE, Preset, load_preset

if TYPE_CHECKING:
    import torch

SCORED = {name: model for name, model in MODELS.items() if model.score}
GATES = "gates"


def _help() -> str:
    lines = [f"{name:11} {model.about}" for name, model in SCORED.items()]
    lines.append(f"{GATES:11} all that the wide world's models must reach, reached or missed")
    return "\n\n".join(
        (
            "Score a preset's model on held-out scenes, as its card says.",
            "\n".join(["\b", *lines]),
            "With --preset wide models are shown scenes of the wide world.",
            "\b\nExamples:\n  linksim evaluate uo-isc --codec uo_isc:no-text --scenes animals\n"
            "  linksim evaluate gates --preset wide --models own",
        )
    )


@click.command("evaluate", cls=Checked, help=_help())
@click.argument("model", type=click.Choice((*SCORED, GATES)))
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
    device: torch.device,
) -> None:
    """Score a model; the help is made of the catalogue."""
    animals, known = scenes == "animals", [n for n, m in SCORED.items() if m.of_animals]
    if animals and model not in known:
        raise Fault(f"--scenes {scenes}: of {', '.join(known)}; leave it out with {model}")
    chosen = load_preset(preset, models, trusted)
    say(_gates(chosen, device) if model == GATES else _score(model, chosen, device, codec, animals))


def _gates(preset: Preset, device: torch.device) -> str:
    from linksim.experiments.training.gates import gates_table

    if preset.world != WIDE:
        raise Fault(f"--preset {preset.name}: gates are of the wide world; give --preset wide")
    return gates_table(preset, device)


def _score(model: str, preset: Preset, device: torch.device, codec: str, animals: bool) -> str:
    known, wide = SCORED[model], preset.world == WIDE
    score = known.score_wide if wide else known.score
    if score is None:
        raise Fault(f"--preset {preset.name}: nothing scores {model} on the wide world")
    if animals and wide:
        raise Fault(f"--scenes animals: of the small world; leave it out with {preset.name}")
    return score(preset, device, codec, animals)
