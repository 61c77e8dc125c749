"""Settings of the whole suite."""

import pytest
from hypothesis import settings

# No deadline: a kernel's first call compiles it. Derandomised: a failure is the same everywhere.
settings.register_profile("linksim", deadline=None, derandomize=True)
settings.load_profile("linksim")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz", type=int, default=1, metavar="N", help="send N times as many damaged inputs"
    )


@pytest.fixture(scope="session")
def fuzz(request: pytest.FixtureRequest) -> int:
    """How many times the usual number of cases a fuzzer sends."""
    return int(request.config.getoption("--fuzz"))
