"""What a physical layer is made of, as a user names it."""

from __future__ import annotations

from dataclasses import dataclass, field

from linksim.phy.channel import ChannelSpec
from linksim.phy.codes import CodeSpec
from linksim.phy.engine import DEMAPPERS
from linksim.phy.modulation import Modulation


@dataclass(frozen=True)
class PhySpec:
    """A channel code, a modulation with its demapper, and a channel.

    Raises:
        ValueError: for an unknown demapper.
    """

    code: CodeSpec = field(default_factory=CodeSpec)
    modulation: Modulation = field(default_factory=lambda: Modulation.named("8psk"))
    channel: ChannelSpec = field(default_factory=ChannelSpec)
    demapper: str = "app"

    def __post_init__(self) -> None:
        if self.demapper not in DEMAPPERS:
            raise ValueError(f"{self.demapper}: unknown; one of {', '.join(DEMAPPERS)}")
