"""The turbo code's rate matching against TS 36.212's formulas, bit names and all."""

import math

import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.circular_buffer import (
    circular_buffer,
    encoded_places,
    turbo_preference,
    turbo_start,
)
from linksim.phy.rate_matching import mother_bits, sent_order
from linksim.phy.turbo_lengths import block_length, filler_bits

COLUMNS = (
    *(0, 16, 8, 24, 4, 20, 12, 28, 2, 18, 10, 26, 6, 22, 14, 30),
    *(1, 17, 9, 25, 5, 21, 13, 29, 3, 19, 11, 27, 7, 23, 15, 31),
)


def names_of_the_mother_codeword(k: int) -> list[str]:
    """As the encoder writes it: input and both parities of every bit, then one tail, the other.

    Of k bits that fill no block, the filler bits before them, and z of those, are left out.
    """
    whole = block_length(k)
    body = [f"{stream}{i}" for i in range(whole) for stream in ("x", "z", "z'")]
    first = [f"{stream}{whole + i}" for i in range(3) for stream in ("x", "z")]
    second = [f"{stream}{whole + i}" for i in range(3) for stream in ("x'", "z'")]
    known = {f"{stream}{i}" for i in range(whole - k) for stream in ("x", "z")}
    return [name for name in body + first + second if name not in known]


def streams(k: int, filler: int) -> list[list[str]]:
    """Return d0, d1 and d2 with their tails (5.1.3.2.2); nothing stands for <NULL> (5.1.3.2.1)."""
    tails = (
        [f"x{k}", f"z{k + 1}", f"x'{k}", f"z'{k + 1}"],
        [f"z{k}", f"x{k + 2}", f"z'{k}", f"x'{k + 2}"],
        [f"x{k + 1}", f"z{k + 2}", f"x'{k + 1}", f"z'{k + 2}"],
    )
    bodies = [[f"{name}{i}" for i in range(k)] for name in ("x", "z", "z'")]
    bodies[0][:filler] = bodies[1][:filler] = [""] * filler
    return [[*body, *tail] for body, tail in zip(bodies, tails, strict=True)]


def rate_matched(k: int, e: int, rv: int = 0) -> list[str]:
    """Return the names of e_0 … (5.1.4.1.1 and 5.1.4.1.2), with a soft buffer for all."""
    whole = block_length(k)
    d = whole + 4
    rows = next(r for r in range(1, d + 1) if d <= 32 * r)
    size = 32 * rows
    y = [[""] * (size - d) + stream for stream in streams(whole, whole - k)]
    v = [
        [row[32 * r + COLUMNS[c]] for c in range(32) for r in range(rows)]
        if number < 2
        else [row[(COLUMNS[i // rows] + 32 * (i % rows) + 1) % size] for i in range(size)]
        for number, row in enumerate(y)
    ]
    w = v[0] + [name for i in range(size) for name in (v[1][i], v[2][i])]
    at = rows * (2 * math.ceil(len(w) / (8 * rows)) * rv + 2)
    sent: list[str] = []
    while len(sent) < e:
        if w[at % len(w)]:
            sent.append(w[at % len(w)])
        at += 1
    return sent


@pytest.mark.parametrize("k", [40, 41, 60, 61, 92, 104, 512, 1000, 3072, 6144])
@pytest.mark.parametrize("rate", ["9/10", "7/9", "1/2", "1/3", "1/6"])
def test_bits_are_sent_as_the_standard_says(k: int, rate: str) -> None:
    code, names = CodeSpec.parse(f"turbo:rate={rate}"), names_of_the_mother_codeword(k)
    e = int(k / code.rate)
    ours, expected = [names[i] for i in sent_order(code, k, e)], rate_matched(k, e)
    assert ours[: len(names)] == expected[: len(names)]
    assert sorted(ours) == sorted(expected)


@pytest.mark.parametrize("k", [40, 137, 2000])
def test_every_bit_is_sent_before_one_is_repeated_and_information_first(k: int) -> None:
    order = sent_order(CodeSpec.parse("turbo:rate=1/6"), k, 6 * k)
    length = mother_bits(CodeSpec("turbo"), k)
    assert length == 3 * k + 12 + filler_bits(k)
    assert sorted(order[:length]) == list(range(length))
    order = encoded_places(k)[order]
    systematic = (order < 3 * block_length(k)) & (order % 3 == 0)
    early = systematic[: math.ceil(0.93 * k)]
    assert early.sum() >= len(early) - 4, "tail bits alone may stand between"


def block_error_rate(code: str, bits: int, snr_db: float, messages: int) -> float:
    spec = PhySpec(CodeSpec.parse(code), Modulation.named("bpsk"), ChannelSpec())
    counts = PhysicalLayer(bits, spec, seed=1, engine="native").count(snr_db, range(messages))
    return float((counts.bit_errors > 0).mean())


def test_parity_a_feedback_period_apart_is_no_loss() -> None:
    assert block_error_rate("turbo:rate=7/9", 3048, 2.5, 200) == 0
    stronger, weaker = (block_error_rate(f"turbo:rate={r}", 3048, 2.0, 300) for r in ("7/9", "4/5"))
    assert stronger < 0.02 < weaker < 0.15


@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
def test_a_bit_and_its_repetition_do_not_share_a_symbol(modulation: str) -> None:
    width, k = Modulation.named(modulation).bits_per_symbol, 1200
    length = mother_bits(CodeSpec("turbo"), k)
    for coded in range(length + width, 2 * length, width * 37):
        order = sent_order(CodeSpec.parse("turbo:rate=1/6"), k, coded)
        symbol = np.arange(coded) % (coded // width)
        pairs = order * coded + symbol
        assert len(pairs) - len(np.unique(pairs)) < 0.02 * coded


@pytest.mark.parametrize("information", [40, 41, 512, 2050, 6144])
@pytest.mark.parametrize("rv", range(4))
def test_a_redundancy_version_begins_at_its_column_and_goes_once_around(
    information: int, rv: int
) -> None:
    buffer = circular_buffer(information)
    rows = -(-(block_length(information) + 4) // 32)
    k0 = rows * (2 * math.ceil(buffer.size / (8 * rows)) * rv + 2)  # TS 36.212 5.1.4.1.2
    sent = [int(buffer[(k0 + place) % buffer.size]) for place in range(buffer.size)]
    expected = [bit for bit in sent if bit >= 0]
    assert turbo_preference(information, rv).tolist() == expected
    assert sorted(expected) == list(range(mother_bits(CodeSpec("turbo"), information)))
    start = turbo_start(information, rv)
    assert turbo_preference(information)[start] == expected[0]
