"""Convolutional codes against Sionna, against exhaustive search, and end to end."""

from itertools import product

import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer
from linksim.phy.native import convolutional
from linksim.phy.native.convolutional import Convolutional
from linksim.phy.puncturing import FAMILIES
from linksim.phy.spec import PhySpec

from .rows import coder_of, decided, received

RNG = np.random.default_rng


encoded, soft_bits = coder_of(convolutional)


def generators(outputs: int, constraint: int) -> tuple[str, ...]:
    return FAMILIES[constraint].generators[:outputs]


def mother_code(k: int, outputs: int, constraint: int) -> Convolutional:
    order = np.arange(outputs * (k + constraint - 1))
    return convolutional.convolutional(order, k, generators(outputs, constraint))


def decoded(code: Convolutional, llr: np.ndarray) -> np.ndarray:
    return decided(soft_bits(code, llr))


def all_blocks(bits: int) -> np.ndarray:
    return np.array(list(product([0, 1], repeat=bits)), dtype=np.uint8)


@pytest.mark.parametrize("outputs", [2, 3])
@pytest.mark.parametrize("constraint", range(3, 9))
def test_codewords_are_sionnas(outputs: int, constraint: int) -> None:
    pytest.importorskip("linksim.phy.sionna.tensorflow_engine", exc_type=ImportError)
    import tensorflow as tf
    from sionna.phy.fec.conv import ConvEncoder

    information = RNG(constraint).integers(0, 2, (20, 32), dtype=np.uint8)
    encoder = ConvEncoder(gen_poly=generators(outputs, constraint), terminate=True)
    expected = encoder(tf.constant(information, tf.float32)).numpy()
    assert np.array_equal(encoded(mother_code(32, outputs, constraint), information), expected)


@pytest.mark.parametrize(("outputs", "constraint"), [(2, 3), (2, 6), (3, 7), (2, 8)])
@pytest.mark.parametrize("left_out", [0, 4])
def test_decisions_are_the_most_likely_of_all_blocks(
    outputs: int, constraint: int, left_out: int
) -> None:
    length = outputs * (9 + constraint - 1)
    order = RNG(1).permutation(length)[: length - left_out]
    code = convolutional.convolutional(order, 9, generators(outputs, constraint))
    candidates = all_blocks(9)
    signs = 2.0 * encoded(code, candidates) - 1
    llr = RNG(2).normal(size=(300, len(order))).astype(np.float32)
    best = candidates[(llr @ signs.T).argmax(axis=1)]
    assert np.array_equal(decoded(code, llr), best)


def test_block_errors_are_those_of_sionnas_viterbi_decoder() -> None:
    pytest.importorskip("linksim.phy.sionna.tensorflow_engine", exc_type=ImportError)
    import tensorflow as tf
    from sionna.phy.fec.conv import ConvEncoder, ViterbiDecoder

    information = RNG(3).integers(0, 2, (500, 50), dtype=np.uint8)
    code = mother_code(50, 2, 7)
    llr = received(encoded(code, information), 1.0, 4)
    encoder = ConvEncoder(gen_poly=generators(2, 7), terminate=True)
    theirs = ViterbiDecoder(encoder=encoder)(tf.constant(llr)).numpy()
    wrong = (decoded(code, llr) != information).any(axis=1)
    assert np.mean(wrong != (theirs != information).any(axis=1)) <= 0.004  # near ties
    assert 0.02 < wrong.mean() < 0.3


@pytest.mark.parametrize("rate", ["1/6", "1/3", "2/5", "1/2", "2/3", "3/4", "9/10"])
@pytest.mark.parametrize("constraint", [3, 7, 8])
def test_a_clean_channel_brings_back_every_bit(rate: str, constraint: int) -> None:
    code = CodeSpec.parse(f"conv:rate={rate},constraint={constraint}")
    for bits, modulation in ((37, "bpsk"), (100, "8psk"), (1000, "64qam"), (7000, "16qam")):
        spec = PhySpec(code, Modulation.named(modulation), ChannelSpec())
        layer = PhysicalLayer(bits, spec, engine="native")
        messages = RNG(bits).integers(0, 2, (4, bits), dtype=np.uint8)
        outcome = layer.transmit(messages, 45.0, range(4))
        assert np.array_equal(outcome.bits, messages)
        assert outcome.block_passed.all()


def test_results_do_not_depend_on_threads() -> None:
    spec = PhySpec(CodeSpec.parse("conv"), Modulation.named("8psk"), ChannelSpec("rayleigh"))
    messages = RNG(5).integers(0, 2, (200, 300), dtype=np.uint8)
    one, four = (
        PhysicalLayer(300, spec, 1, "native", threads).transmit(messages, 6.0, range(200))
        for threads in (1, 4)
    )
    assert np.array_equal(one.llr, four.llr)
    assert np.array_equal(one.raw_errors, four.raw_errors)
    assert 0 < one.block_errors.sum() < 200
