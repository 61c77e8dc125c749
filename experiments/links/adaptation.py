"""Link adaptation: at each SNR the scheme that carries most, of those that fail seldom enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linksim.experiments.configuration import LinkConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.links.results import TB_BLER, Curve, LinkResults, Tally, estimate
from linksim.experiments.physical import brings_modulation
from linksim.experiments.results.estimates import Estimate
from linksim.phy import CodeSpec, Refused, mcs_table
from linksim.phy.families.family import one_of
from linksim.phy.mcs import MCS_TABLES
from linksim.phy.options import parse_options

ADAPTED = "adapted"
"""The code of a curve that changes its scheme with the SNR."""

_TABLE = MCS_TABLES[0]
_LARGEST_STEP_DB, _LONGEST_DELAY = 10.0, 50
_PER_SYMBOL = "information_bits_per_symbol"
_SHARED = ("demapper", "channel", "coherence", "csi", "engine", "seed", "harq", "rounds")


@dataclass(frozen=True)
class AdaptedCurve(Curve):
    """The curve of a link that takes another scheme at another SNR.

    Attributes:
        schemes: the curve of the scheme that is taken at each SNR.
    """

    schemes: tuple[Curve, ...]

    def rate(self, name: str) -> list[Estimate]:
        return [
            estimate(counted, name, scheme.about)
            for counted, scheme in zip(self.tallies, self.schemes, strict=True)
        ]

    @property
    def chosen(self) -> list[str]:
        """The code that is taken at each SNR."""
        return [str(scheme.about["code"]) for scheme in self.schemes]


@dataclass(frozen=True)
class Adaptation:
    """How a link adapts, read of ``--adapt``.

    Attributes:
        target: block error rate to be kept to.
        table: of schemes; empty for the default.
        outer: dB by which the outer loop steps back after a message that failed; 0 without one.
        delay: messages after which a report of the SNR is used, and an ACK is known.
    """

    target: float
    table: str = ""
    outer: float = 0.0
    delay: int = 1

    @classmethod
    def parse(cls, text: str) -> Adaptation:
        """Read ``bler=TARGET[,table=NAME][,outer=STEP[,delay=N]]``.

        Raises:
            Fault: saying what is wrong.

        >>> Adaptation.parse("bler=0.1,outer=0.5,delay=4").delay
        4
        """
        readers: dict[str, Callable[[str], Any]]
        readers = {"bler": float, "table": one_of(*MCS_TABLES), "outer": float, "delay": int}
        try:
            _, options = parse_options(f"adapt:{text}", {"adapt": readers}, ("adapt",), "adapt")
        except Refused as refused:
            written = "bler=0.1[,table=256qam][,outer=0.5[,delay=4]]"
            raise Fault(f"--adapt {text}: {refused.problem}; write {written}") from None
        target = options.pop("bler", 0.0)
        if not 0 < target < 1:
            raise Fault(f"--adapt {text}: give the block error rate to be kept to, like bler=0.1")
        if "outer" in options and not 0 < options["outer"] <= _LARGEST_STEP_DB:
            raise Fault(f"--adapt {text}: outer is a step in dB, above 0 and at most 10")
        if "delay" in options and "outer" not in options:
            raise Fault(f"--adapt {text}: delay is the outer loop's; give outer=0.5 too")
        if not 1 <= options.get("delay", 1) <= _LONGEST_DELAY:
            raise Fault(f"--adapt {text}: delay is a number of messages, 1 to {_LONGEST_DELAY}")
        return cls(target, **options)


def schemes_of(text: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes among which to choose: those given, or all schemes of a table.

    Args:
        text: as `Adaptation.parse` reads it.
        codes: as the user gave them; the default stands for none.

    Raises:
        Fault: for another text, or a code that is no scheme, or a table beside codes.
    """
    table = Adaptation.parse(text).table
    if tuple(codes) == LinkConfiguration.code:
        found = (
            CodeSpec("nr", mcs=one.index, table=one.table) for one in mcs_table(table or _TABLE)
        )
        return tuple(map(str, found))
    if table:
        raise Fault(f"--adapt {text}: give a table, or schemes by --code")
    for code in codes:
        if not brings_modulation(code):
            raise Fault(
                f"--adapt {text}: --code {code} is no scheme; give nr:mcs=…, or leave it out"
            )
    return tuple(codes)


def shown_curves(results: LinkResults) -> list[Curve]:
    """Return the curves of a simulation; where it adapts, first that of the link that does."""
    text = results.configuration.get("adapt")
    how = Adaptation.parse(text) if text else None
    if how is None or how.outer:  # curves of such a link are measured, and stored
        return results.curves
    return [adapted(results.curves, how.target), *results.curves]


def adapted(schemes: Sequence[Curve], target: float) -> AdaptedCurve:
    """Return the curve of a link that takes the best scheme at each SNR.

    That is the one of most bits per symbol among those whose transport blocks (with hybrid ARQ,
    in their first transmission) fail at most as often as the target; where all fail more often, the
    one that fails most seldom. A scheme that was not simulated so far up fails as at its last SNR.

    Args:
        schemes: their curves, from the same SNR on.
        target: block error rate.
    """
    axis = np.unique(np.concatenate([scheme.snr_db for scheme in schemes]))
    taken = [_best(schemes, float(snr_db), target) for snr_db in axis]
    per_symbol = np.array([float(scheme.about[_PER_SYMBOL]) for scheme, _ in taken])
    first = schemes[0].about
    about: dict[str, Any] = {name: first[name] for name in _SHARED if name in first}
    about |= {"code": ADAPTED, "modulation": f"bler={target:g}", "transport_block_bits": 0}
    about |= {"message_bits": first.get("message_bits", 0), _PER_SYMBOL: np.nan}
    return AdaptedCurve(
        about,
        axis,
        axis - 10 * np.log10(per_symbol),
        [counted for _, counted in taken],
        tuple(scheme for scheme, _ in taken),
    )


def _best(schemes: Sequence[Curve], snr_db: float, target: float) -> tuple[Curve, Tally]:
    """Return the scheme for an SNR, and what was counted of it."""
    found = [(scheme, _at(scheme, snr_db)) for scheme in schemes]
    fails = {id(scheme): _first_bler(scheme, counted) for scheme, counted in found}
    good = [(scheme, counted) for scheme, counted in found if fails[id(scheme)] <= target]
    if good:
        return max(good, key=lambda one: float(one[0].about[_PER_SYMBOL]))
    # Of equals, the one that is most robust.
    return min(found, key=lambda one: (fails[id(one[0])], float(one[0].about[_PER_SYMBOL])))


def _at(scheme: Curve, snr_db: float) -> Tally:
    """Return a scheme's counts at an SNR, or at the last one that was simulated before."""
    point = int(np.searchsorted(scheme.snr_db, snr_db + 1e-9)) - 1
    return scheme.tallies[max(point, 0)]


def _first_bler(scheme: Curve, counted: Tally) -> float:
    first = f"{TB_BLER}_1" if "rounds" in scheme.about else TB_BLER
    return estimate(counted, first, scheme.about).value
