"""What a physical layer is made of, as a user names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

from linksim.phy.channel import ChannelSpec
from linksim.phy.checks import instance_of
from linksim.phy.codes import CodeSpec
from linksim.phy.engine import DEMAPPERS
from linksim.phy.modulation import Modulation
from linksim.phy.refused import Refused

_BY_THE_CODE = cast(Modulation, None)


@dataclass(frozen=True)
class PhySpec:
    """A channel code, a modulation with its demapper, and a channel.

    Attributes:
        modulation: by default the one that the code brings with it, or 8psk.
        rates: code rates of the parts of a message that are protected in their own way, by name;
            a link sends each over a physical layer of its own.

    Raises:
        TypeError: if a part is no such object, saying how to make one.
        Refused: for an unknown demapper, or another modulation than the code's own.
    """

    code: CodeSpec = field(default_factory=CodeSpec)
    modulation: Modulation = _BY_THE_CODE
    channel: ChannelSpec = field(default_factory=ChannelSpec)
    demapper: str = "app"
    rates: tuple[tuple[str, Fraction], ...] = ()

    def __post_init__(self) -> None:
        instance_of(CodeSpec, self.code, "code", "CodeSpec.parse('ldpc') or .of(…)")
        own = self.code.modulation
        if self.modulation is None:
            object.__setattr__(self, "modulation", Modulation.named(own or "8psk"))
        by = "Modulation.named('8psk') or .from_points(…)"
        instance_of(Modulation, self.modulation, "modulation", by)
        if own and self.modulation.name != own:
            problem = f"{self.code} brings its own, {own}; leave it out"
            raise Refused("modulation", problem, self.modulation.name)
        instance_of(ChannelSpec, self.channel, "channel", "ChannelSpec.parse('awgn')")
        if self.demapper not in DEMAPPERS:
            raise Refused("demapper", f"unknown; one of {', '.join(DEMAPPERS)}", self.demapper)
        for pair in instance_of(tuple, self.rates, "rates", "(('strong', Fraction(1, 3)),)"):
            if not (isinstance(pair, tuple) and list(map(type, pair)) == [str, Fraction]):
                raise TypeError("rates: give pairs of a name and a Fraction")
