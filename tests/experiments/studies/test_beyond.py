"""The receivers that are compared."""

from linksim.experiments.studies.beyond import CODED, CONDITIONS


def test_every_condition_compares_with_the_plain_receiver() -> None:
    for condition in CONDITIONS:
        assert next(iter(condition.receivers)) == "plain"
        assert "all together" in condition.receivers
    assert all("protect" in CODED[name] for name in ("unequal protection", "all together"))
