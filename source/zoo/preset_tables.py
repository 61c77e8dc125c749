"""What the tables of a preset may hold: keys, types and ranges; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from linksim.source.refused import Refused

_LONGEST = 10_000  # characters of a text
_MOST_LAYERS = 64


@dataclass(frozen=True)
class Kind:
    """A kind of value: in words, and as a check."""

    words: str
    fits: Callable[[Any], bool]


def _number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def _whole(low: int, high: int) -> Kind:
    words = f"a whole number from {low} to {high}"
    return Kind(words, lambda value: _number(value, int) and low <= value <= high)


def _wholes(low: int, high: int) -> Kind:
    each = _whole(low, high)

    def fits(value: Any) -> bool:
        return (
            isinstance(value, list)
            and 0 < len(value) <= _MOST_LAYERS
            and all(map(each.fits, value))
        )

    return Kind(f"a list of whole numbers from {low} to {high}", fits)


def _share(low: float, high: float) -> Kind:
    words = f"a number from {low:g} to {high:g}"
    return Kind(words, lambda value: _number(value, int, float) and low <= value <= high)


_TEXT = Kind("a text", lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST)
_SWITCH = Kind("true or false", lambda value: isinstance(value, bool))
_STEPS, _SIZE = _whole(1, 1000), _whole(1, 8192)

_UO_ISC = {
    "weights": _TEXT,
    "layers": _wholes(0, 1000),
    "width": _SIZE,
    "segment_length": _SIZE,
    "codewords": _whole(2, 1 << 16),
    "channels": _wholes(1, 8192),
    "text": _SWITCH,
    "pretrained": _SWITCH,
}
_KEYS: dict[str, dict[str, Kind]] = {
    "clip": {"model": _TEXT},
    "llava": {
        "model": _TEXT,
        "prompt": _TEXT,
        "answer_tokens": _whole(1, 256),
        "remote_code": _SWITCH,
    },
    "detector": {"model": _TEXT, "threshold": _share(0, 1)},
    "diffusion": {"model": _TEXT, "steps": _STEPS, "guidance": _share(0, 100)},
    "query_aware": {
        "control": _TEXT,
        "text_bytes": _whole(1, 1 << 16),
        "bits": _whole(1, 1 << 24),
    },
    "discover": {
        "tasks": _TEXT,
        "weights": _TEXT,
        "unet": _TEXT,
        "halvings": _whole(1, 8),
        **dict.fromkeys(("channels", "context", "latent", "hyper"), _SIZE),
        "groups": _wholes(1, 8192),
        "blocks": _whole(0, 64),
        "edge_bits": _whole(2, 16),
        "rate_unit": _share(1e-6, 1e6),
        "steps": _STEPS,
        "strength": _share(1e-3, 1),
        "noise": _share(0, 1),
        "steps_people": _STEPS,
    },
    "uo_isc": _UO_ISC,
}
_MAY_LACK = ("answer_tokens", "remote_code", "tasks", "weights", "unet", "text", "pretrained")
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
        _check(section, plain, _KEYS[section])
        lacking = [key for key in _KEYS[section] if key not in plain and key not in _MAY_LACK]
        if table and lacking:
            raise Refused(f"the preset lacks {lacking[0]} in the table [{section}]")


def _check_variants(variants: Any) -> None:
    if not isinstance(variants, dict) or len(variants) > _MOST_VARIANTS:
        raise Refused(f"[uo_isc.variants] is no table of at most {_MOST_VARIANTS} variants")
    for name, table in variants.items():
        if not isinstance(table, dict):
            raise Refused(f"[uo_isc.variants.{name[:40]}] is no table")
        _check(f"uo_isc.variants.{name[:40]}", table, _UO_ISC)


def _check(section: str, table: Mapping[str, Any], known: Mapping[str, Kind]) -> None:
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key[:40], known, 1)
            meant = f"; {near[0]} is one" if near else f"; it has {', '.join(known)}"
            raise Refused(f"[{section}] {key[:40]!r} is no key of this table{meant}")
        if not known[key].fits(value):
            raise Refused(f"[{section}] {key} must be {known[key].words}")
