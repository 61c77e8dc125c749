"""Link adaptation: at each SNR the scheme that carries most, of those that fail seldom enough."""

from __future__ import annotations

from collections.abc import Sequence
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


def target_of(text: str) -> float:
    """Return the block error rate of ``bler=TARGET[,table=NAME]``; raises as `schemes_of`.

    >>> target_of("bler=0.1")
    0.1
    """
    return _read(text)[0]


def schemes_of(text: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes among which to choose: those given, or all schemes of a table.

    Args:
        text: ``bler=TARGET[,table=NAME]``.
        codes: as the user gave them; the default stands for none.

    Raises:
        Fault: for another text, or a code that is no scheme, or a table beside codes.
    """
    _, table = _read(text)
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


def _read(text: str) -> tuple[float, str]:
    readers = {"bler": float, "table": one_of(*MCS_TABLES)}
    try:
        _, options = parse_options(f"adapt:{text}", {"adapt": readers}, ("adapt",), "adapt")
    except Refused as refused:
        raise Fault(f"--adapt {text}: {refused.problem}; write bler=0.1[,table=256qam]") from None
    target = options.get("bler", 0.0)
    if not 0 < target < 1:
        raise Fault(f"--adapt {text}: give the block error rate to be kept to, like bler=0.1")
    return target, options.get("table", "")


def shown_curves(results: LinkResults) -> list[Curve]:
    """Return the curves of a simulation; where it adapts, first that of the link that does."""
    target = results.configuration.get("adapt")
    return [*([adapted(results.curves, target_of(target))] if target else []), *results.curves]


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
