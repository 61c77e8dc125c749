"""Curves that were measured before, kept across runs: no point of them is simulated again.

A curve's file lies where compiled kernels do (`linksim.phy.kernels.kernel_cache`): beside linksim's
sources, else in the user's cache, or where ``NUMBA_CACHE_DIR`` says. It is read only where nobody
else can have written it, holds numbers alone (JSON), and is passed over if anything about it is not
as it was written: the points are then simulated again. All of them may be deleted at any time.

Layout: 32 bytes, SHA-256 of the key and what follows; then ``{"SNR in mdB": {"counted": n}}``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from linksim.experiments.configuration import LinkConfiguration
from linksim.experiments.links.results import Tally, counted_names
from linksim.experiments.results.sweeps import versions
from linksim.phy.arithmetic import ARITHMETIC
from linksim.phy.snr import milli_db
from linksim.phy.spec import PhySpec

_KEPT_FOR = Path(__file__)
_SUFFIX = "curve"
_DIGEST_BYTES = 32
_MOST = 2**53  # of a count; what is more no file can have by right
_STOPPING = ("block_errors", "max_blocks")


class KeptCurve:
    """What is known of a curve from earlier runs; empty where its parts are a user's own.

    Args:
        configuration: says when a point is done.
        spec: of the physical layer, whose constellation counts by its points.
        about: the curve's attributes: code, channel, sizes, engine, seed.
    """

    def __init__(
        self, configuration: LinkConfiguration, spec: PhySpec, about: Mapping[str, Any]
    ) -> None:
        self._names = counted_names(dict(about))
        self._key = _key(configuration, spec, about)
        self._points: dict[str, Tally] = self._read() if self._key else {}
        self._known = len(self._points)

    def at(self, snr_db: float) -> Tally | None:
        """Return what was counted at an SNR in dB; None if nobody has."""
        return self._points.get(_name(snr_db))

    def add(self, snr_db: float, counted: Tally) -> None:
        """Take what was counted at an SNR in dB."""
        self._points[_name(snr_db)] = counted

    def keep(self) -> None:
        """Write what came to be known, where some folder takes it."""
        from linksim.phy.kernels.kernel_cache import keep  # Numba is slow to load

        if self._key and len(self._points) > self._known:
            payload = json.dumps(self._points).encode()  # in the order in which files have counts
            digest = hashlib.sha256(self._key + payload).digest()
            keep(_KEPT_FOR, self._file, digest + payload)
            self._known = len(self._points)

    @property
    def _file(self) -> str:
        return f"{self._key.hex()[:32]}.{_SUFFIX}"

    def _read(self) -> dict[str, Tally]:
        from linksim.phy.kernels.kernel_cache import kept

        for content in kept(_KEPT_FOR, self._file):
            digest, payload = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
            if hashlib.sha256(self._key + payload).digest() == digest:
                return self._points_of(payload)
        return {}

    def _points_of(self, payload: bytes) -> dict[str, Tally]:
        """Return the points that a file holds; none if one is not as this version counts."""
        try:
            stored = json.loads(payload)
        except (ValueError, RecursionError):
            return {}
        if not isinstance(stored, dict) or not all(map(self._is_count, stored.values())):
            return {}
        return {name: Counter(counted) for name, counted in stored.items()}

    def _is_count(self, counted: Any) -> bool:
        return (
            isinstance(counted, dict)
            and set(counted) == set(self._names)
            and all(type(n) is int and 0 <= n <= _MOST for n in counted.values())
        )


def _key(configuration: LinkConfiguration, spec: PhySpec, about: Mapping[str, Any]) -> bytes:
    """Return a digest of all that decides a curve's counts; nothing where it can't be told."""
    if spec.code.own is not None or spec.channel.own is not None:
        return b""
    parts = {
        "arithmetic": ARITHMETIC,
        "linksim": version("semantic-linksim"),
        "versions": versions(),
        "about": {name: str(value) for name, value in about.items()},
        "points": spec.modulation.points.tobytes().hex(),
        **{name: getattr(configuration, name) for name in _STOPPING},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()


def _name(snr_db: float) -> str:
    return str(int(milli_db(snr_db)))
