"""What `linksim bench --device cuda` prints; the processor stands in for a GPU."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from linksim.experiments.bench.gpu import (
    Speed,
    block_of,
    chain_speed,
    decoder_speed,
    gpu_speeds,
    sionna_2_is_installed,
    sionna_speeds,
)
from linksim.experiments.bench.gpu_bound import H100, Bound, decoder_bound
from linksim.experiments.bench.gpu_report import gpu_report, sweep_times_report
from linksim.experiments.bench.gpu_sweep import SweepTime, sweep_times
from linksim.experiments.cli.main import run
from linksim.phy import ChannelSpec
from linksim.phy.channel import ChannelUse
from linksim.phy.cuda.engine import GpuEngine
from linksim.phy.cuda.host import Host, compiler
from linksim.phy.cuda.layout import narrow_layout
from linksim.phy.families.ldpc import ldpc_matching

from ..configurations import sweep_configuration

BLOCK = block_of(120)


def test_chain_and_decoder_are_measured_by_blocks_of_a_call() -> None:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")
    host = Host()
    chain = chain_speed("chain", GpuEngine(BLOCK, host), BLOCK, 9.0, (3, 12))
    alone = decoder_speed(BLOCK, host, 9.0, (3, 12))
    assert chain.bler == 0
    assert chain.gbps.keys() == alone.gbps.keys() == {3, 12}
    assert min(*chain.gbps.values(), *alone.gbps.values()) > 0
    assert alone.iterations is not None
    assert 1 <= alone.iterations < 8


def bound(gbps: float) -> Bound:
    k, n, _ = BLOCK.segmentation.sizes
    layout = narrow_layout(ldpc_matching(BLOCK.code, k, n).code, H100.most_shared)
    return Bound(layout, {3: 100}, 100, 1000, gbps)


def test_the_report_has_a_column_for_each_batch_and_the_share_of_the_bound() -> None:
    measured = {
        (1152, "high SNR"): [
            Speed("gpu, whole chain", {1000: 1.5, 10000: 9.25}, bler=0.01),
            Speed("gpu, decoder alone", {1000: 2.0, 10000: 20.0}, iterations=4.0),
            Speed("native, one core", {1000: 0.1}, bler=0.01),
        ]
    }
    text = gpu_report("a card", measured, {1152: bound(200.0)})
    assert "| gpu, whole chain | 0.01 | 1.5 | 9.25 |" in text
    assert "| native, one core | 0.01 | 0.1 | – |" in text
    assert "allow 50 Gb/s at most, of which it reaches 40%" in text
    assert "at most" not in gpu_report("a card", measured, {})


def test_the_bound_counts_what_nvrtc_makes_of_the_rows() -> None:
    from linksim.phy.cuda.toolkit import Unavailable

    try:
        found = decoder_bound(BLOCK, H100)
    except (Unavailable, FileNotFoundError) as problem:
        pytest.skip(str(problem))
    degrees = sorted(found.rows)
    assert [found.rows[each] for each in degrees] == sorted(found.rows.values())
    per_edge = Fraction(found.instructions, found.edges)  # of two checks
    assert 15 < per_edge < 60


def test_a_machine_without_a_gpu_says_so_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert run(["bench", "--device", "cuda"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("--device cuda: not on this machine; use cpu or auto")


def test_a_code_is_measured_beside_native_on_one_core_and_on_all() -> None:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")
    speeds = gpu_speeds(120, Host(), 9.0, (3, 6))
    assert [speed.what for speed in speeds[:2]] == ["gpu, whole chain", "gpu, decoder alone"]
    assert [speed.what for speed in speeds[2:4]] == ["native, all cores", "native, one core"]
    assert [set(speed.gbps) for speed in speeds[:4]] == [{3, 6}, {3, 6}, {3}, {3}]


@pytest.mark.skipif(not sionna_2_is_installed(), reason="Sionna 2 is not installed")
def test_sionna_compiled_counts_what_it_counts_as_it_is() -> None:
    from linksim.phy.sionna.torch_engine import CompiledTorch, SionnaTorch

    block = block_of(120, "minsum")
    block = replace(block, code=replace(block.code, iterations=2))
    use = ChannelUse(ChannelSpec(), 1, 3.0, range(20), 1, block.segmentation.block_symbols)
    compiled = CompiledTorch(block, 1, backend="eager").count(use)
    eager = SionnaTorch(block, 1).count(use)
    assert eager.bit_errors.any()
    np.testing.assert_array_equal(compiled.bit_errors, eager.bit_errors)
    np.testing.assert_array_equal(compiled.raw_errors, eager.raw_errors)


@pytest.mark.skipif(not sionna_2_is_installed(), reason="Sionna 2 is not installed")
def test_sionna_is_measured_as_it_is_and_says_where_it_does_not_compile() -> None:
    block = block_of(120, "minsum")
    eager, compiled = sionna_speeds(block, 9.0, (3,), backend="no such backend")
    assert eager.bler == 0
    assert set(eager.gbps) == {3}
    assert "torch.compile: InvalidBackend" in compiled.what
    assert not compiled.gbps


def test_a_sweep_is_timed_on_one_device_beside_another() -> None:
    configuration = sweep_configuration(judge="none", images=2)
    (here,) = sweep_times(configuration, [torch.device("cpu")])
    assert (here.device, here.engine) == ("cpu", "native")
    assert here.wall_s > 0
    text = sweep_times_report(configuration, [here, SweepTime("cuda:0", "gpu", here.wall_s / 4)])
    assert "A sweep of uo_isc, 2 pictures at 1 SNRs" in text
    assert "| cpu | native | " in text
    assert text.endswith(" 4.00 |")
