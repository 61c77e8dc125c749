"""Modulation and coding schemes and transport-block sizes, beside Sionna's and the standard's."""

import inspect
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from linksim.phy import Modulation, Refused, mcs_of, mcs_table, transport_block_size
from linksim.phy.mcs import MCS_TABLES


@pytest.mark.parametrize("table", MCS_TABLES)
def test_efficiency_rises_with_the_index_but_where_the_standard_lets_it_fall(table: str) -> None:
    schemes = mcs_table(table)
    assert len(schemes) == (28 if table == "256qam" else 29)
    falls = [b.index for a, b in pairwise(schemes) if a.rate > b.rate]
    orders = [scheme.bits_per_symbol for scheme in schemes]
    assert falls == [i for i in range(1, len(orders)) if orders[i] > orders[i - 1]]
    steps = np.diff([scheme.efficiency for scheme in schemes])
    assert (steps < 0).sum() == (table == "64qam")  # indices 16 and 17: 2.5703 and 2.5664
    for scheme in schemes:
        assert Modulation.named(scheme.modulation).bits_per_symbol == scheme.bits_per_symbol


def test_spectral_efficiencies_are_those_that_the_standard_prints() -> None:
    printed = {  # TS 38.214 tables 5.1.3.1-1 to 3, last column
        "64qam": {0: 0.2344, 9: 1.3262, 10: 1.3281, 16: 2.5703, 17: 2.5664, 28: 5.5547},
        "256qam": {0: 0.2344, 4: 1.1758, 5: 1.4766, 19: 5.1152, 20: 5.3320, 27: 7.4063},
        "64qam-lowse": {0: 0.0586, 14: 1.1758, 15: 1.3281, 20: 2.4063, 21: 2.5664, 28: 4.5234},
    }
    for table, rows in printed.items():
        for index, efficiency in rows.items():
            assert mcs_of(index, table).efficiency == pytest.approx(efficiency, abs=6e-5)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_tables_are_sionnas(number: int) -> None:
    utils = pytest.importorskip("sionna.phy.nr.utils", reason="Sionna is not installed")
    for scheme in mcs_table(MCS_TABLES[number - 1]):
        order, rate = utils.decode_mcs_index(scheme.index, number, is_pusch=False)
        assert int(order) == scheme.bits_per_symbol
        assert float(rate) == pytest.approx(float(scheme.rate), rel=1e-6)


def test_transport_block_sizes_are_sionnas() -> None:
    utils = pytest.importorskip("sionna.phy.nr.utils", reason="Sionna is not installed")
    # Sionna 1 counts in single precision unless told otherwise; Sionna 2 has no such option.
    told = "precision" in inspect.signature(utils.calculate_tb_size).parameters
    precision = {"precision": "double"} if told else {}
    rng = np.random.default_rng(1)
    for table in MCS_TABLES:
        for scheme in rng.choice(np.array(mcs_table(table), dtype=object), 12, replace=False):
            symbols = int(10 ** rng.uniform(1.7, 5))
            found = utils.calculate_tb_size(
                scheme.bits_per_symbol,
                float(scheme.rate),
                num_coded_bits=symbols * scheme.bits_per_symbol,
                return_cw_length=False,
                **precision,
            )
            assert transport_block_size(symbols, scheme) == int(found[0]), (scheme, symbols)


def test_sizes_are_those_worked_out_by_hand() -> None:
    # 156 symbols, 16-QAM, 340/1024: N_info 207.19, n = 3, N' = 200, the next size is 208.
    assert transport_block_size(156, mcs_of(10)) == 208
    # 10000 symbols, QPSK, 120/1024: N_info 2343.75, n = 5, N' = 2336, the next size is 2408.
    assert transport_block_size(10000, mcs_of(0)) == 2408
    # 20000 symbols, 64-QAM, 948/1024: N_info 111093.75, n = 11, N' = 110592, 14 blocks.
    assert transport_block_size(20000, mcs_of(28)) == 8 * 14 * -(-110616 // 112) - 24


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(Refused, match="the table 256qam has 0 to 27"):
        mcs_of(28, "256qam")
    with pytest.raises(Refused, match="1024qam: unknown; one of 64qam, 256qam, 64qam-lowse"):
        mcs_table("1024qam")
    with pytest.raises(ValueError, match="symbols"):
        transport_block_size(0, mcs_of(3))
    assert mcs_of(20, "256-QAM").rate == Fraction(1365, 2048)
