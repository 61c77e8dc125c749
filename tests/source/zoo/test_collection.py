"""The garbage collector while modules and weights are loaded."""

import gc

import pytest

from linksim.source.zoo import collection
from linksim.source.zoo.collection import keep_what_is_loaded, uncollected


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


def test_what_a_command_loads_is_never_walked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_freeze_count()
    with uncollected():
        pass
    assert gc.get_freeze_count() == before
    monkeypatch.setattr(collection, "_kept_for_good", False)
    keep_what_is_loaded()
    try:
        with uncollected():
            pass
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
