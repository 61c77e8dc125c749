"""Codes at equal cost: the rate that is found fills the symbols, and never more."""

import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.studies.equal_symbols import fit
from linksim.phy import CodeSpec, Modulation
from linksim.phy.segmentation import segment

CODED = ("ldpc", "polar", "turbo", "conv", "repetition")


@pytest.mark.parametrize("code", CODED)
@pytest.mark.parametrize(("bits", "symbols", "modulation"), [
    (6144, 6144, "qpsk"), (6144, 9216, "qpsk"), (6144, 4096, "8psk"), (1536, 777, "16qam"),
    (57344, 57344, "qpsk"),
])  # fmt: skip
def test_symbols_come_out_equal(code: str, bits: int, symbols: int, modulation: str) -> None:
    fitted = fit(CodeSpec.parse(code), modulation, bits, symbols)
    plan = segment(
        CodeSpec.parse(fitted.code), bits, Modulation.named(fitted.modulation).bits_per_symbol
    )
    assert plan.symbols == fitted.symbols
    assert symbols - plan.blocks < fitted.symbols <= symbols


@pytest.mark.parametrize(
    ("symbols", "modulation"), [(6144, "bpsk"), (5000, "qpsk"), (3072, "qpsk"), (2000, "16qam")]
)
def test_uncoded_messages_take_the_smallest_modulation_that_fits(
    symbols: int, modulation: str
) -> None:
    fitted = fit(CodeSpec.parse("none"), "256qam", 6144, symbols)
    assert fitted.modulation == modulation
    assert fitted.symbols <= symbols


def test_options_of_a_code_are_kept() -> None:
    assert "list=32" in fit(CodeSpec.parse("polar:list=32"), "qpsk", 6144, 6144).code


def test_a_budget_that_no_rate_meets_is_refused() -> None:
    with pytest.raises(Fault, match="--efficiency: 6144 bits in 1500 symbols of qpsk: ldpc:rate"):
        fit(CodeSpec.parse("ldpc"), "qpsk", 6144, 1500)
    with pytest.raises(Fault, match="--efficiency: uncoded"):
        fit(CodeSpec.parse("none"), "qpsk", 6144, 700)
