"""5G NR LDPC codes (TS 38.212 5.3.2, 5.4.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from linksim.phy.families.family import (
    ITERATIONS,
    BlockSizes,
    CodeFamily,
    CodeOptions,
    between,
    native_part,
    one_of,
)
from linksim.phy.refused import Refused

_LARGEST_BG2 = 3840  # information bits of base graph 2, TS 38.212 5.2.2
_ALWAYS_BG2 = Fraction(1, 4)  # and below, TS 38.212 7.2.2
_LOWEST_OF_SIONNA = {1: Fraction(1, 3), 2: Fraction(1, 5)}  # by base graph: it repeats nothing
_WHOLE_BG1 = 66 * 384  # bits of the largest buffer

SHORT_CRC = 16
"""Bits of the CRC of transport blocks of up to 3824 bits (TS 38.212 7.2.1)."""


def base_graph(code: CodeOptions, information_bits: int) -> int:
    """Return the base graph of a block, 1 or 2 (TS 38.212 7.2.2).

    A transport block is chosen by its size without its CRC, which has 16 bits where the size
    decides; blocks of other messages by what enters the encoder.
    """
    crc_bits = 0 if code.mcs is None else SHORT_CRC
    return base_graph_of(information_bits - crc_bits, code.rate)


def base_graph_of(size: int, rate: Fraction) -> int:
    """Return the base graph for a transport block of so many bits, 1 or 2 (TS 38.212 7.2.2)."""
    small = size <= 292 or (size <= 3824 and rate <= Fraction(67, 100))
    return 2 if small or rate <= _ALWAYS_BG2 else 1


def ldpc_matching(
    code: CodeOptions, information_bits: int, coded_bits: int, rv: int | None = None
) -> Any:
    """Return what is sent of a block, a `linksim.phy.native.ldpc_rate_matching.RateMatching`.

    Args:
        code: with its options.
        information_bits, coded_bits: of the block.
        rv: redundancy version, where it is another than the code's.
    """
    return native_part("ldpc_rate_matching").rate_matching(
        information_bits,
        coded_bits,
        base_graph(code, information_bits),
        code.rv if rv is None else rv,
        code.buffer,
    )


@dataclass(frozen=True)
class Ldpc(CodeFamily):
    """LDPC codes, decoded natively by three minima, and by belief propagation in Sionna."""

    def information_range(self, code: CodeOptions, bits_per_symbol: int) -> tuple[int, int]:
        fewest, most = super().information_range(code, bits_per_symbol)
        return fewest, _LARGEST_BG2 if code.rate <= _ALWAYS_BG2 else most

    def ring(self, code: CodeOptions, sizes: BlockSizes, rv: int) -> tuple[int, int]:
        matching = ldpc_matching(code, sizes.information, sizes.coded, rv)
        return matching.start, matching.ring

    def lacks(self, engine: str, code: CodeOptions, information: int) -> str:
        lowest = _LOWEST_OF_SIONNA[base_graph(code, information)]
        beyond_sionna = bool(code.rv or code.buffer) or code.rate < lowest
        if code.decoder == "bp" and engine in ("native", "gpu", "hybrid"):
            remedy = "for this rate matching give decoder=minsum"
            other = f"for {code.name}:decoder=bp use sionna"
            return f"decodes by min-sum; {remedy if beyond_sionna else other}"
        if engine not in ("native", "gpu") and beyond_sionna:
            return (
                f"has neither rv, nor buffer, nor rates below {lowest} for blocks of {information} "
                "information bits; use native"
            )
        return ""

    def check(self, code: CodeOptions, sizes: BlockSizes) -> None:
        _check_buffer(code, sizes.information)
        matching = ldpc_matching(code, sizes.information, sizes.coded)
        if not native_part("ldpc_code").comes_back(matching.code, matching.places):
            part = f"from redundancy version {code.rv} on " if code.rv else ""
            wider = "rv=0, " if code.rv else "a larger buffer, " if code.buffer else ""
            problem = (
                f"5G leaves out the first {matching.code.punctured} of a block's "
                f"{sizes.information} information bits, and {sizes.coded} coded bits {part}do not "
                f"bring them back at any SNR; give {wider}a lower rate or longer messages"
            )
            raise Refused("code", problem, code)


def _check_buffer(code: CodeOptions, information_bits: int) -> None:
    """Make sure that a block's buffer holds more than its information bits.

    Raises:
        Refused: if it does not.
    """
    graph = base_graph(code, information_bits)
    least = native_part("ldpc_code").filled_up(information_bits, graph)
    if 0 < code.buffer < least:
        problem = (
            f"blocks of {information_bits} information bits, filled up to {least}, need a buffer "
            f"of as many bits; give buffer={least} or more"
        )
        raise Refused("code", problem, code)


DECODING: dict[str, Callable[[str], Any]] = {
    "iterations": ITERATIONS,
    "decoder": one_of("bp", "minsum"),
    "rv": between(0, 3),
    "buffer": between(0, _WHOLE_BG1),
}
"""Options that are no matter of rate."""

LDPC = Ldpc(
    "5G NR LDPC (TS 38.212); iterations=20, decoder=minsum|bp, rv=0 (to 3, where in the\n"
    "circular buffer sending begins), buffer=BITS (N_ref, what the receiver keeps of a block)",
    rates=(Fraction(30, 1024), Fraction(19, 20)),
    information=(12, 8448),
    native="ldpc",
    sionna="ldpc",
    crc=24,
    options=DECODING,
)
