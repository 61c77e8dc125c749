"""``--engine gpu`` where it cannot run."""

import pytest

from linksim.experiments.cli.main import run
from linksim.phy.cuda.gpu import first_gpu
from linksim.phy.cuda.toolkit import Unavailable


def test_a_machine_without_a_gpu_says_so_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        first_gpu()
    except Unavailable:
        pass
    else:
        pytest.skip("there is a GPU")
    assert run(["link", "--engine", "gpu", "--snr", "3"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--engine gpu: " in line
    assert line.endswith(("use native", "pip install 'semantic-linksim[gpu]'"))
