"""Physical layers as options name them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from linksim.experiments.constellations import modulation_of
from linksim.link.protection import check_rates, parse_protection
from linksim.phy import ChannelSpec, CodeSpec, PhySpec


def with_modulations(codes: Sequence[str], modulations: Sequence[str]) -> list[tuple[str, str]]:
    """Return every code with every modulation, but once with none where a code brings its own."""
    return [
        pair
        for code in codes
        for pair in ([(code, "")] if brings_modulation(code) else product([code], modulations))
    ]


def modulations_for(codes: Sequence[str], modulations: Sequence[str]) -> tuple[str, ...]:
    """Return the modulations that some code is sent by: none if all bring their own."""
    return () if all(map(brings_modulation, codes)) else tuple(modulations)


def brings_modulation(code: str) -> bool:
    """Tell whether a code, as options name it, says by which modulation it is sent."""
    return bool(CodeSpec.parse(code).modulation)


def phy_spec(
    *,
    code: str,
    modulation: str,
    demapper: str,
    channel: str,
    coherence: str,
    csi: str,
    protect: str = "",
) -> PhySpec:
    """Return what options describe; a code that brings its modulation with it is sent by that.

    Raises:
        linksim.phy.Refused: if one is wrong, or they do not fit together.
    """
    fading = ChannelSpec.parse(channel, coherence, csi)
    rates = parse_protection(protect) if protect else ()
    coding = CodeSpec.parse(code)
    symbols = modulation_of(coding.modulation or modulation)
    spec = PhySpec(coding, symbols, fading, demapper, rates)
    check_rates(spec)
    return spec
