import pytest
import torch

from linksim.source import codec_names, load_codec
from linksim.source.zoo.preset import load_preset

CPU = torch.device("cpu")


def test_codecs_are_found_by_entry_point() -> None:
    assert "uo_isc" in codec_names()


def test_an_unknown_codec_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"jpeg2001: unknown; one of .*uo_isc"):
        load_codec("jpeg2001", load_preset("embedded"), CPU)
