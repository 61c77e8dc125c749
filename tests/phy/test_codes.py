from fractions import Fraction

import pytest

from linksim.phy import CODES, CodeSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("ldpc", CodeSpec("ldpc", Fraction(1, 2))),
        ("ldpc:rate=2/3", CodeSpec("ldpc", Fraction(2, 3))),
        ("ldpc:rate=0.25", CodeSpec("ldpc", Fraction(1, 4))),
        ("ldpc:crc=0,iterations=50,decoder=bp", CodeSpec(crc=0, iterations=50, decoder="bp")),
        ("polar:list=4", CodeSpec("polar", list=4)),
        ("conv:constraint=5,rate=1/3", CodeSpec("conv", Fraction(1, 3), constraint=5)),
    ],
)
def test_a_code_is_read_with_its_options(text: str, spec: CodeSpec) -> None:
    assert CodeSpec.parse(text) == spec


@pytest.mark.parametrize("name", [name for name in CODES if not CODES[name].fixed])
def test_a_code_is_written_as_it_is_read(name: str) -> None:
    spec = CodeSpec.parse(name)
    assert CodeSpec.parse(str(spec)) == spec
    assert str(spec) == ("none" if name == "none" else f"{name}:rate=1/2")


def test_only_what_is_not_the_default_is_written() -> None:
    assert str(CodeSpec.parse("ldpc:iterations=20,rate=1/2")) == "ldpc:rate=1/2"
    assert str(CodeSpec.parse("ldpc:crc=0,iterations=5")) == "ldpc:rate=1/2,crc=0,iterations=5"
    assert str(CodeSpec.parse("nr:rv=0,mcs=10")) == "nr:mcs=10"
    assert str(CodeSpec.parse("nr:rv=2,table=256QAM,mcs=3")) == "nr:mcs=3,table=256qam,rv=2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fountain", "unknown; one of ldpc, nr, polar, turbo, conv, repetition, none"),
        ("ldpc:rate=0", "rates 15/512 to 19/20"),
        ("ldpc:rate=1.5", "rates 15/512 to 19/20"),
        ("ldpc:rate=nan", "no value of rate"),
        ("ldpc:rate=1/0", "no value of rate"),
        ("ldpc:rate=half", "no value of rate"),
        ("ldpc:rate", "no value of rate"),
        ("ldpc:rate=1e-99999999", "no value of rate"),
        ("ldpc:length=5", "no option 'length'; it has rate, crc, iterations, decoder"),
        ("ldpc:crc=5", "a CRC has 0, 6, 11, 16, 24 bits"),
        ("ldpc:crc=16,crc=24", "crc is given twice"),
        ("ldpc:iterations=0", "no value of iterations"),
        ("ldpc:decoder=magic", "no value of decoder"),
        ("conv:constraint=99", "no value of constraint"),
        ("repetition:rate=2", "rates 1/32 to 1"),
        ("none:rate=1/2", "no option 'rate'"),
    ],
)
def test_a_wrong_code_says_what_is_possible(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        CodeSpec.parse(text)
