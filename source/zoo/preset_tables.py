"""What the tables of a preset may hold: keys, types and ranges; anything else is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from linksim.source.description import descriptions
from linksim.source.refused import Refused
from linksim.source.uo_isc.description import KEYS as UO_ISC
from linksim.source.zoo.table_kinds import STEPS, SWITCH, TEXT, Kind, share, whole

_KEYS: dict[str, dict[str, Kind]] = {
    "clip": {"model": TEXT},
    "llava": {
        "model": TEXT,
        "prompt": TEXT,
        "answer_tokens": whole(1, 256),
        "answer_prompt": TEXT,
        "answer_end": TEXT,
        "remote_code": SWITCH,
    },
    "detector": {"model": TEXT, "threshold": share(0, 1)},
    "diffusion": {"model": TEXT, "steps": STEPS, "guidance": share(0, 100)},
}
_MAY_LACK = ("answer_tokens", "answer_prompt", "answer_end", "remote_code")
_VARIANTS = "variants"
_MOST_VARIANTS = 100


def check_tables(tables: Mapping[str, Any]) -> None:
    """Make sure that tables of a preset hold what they may; those that may be missing may be empty.

    Raises:
        Refused: naming table and key.
    """
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise Refused(f"[{section}] is no table")
        plain = dict(table)
        if section == "uo_isc":
            _check_variants(plain.pop(_VARIANTS, {}))
        keys, optional = known_keys(section)
        _check(section, plain, keys)
        lacking = [key for key in keys if key not in plain and key not in optional]
        if table and lacking:
            raise Refused(f"the preset lacks {lacking[0]} in the table [{section}]")


def known_keys(section: str) -> tuple[Mapping[str, Kind], Collection[str]]:
    """Return what a table may hold, and what of it may be missing."""
    if section in _KEYS:
        return _KEYS[section], _MAY_LACK
    own = descriptions().get(section)
    if own is None:  # a checkout that is newer than what pip wrote down of it
        raise Refused(f"[{section}] is of no installed codec; install linksim anew: make install")
    return own.keys, own.optional


def _check_variants(variants: Any) -> None:
    if not isinstance(variants, dict) or len(variants) > _MOST_VARIANTS:
        raise Refused(f"[uo_isc.variants] is no table of at most {_MOST_VARIANTS} variants")
    for name, table in variants.items():
        if not isinstance(table, dict):
            raise Refused(f"[uo_isc.variants.{name[:40]}] is no table")
        _check(f"uo_isc.variants.{name[:40]}", table, UO_ISC)


def _check(section: str, table: Mapping[str, Any], known: Mapping[str, Kind]) -> None:
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key[:40], known, 1)
            meant = f"; {near[0]} is one" if near else f"; it has {', '.join(known)}"
            raise Refused(f"[{section}] {key[:40]!r} is no key of this table{meant}")
        if not known[key].fits(value):
            raise Refused(f"[{section}] {key} must be {known[key].words}")
