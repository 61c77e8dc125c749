"""Modulation and coding schemes, of which the envelope takes the best at each SNR."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from linksim.experiments.constellations import modulation_of
from linksim.experiments.faults import Fault
from linksim.phy import CODES, CodeSpec, Refused, mcs_table, modulation_names
from linksim.phy.mcs import MCS_TABLES
from linksim.phy.options import known_name
from linksim.source.text_files import UnreadableText, read_table

_MOST_SCHEMES = 100
_READABLE = 20  # denominators of rates that are shown as fractions


@dataclass(frozen=True)
class Scheme:
    """A channel code with its rate, and a modulation.

    Attributes:
        code: as `CodeSpec.parse` reads it.
        modulation: its name.
    """

    code: str
    modulation: str

    @property
    def rate(self) -> Fraction:
        """Information bits, the CRC's among them, for each coded bit."""
        return CodeSpec.parse(self.code).rate

    @property
    def efficiency(self) -> float:
        """Information bits for each symbol."""
        return float(self.rate * modulation_of(self.modulation).bits_per_symbol)

    def __str__(self) -> str:
        rate = str(self.rate) if self.rate.denominator < _READABLE else f"{float(self.rate):.3f}"
        return f"{self.modulation.upper()} {rate}"


def _of(modulation: str, rate: Fraction | str) -> Scheme:
    return Scheme(str(CodeSpec.parse(f"ldpc:rate={rate}")), modulation)


JSCC = tuple(
    _of(modulation, rate)
    for modulation in ("bpsk", "qpsk", "16qam", "64qam")
    for rate in ("1/2", "2/3", "3/4")
)
"""What papers on joint source-channel coding compare with, here with 5G's LDPC codes.

Bourtsoulatze et al. 2019 and those who follow: rates 1/2, 2/3, 3/4 of a code of 6144 bits or so,
BPSK to 64-QAM.
"""


def _of_5g(table: str) -> tuple[Scheme, ...]:
    """Return the schemes of a table of TS 38.214 5.1.3.1 whose rates the LDPC code has."""
    low, high = CODES["ldpc"].rates
    return tuple(
        _of(mcs.modulation, mcs.rate) for mcs in mcs_table(table) if low <= mcs.rate <= high
    )


TABLES = ("jscc", *(f"5g-{name}" for name in MCS_TABLES))


def schemes_of(table: str) -> tuple[Scheme, ...]:
    """Return the schemes of a table by its name, or those of a CSV file.

    Args:
        table: a name in `TABLES`, or a file with the columns ``code`` and ``modulation``.

    Raises:
        Fault: if there is no such table, or a row is no scheme.
    """
    if table == "jscc":
        return JSCC
    if table in TABLES:
        return _of_5g(table.removeprefix("5g-"))
    if not table.endswith(".csv"):
        raise Fault(f"--table {table}: give {', '.join(TABLES)}, or a .csv of code,modulation")
    try:
        rows = read_table(Path(table), ("code", "modulation"), ())
    except UnreadableText as error:
        raise Fault(f"--table {error}") from None
    if not 0 < len(rows) <= _MOST_SCHEMES:
        raise Fault(f"--table {table}: has {len(rows)} schemes; give 1 to {_MOST_SCHEMES}")
    return tuple(dict.fromkeys(_scheme(f"--table {table}, line {n}", row) for n, row in rows))


def _scheme(place: str, row: dict[str, str]) -> Scheme:
    try:
        code = str(CodeSpec.parse(row["code"]))
        modulation = known_name(row["modulation"], modulation_names())
    except (Refused, ValueError) as error:
        raise Fault(f"{place}: {error}") from None
    return Scheme(code, modulation)
