"""Physical layers as options name them."""

from __future__ import annotations

from linksim.experiments.constellations import modulation_of
from linksim.link.protection import check_rates, parse_protection
from linksim.phy import ChannelSpec, CodeSpec, PhySpec


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
    """Return what options describe.

    Raises:
        linksim.phy.Refused: if one is wrong, or they do not fit together.
    """
    fading = ChannelSpec.parse(channel, coherence, csi)
    rates = parse_protection(protect) if protect else ()
    spec = PhySpec(CodeSpec.parse(code), modulation_of(modulation), fading, demapper, rates)
    check_rates(spec)
    return spec
