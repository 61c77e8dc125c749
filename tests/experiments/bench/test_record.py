"""Records: what is measured, and how it is told."""

import pytest

from linksim.experiments.bench.record import CONTESTS, Record, measured
from linksim.experiments.bench.record_report import record_report
from linksim.phy import ChannelSpec, CodeSpec, Modulation, segment
from linksim.phy.channel import ChannelUse
from linksim.phy.engine import BlockFormat
from linksim.phy.native import stages


def test_a_throughput_is_divided_by_the_clock_of_the_same_run_and_by_lanes() -> None:
    record = measured(CONTESTS[0], register_bytes=64, rounds=3)
    assert record.mbps > 0
    assert 0.1 < record.ghz < 10
    assert record.tndc == pytest.approx(record.mbps / (record.ghz * 64))
    assert record.bits_per_cycle == pytest.approx(record.mbps / record.ghz / 1e3)
    assert measured(CONTESTS[1], register_bytes=64, rounds=1).tndc == 0


def test_the_clock_counts_steps_that_wait_for_each_other() -> None:
    number = 1
    for _ in range(1000):
        number = ((number << 13 | number >> 51) + 0x1234567) % 2**64
    assert stages.rotate_and_add(1000) == number


def test_iterations_are_fixed_or_it_is_no_record() -> None:
    code = CodeSpec.parse("ldpc:rate=1/2,crc=0")
    plan = segment(code, 1152, 1)
    block = BlockFormat(code, Modulation.named("bpsk"), "app", plan)

    def at(snr_db: float) -> None:
        use = ChannelUse(ChannelSpec(), 1, snr_db, [0], 1, plan.block_symbols)
        stages.fixed_iterations(block, use, 50)(3)

    at(-10.0)
    with pytest.raises(ValueError, match="so high that decoding ends early"):
        at(10.0)


def test_the_table_has_what_others_published_and_what_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import linksim.experiments.bench.record_report as module

    ldpc, viterbi = CONTESTS[0], CONTESTS[-1]
    records = [Record(ldpc, 300.0, 3.0, 0.1, 1.5), Record(viterbi, 50.0, 3.0, 0.2, 0.4)]
    kept = {"release": "9.9", "bits_per_cycle": {"64": {ldpc.name: 0.08}}}
    monkeypatch.setattr(module, "vector_bytes", lambda: 64)
    monkeypatch.setattr(module, "released", lambda: kept)
    lines = record_report(records).splitlines()
    cells = next(line for line in lines if ldpc.name in line).split(" | ")
    assert cells[1:5] == ["300", "0.1", "64", "1.500"]
    assert cells[-2:] == ["26.9", "0.717 |"]
    assert next(line for line in lines if viterbi.name in line).endswith("|  |  |  |")
    assert lines[-1] == f"- {ldpc.name}: 0.1 / 0.08 = 1.25"
    monkeypatch.setattr(module, "vector_bytes", lambda: 16)
    assert record_report(records).endswith("was not measured with registers of 128 bits.")
