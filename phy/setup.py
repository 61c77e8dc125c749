"""A physical layer but for the length of messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from linksim.phy.checks import instance_of, seed_number
from linksim.phy.harq import HarqLayer
from linksim.phy.physical_layer import AS_SPEC, PhysicalLayer
from linksim.phy.retransmissions import HarqSpec
from linksim.phy.spec import PhySpec

AnyLayer = PhysicalLayer | HarqLayer
"""A physical layer that sends a message once, or again until it comes through."""


@dataclass(frozen=True)
class PhySetup:
    """A physical layer but for the length of messages, and how it is simulated.

    Attributes:
        spec, seed, engine, threads: see `PhysicalLayer`.
        harq: how messages are sent again; None to send them once.

    Raises:
        TypeError: if the spec is none, or the seed no number.
        ValueError: for a seed out of range.
    """

    spec: PhySpec = field(default_factory=PhySpec)
    seed: int = 0
    engine: str = "auto"
    threads: int = 0
    harq: HarqSpec | None = None

    def __post_init__(self) -> None:
        instance_of(PhySpec, self.spec, "spec", AS_SPEC)
        seed_number(self.seed)

    def layer_for(self, message_bits: int, units: int = 1) -> AnyLayer:
        """Return the physical layer for messages of this length; raises as its class.

        Args:
            message_bits: of every message.
            units: of `HarqLayer`; 1 where messages are sent once.
        """
        how = self.seed, self.engine, self.threads
        if self.harq is not None:
            return HarqLayer(message_bits, self.spec, self.harq, *how, units)
        return PhysicalLayer(message_bits, self.spec, *how)
