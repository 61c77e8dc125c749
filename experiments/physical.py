"""Physical layers as a user's options name them, and their refusals as faults of an option."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from linksim.experiments.constellations import modulation_of
from linksim.experiments.faults import Fault
from linksim.link.protection import Unprotectable, check_rates, parse_protection
from linksim.phy import ENGINES, ChannelSpec, CodeSpec, PhySpec

_OPTION_OF = {
    "pilot": "--csi",
    "image": "--coherence",
    "soft": "--receiver",
    **dict.fromkeys(ENGINES, "--engine"),
}
"""The option that a refusal is about, by its first word; of any other it is ``--code``."""


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
    """Return what options describe, each of which is right by itself.

    Raises:
        Fault: if they do not fit together.
    """
    try:
        fading = ChannelSpec.parse(channel, coherence, csi)
    except ValueError as error:
        raise Fault(f"--csi {error}") from None
    try:
        points = modulation_of(modulation)
    except ValueError as error:
        raise Fault(f"--modulation {error}") from None
    rates = parse_protection(protect) if protect else ()
    spec = PhySpec(CodeSpec.parse(code), points, fading, demapper, rates)
    try:
        check_rates(spec)
    except Unprotectable as error:
        raise _unprotected(error) from None
    return spec


def _unprotected(error: Unprotectable) -> Fault:
    return Fault(f"--protect{' ' if error.part else ': '}{error}")


@contextmanager
def refusals_as_faults() -> Iterator[None]:
    """Turn what a physical layer refuses when it is built into a `Fault` that names the option."""
    try:
        yield
    except Unprotectable as error:
        raise _unprotected(error) from None
    except ValueError as error:
        subject = str(error).partition(":")[0].partition(" ")[0]
        raise Fault(f"{_OPTION_OF.get(subject, '--code')} {error}") from None
    except RuntimeError as error:
        raise Fault(f"--engine: {error}") from None
