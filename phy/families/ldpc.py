"""5G NR LDPC codes (TS 38.212 5.3.2, 5.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from linksim.phy.families.family import (
    ITERATIONS,
    BlockSizes,
    CodeFamily,
    CodeOptions,
    native_part,
    one_of,
)
from linksim.phy.refused import Refused

_LARGEST_BG2 = 3840  # information bits of base graph 2, TS 38.212 5.2.2
_LOWEST_BG1 = Fraction(1, 3)  # base graph 1 would need repetition below


def base_graph(code: CodeOptions, information_bits: int) -> int:
    """Return the base graph of a block, 1 or 2 (TS 38.212 7.2.2).

    Below rate 1/3 it is always 2: base graph 1 would need repetition there.
    """
    small = information_bits <= 292 or (information_bits <= 3824 and code.rate <= Fraction(67, 100))
    return 2 if small or code.rate < _LOWEST_BG1 else 1


@dataclass(frozen=True)
class Ldpc(CodeFamily):
    """LDPC codes, decoded natively by min-sum, and by belief propagation in Sionna."""

    def information_range(self, code: CodeOptions, bits_per_symbol: int) -> tuple[int, int]:
        fewest, most = super().information_range(code, bits_per_symbol)
        return fewest, _LARGEST_BG2 if code.rate < _LOWEST_BG1 else most

    def lacks(self, engine: str, code: CodeOptions) -> str:
        by_sums = engine in ("native", "gpu", "hybrid")
        if by_sums and code.decoder == "bp":
            return f"decodes by min-sum; for {code.name}:decoder=bp use sionna"
        return ""

    def check(self, code: CodeOptions, sizes: BlockSizes) -> None:
        ldpc_code, graph = native_part("ldpc_code"), base_graph(code, sizes.information)
        lifted = ldpc_code.lifted_code(sizes.information, sizes.coded, graph)
        if not ldpc_code.comes_back(lifted):
            problem = (
                f"5G leaves out the first {lifted.punctured} of a block's {sizes.information} "
                f"information bits, and {sizes.coded} coded bits do not bring them back at any "
                "SNR; give a lower rate or longer messages"
            )
            raise Refused("code", problem, code)


LDPC = Ldpc(
    "5G NR LDPC (TS 38.212); iterations=20, decoder=minsum|bp",
    rates=(Fraction(1, 5), Fraction(19, 20)),
    information=(12, 8448),
    native="ldpc",
    sionna="ldpc",
    crc=24,
    options={"iterations": ITERATIONS, "decoder": one_of("bp", "minsum")},
)
