import importlib.util
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"
)
ORDERS = [
    "import linksim.phy.sionna.tensorflow_engine, open_clip, transformers, torch._dynamo",
    "import torch, open_clip, linksim.phy.sionna.tensorflow_engine, torch._dynamo",
]


@pytest.mark.parametrize("code", ORDERS)
def test_tensorflow_and_torch_live_in_one_process(code: str) -> None:
    # TensorFlow imported before triton aborts the process, which no exception handler sees.
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_start_up_is_silent() -> None:
    code = "import linksim.phy.sionna.tensorflow_engine"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == result.stderr == ""
