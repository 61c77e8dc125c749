"""What Python gives to a call becomes texts, and objects with names for as long as it runs."""

from typing import Any

import numpy as np
import pytest

from linksim._given import lent
from linksim.experiments.calls.arguments import (
    CodeLike,
    Lent,
    code_texts,
    modulation_texts,
    snr_text,
)
from linksim.experiments.configuration import parse_snr
from linksim.phy import CodeSpec, Modulation, code_names, modulation_names


class Repeat:
    """Sends every bit twice."""

    k, n = 4, 8

    def encode(self, bits: np.ndarray) -> np.ndarray:
        return np.repeat(bits, 2, axis=1)

    def decode(self, llr: np.ndarray) -> np.ndarray:
        return llr.reshape(-1, 4, 2).sum(axis=2)


class Backwards(Repeat):
    """The same code, its bits in another order."""

    def encode(self, bits: np.ndarray) -> np.ndarray:
        return super().encode(bits)[:, ::-1]

    def decode(self, llr: np.ndarray) -> np.ndarray:
        return super().decode(llr[:, ::-1])


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (3, [3.0]),
        (2.5, [2.5]),
        (np.float32(4), [4.0]),
        ([0, 2.5, 5], [0.0, 2.5, 5.0]),
        (np.arange(3), [0.0, 1.0, 2.0]),
        (range(2), [0.0, 1.0]),
        ("0:1:0.5", [0.0, 0.5, 1.0]),
    ],
)
def test_snrs_are_read_in_every_form(given: Any, read: list[float]) -> None:
    assert parse_snr(snr_text(given)) == read


def test_no_snr_is_refused() -> None:
    with pytest.raises(ValueError, match="snr: give one"):
        snr_text([])


def test_texts_are_those_of_the_command_line() -> None:
    lent_objects = Lent()
    assert code_texts("LDPC:rate=0.5", lent_objects) == ("ldpc:rate=1/2",)
    assert code_texts(["none", "none"], lent_objects) == ("none",)
    assert modulation_texts("16-QAM", lent_objects) == ("16qam",)
    assert not lent_objects


def test_an_object_has_its_name_while_the_call_runs_and_no_longer() -> None:
    objects = Lent()
    assert code_texts([Repeat(), "none"], objects) == ("repeat", "none")
    assert "repeat" not in code_names()
    with objects.named():
        assert "repeat" in code_names()
        own = CodeSpec.parse("repeat:crc=0").own
        assert own is not None
        assert own.k == 4
    assert "repeat" not in code_names()
    assert not lent("linksim.codes")


def test_options_of_a_code_of_ones_own_stay() -> None:
    class Long(Repeat):
        k, n = 32, 64

        def decode(self, llr: np.ndarray) -> np.ndarray:
            return llr.reshape(-1, 32, 2).sum(axis=2)

    objects = Lent()
    spec = CodeSpec.of(Long(), "mine", crc=16)
    (text,) = code_texts(spec, objects)
    with objects.named():
        assert CodeSpec.parse(text) == spec


def test_a_constellation_of_ones_own() -> None:
    star, objects = Modulation.from_points("star", [1, 1j, -1j, -1]), Lent()
    assert modulation_texts([star, "qpsk"], objects) == ("star", "qpsk")
    with objects.named():
        assert Modulation.named("star") is star
        assert "star" in modulation_names()


@pytest.mark.parametrize("given", [CodeSpec.of(Repeat(), "ldpc"), [Repeat(), Repeat()]])
def test_a_name_that_is_anothers_is_refused(given: CodeLike | list[CodeLike]) -> None:
    with pytest.raises(ValueError, match="is another's name"):
        code_texts(given, Lent())


def test_digests_tell_codes_by_what_they_do() -> None:
    found = []
    for code in (Repeat(), Repeat(), Backwards()):
        objects = Lent()
        code_texts(CodeSpec.of(code, "mine"), objects)
        found.append(objects.inputs["code mine"])
    assert found[0] == found[1] != found[2]


def test_a_name_lent_twice_comes_back_to_the_first() -> None:
    from linksim._given import lent_names

    with lent_names("kind", {"a": 1}):
        with lent_names("kind", {"a": 2, "b": 3}):
            assert lent("kind") == {"a": 2, "b": 3}
        assert lent("kind") == {"a": 1}
    assert lent("kind") == {}
