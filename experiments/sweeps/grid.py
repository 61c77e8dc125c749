"""Grids: sweeps of the same pictures over every combination of codecs, codes and links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

from linksim.experiments.configuration import Configuration, SweepConfiguration, last_part
from linksim.experiments.faults import Fault
from linksim.experiments.physical import modulations_for, with_modulations

GRID = ("codec", "code", "modulation", "channel")
"""Options of which a grid takes several values; the last one changes fastest."""

_MOST_SWEEPS = 1000


@dataclass(frozen=True)
class SweepGrid(Configuration):
    """The options of ``linksim sweep``.

    Attributes:
        common: those that all sweeps share; its fields in `GRID` count for nothing.
        lists: the values of each option in `GRID`, none of them twice.
    """

    COMMAND = "sweep"

    common: SweepConfiguration
    lists: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, configuration: SweepConfiguration) -> SweepGrid:
        """Return the grid of a single sweep."""
        return cls(configuration, {name: (getattr(configuration, name),) for name in GRID})

    def options(self) -> dict[str, Any]:
        sent_by = modulations_for(self.lists["code"], self.lists["modulation"])
        return asdict(self.common) | dict(self.lists) | {"modulation": sent_by}

    def sweeps(self) -> dict[str, SweepConfiguration]:
        """Return the sweeps by label: what differs in the grid, or the codec's name.

        Raises:
            Fault: if there are too many.
        """
        count = 1
        for values in self.lists.values():
            count *= len(values)
        if count > _MOST_SWEEPS:
            raise Fault(f"--codec, --code, --modulation, --channel: {count} sweeps; at most 1000")
        differing = [name for name in GRID if len(self.lists[name]) > 1] or ["codec"]
        chosen: list[dict[str, Any]] = [
            dict(zip(GRID, (codec, *pair, channel), strict=True))
            for codec, pair, channel in product(
                self.lists["codec"],
                with_modulations(self.lists["code"], self.lists["modulation"]),
                self.lists["channel"],
            )
        ]
        labels = [_label(last_part(n, values[n]) for n in differing) for values in chosen]
        if len(set(labels)) < len(chosen):  # the last parts of paths do not tell them apart
            labels = [_label(values[name] for name in differing) for values in chosen]
        sweeps = [replace(self.common, **values) for values in chosen]
        return dict(zip(labels, sweeps, strict=True))


def options_of(sweeps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the options of a grid, as JSON has them, from those of all its sweeps.

    Options younger than the sweeps have their defaults.
    """
    sweeps = [{**SweepConfiguration().options(), **sweep} for sweep in sweeps]
    lists = {name: list(dict.fromkeys(sweep[name] for sweep in sweeps)) for name in GRID}
    lists["modulation"] = [name for name in lists["modulation"] if name]  # not those of codes
    return {**sweeps[0], **lists}


def _label(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)


def split_values(text: str, is_name: Callable[[str], object]) -> list[str]:
    """Split a list like ``NAME:key=value,key=value,NAME`` into its values.

    Options of a value have commas between them too. So a comma begins a new value where the value
    before it has no options (no colon), or where what follows, up to a colon or comma, is a name.

    >>> split_values("ldpc:rate=1/2,iterations=8,polar:list=4,none", {"polar", "none"}.__contains__)
    ['ldpc:rate=1/2,iterations=8', 'polar:list=4', 'none']
    >>> split_values("8psk,9psk", {"8psk"}.__contains__)
    ['8psk', '9psk']
    """
    first, *rest = text.split(",")
    values = [first]
    for piece in rest:
        if ":" not in values[-1] or is_name(piece.partition(":")[0]):
            values.append(piece)
        else:
            values[-1] += "," + piece
    return values
