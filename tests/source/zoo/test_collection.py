"""The garbage collector while modules and weights are loaded."""

import gc

import pytest

from linksim.source.zoo.collection import uncollected


def test_the_collector_is_still_and_then_as_before() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_goes_on_after_a_model_that_cannot_be_loaded() -> None:
    with pytest.raises(ValueError, match="damaged"), uncollected():
        raise ValueError("damaged")
    assert gc.isenabled()
