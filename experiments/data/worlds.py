"""What is drawn in the world of a preset: one place to ask which."""

from __future__ import annotations

from linksim.experiments.data.samples import SceneSamples
from linksim.source.scenes import KINDS
from linksim.source.zoo.preset import WIDE


def samples_of(world: str) -> type[SceneSamples]:
    """Return the held-out scenes of a world, one of `linksim.source.zoo.preset.WORLDS`."""
    if world != WIDE:
        return SceneSamples
    from linksim.experiments.data.wide_samples import WideSceneSamples  # Numba is slow to load

    return WideSceneSamples


def kinds_of(world: str) -> tuple[str, ...]:
    """Return the kinds of things in a world."""
    if world != WIDE:
        return KINDS
    from linksim.source.world import KINDS as WIDE_KINDS  # Numba is slow to load

    return WIDE_KINDS
