"""What kernels run on in tests: the processor, where there is g++, and a GPU where there is one."""

import pytest

from linksim.phy.cuda.device import Device
from linksim.phy.cuda.gpu import first_gpu
from linksim.phy.cuda.host import Host, compiler
from linksim.phy.cuda.toolkit import Unavailable


@pytest.fixture(scope="session")
def host() -> Host:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")
    return Host()


@pytest.fixture(params=["host", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> Device:
    if request.param == "host":
        found: Device = request.getfixturevalue("host")
        return found
    try:
        return first_gpu()
    except Unavailable as problem:
        pytest.skip(f"--engine gpu {problem}")
