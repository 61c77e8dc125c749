"""The same counts from other processors' instructions, which this one also understands."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = """
import json, sys
import llvmlite.binding
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
layer = PhysicalLayer(
    600,
    PhySpec(CodeSpec.parse("ldpc"), Modulation.named("8psk"), ChannelSpec("rayleigh", 4)),
    seed=1,
    engine="native",
)
counts = layer.count(7.0, range(400))
json.dump([counts.bit_errors.tolist(), counts.raw_errors.tolist()], sys.stdout)
"""


def counts(**environment: str) -> list[list[int]]:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | environment,
        capture_output=True,
        check=True,
    )
    answer: list[list[int]] = json.loads(run.stdout)
    return answer


@pytest.fixture(scope="module")
def here() -> list[list[int]]:
    """What the kernels count that all tests share."""
    return counts()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="needs an x86-64 processor")
@pytest.mark.parametrize("cpu", ["haswell", "nehalem"])
def test_avx2_and_sse_count_the_same(cpu: str, here: list[list[int]], tmp_path: Path) -> None:
    # With the name alone Numba would still use this processor's features.
    other = {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""}
    assert counts(NUMBA_CACHE_DIR=str(tmp_path), **other) == here
    assert 0 < np.count_nonzero(here[0]) < 400
