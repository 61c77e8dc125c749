"""What follows the colon of DISCOVER's name."""

import pytest

from linksim.source.codec import UnknownCodec
from linksim.source.discover.options import Options, read_options
from linksim.source.scenes import KINDS
from linksim.source.zoo.preset import load_preset

PRESET = load_preset("embedded")


def test_without_options_everything_is_sent() -> None:
    options = read_options(PRESET, "")
    assert (options.task, options.rate, options.steps) == ("full", 2, None)
    assert options.composition
    assert options.disentanglement
    assert options.background
    assert set(options.labels) == set(options.wanted) == set(KINDS)


def test_a_task_sends_no_background() -> None:
    options = read_options(PRESET, "transmit=detection,rate=8,steps=3,composition=off")
    assert options == Options(
        "detection",
        options.labels,
        options.labels,
        8,
        3,
        composition=False,
        disentanglement=True,
        layout=True,
    )
    assert not options.background


def test_labels_of_ones_own() -> None:
    options = read_options(PRESET, "transmit=dog+cat")
    assert (options.task, options.wanted) == ("labels", ("dog", "cat"))
    assert "boat" in options.labels


def test_without_elements_all_is_sent() -> None:
    assert read_options(PRESET, "transmit=detection,disentanglement=off").background


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("transmit=unicorn", "'unicorn' is no task"),
        ("grades=luck", "grades=luck: give score or size"),
        ("transmit=dog+", "'' is no task"),
        ("rate=0", "rate=0: give a whole number"),
        ("rate=²", "rate=²: give a whole number"),
        ("steps=1e3", "steps=1e3: give a whole number"),
        ("composition=no", "composition=no: on or off"),
        ("colour=red", "no option 'colour'"),
        ("rate=1,rate=2", "give rate one value"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, said: str) -> None:
    with pytest.raises(UnknownCodec, match=said) as caught:
        read_options(PRESET, text)
    assert "\n" not in str(caught.value)
