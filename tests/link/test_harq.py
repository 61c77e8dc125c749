"""Pictures whose messages are sent again until they came through."""

import numpy as np
import pytest
import torch

from linksim.link import connect
from linksim.phy import ChannelSpec, CodeSpec, HarqSpec, Modulation, PhySetup, PhySpec, Refused
from linksim.source import AnyCodec, Message, load_codec
from linksim.source.zoo.preset import load_preset

FADING = ChannelSpec.parse("rayleigh", "image")


def codec_of(name: str) -> AnyCodec:
    return load_codec(name, load_preset("embedded"), torch.device("cpu"))


def setup(rounds: int | None, code: str = "ldpc:rate=3/4") -> PhySetup:
    spec = PhySpec(CodeSpec.parse(code), Modulation.named("qpsk"), FADING)
    harq = HarqSpec("ir", rounds) if rounds else None
    return PhySetup(spec, seed=2, engine="native", threads=1, harq=harq)


def test_a_pictures_symbols_grow_with_its_transmissions() -> None:
    codec = codec_of("jpeg2000")
    once, again = connect(codec, setup(None)), connect(codec, setup(4))
    values = torch.randint(0, 256, (12, codec.format.count), generator=torch.manual_seed(1))
    message = Message(values, codec.format.width)
    alone, found = (link.send(message, 6.0, range(12)) for link in (once, again))
    assert alone.again is None
    assert found.again is not None
    transmissions = found.again.symbols / once.account(message).symbols
    assert np.array_equal(transmissions, found.again.rounds)
    assert set(transmissions) <= {1, 2, 3, 4}
    assert len(set(transmissions)) > 1
    # Who came through at once is received as without sending again; the rest is sent again.
    assert np.array_equal(transmissions == 1, alone.block_errors == 0)
    assert found.block_errors.sum() < alone.block_errors.sum()


def test_what_has_no_code_is_not_sent_again() -> None:
    with pytest.raises(Refused, match="harq: deepjscc makes its symbols without a code"):
        connect(codec_of("deepjscc"), setup(2))
