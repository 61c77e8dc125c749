"""How the LDPC decoder lies on a GPU: what shares a word, a CTA, and where its messages are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from linksim.phy.native.ldpc_code import LiftedCode

_WARP = 32
_SMALL_CTA = 128
"""Threads that a CTA of small blocks is filled up to."""
MOST_CTAS = 4
"""CTAs that a multiprocessor is asked to have room for, if its memory and registers suffice."""
_REGISTERS, _LEAST_REGISTERS = 1 << 16, 120
"""Registers of a multiprocessor, and of a thread: with fewer, rows of many edges would spill."""


@dataclass(frozen=True)
class Layout:
    """A decoder's layout; ``ldpc_decoder.cuh`` says what it means.

    Attributes:
        pairs: whether a word holds a bit of two blocks, or two bits of one.
        groups: pairs or blocks of a CTA.
        messages: ``WORDS``, ``BYTES`` or ``WORDS_OUTSIDE``.
        checks: threads of a group.
        shared_bytes: shared memory of a CTA.
        scratch_bytes: memory elsewhere of a CTA.
        ctas: that a multiprocessor has room for, up to `MOST_CTAS`.
    """

    pairs: bool
    groups: int
    messages: str
    checks: int
    shared_bytes: int
    scratch_bytes: int
    ctas: int

    @property
    def blocks(self) -> int:
        """Code blocks of a CTA."""
        return self.groups * (2 if self.pairs else 1)

    @property
    def threads(self) -> int:
        return -(-self.groups * self.checks // _WARP) * _WARP

    def constants(self, prefix: str) -> dict[str, object]:
        """Return the macros that ``ldpc_decoder.cuh`` takes it from."""
        return {
            f"{prefix}_PAIRS": str(self.pairs).lower(),
            f"{prefix}_GROUPS": self.groups,
            f"{prefix}_MESSAGES": self.messages,
            f"{prefix}_THREADS": self.threads,
            f"{prefix}_CTAS": self.ctas,
        }


def narrow_layout(code: LiftedCode, most_shared: int) -> Layout:
    """Return the layout of the 8-bit decoder where a CTA may have so many bytes of shared memory.

    Pairs, whose words are read as they are; else halves of one block, with messages as bytes where
    words do not fit.
    """
    return _first_that_fits(code, most_shared, ("WORDS", "BYTES"))


def wide_layout(code: LiftedCode, most_shared: int) -> Layout:
    """Return the layout of the 16-bit decoder; see `narrow_layout`."""
    return _first_that_fits(code, most_shared, ("WORDS",))


def _first_that_fits(code: LiftedCode, most_shared: int, kinds: tuple[str, ...]) -> Layout:
    splits = (True, False) if code.lifting % 2 == 0 else (True,)
    for pairs, kind in [
        (True, "WORDS"),
        *((split, kind) for kind in kinds for split in splits[::-1]),
    ]:
        layout = _layout(code, pairs, kind, 1, most_shared)
        if layout.shared_bytes <= most_shared:
            groups = max(1, min(_SMALL_CTA // layout.checks, most_shared // layout.shared_bytes))
            return _layout(code, pairs, kind, groups, most_shared)
    return _layout(code, splits[-1], "WORDS_OUTSIDE", 1, most_shared)


def _layout(code: LiftedCode, pairs: bool, messages: str, groups: int, most_shared: int) -> Layout:
    checks = code.lifting if pairs else code.lifting // 2
    edges = sum(len(row) for row in code.rows)
    size = edges * groups * checks * (2 if messages == "BYTES" else 4)
    outside = messages == "WORDS_OUTSIDE"
    posteriors = code.columns * groups * checks * 4
    shared, scratch = posteriors + (0 if outside else size), size if outside else 0
    layout = Layout(pairs, groups, messages, checks, shared, scratch, 1)
    by_registers = _REGISTERS // (layout.threads * _LEAST_REGISTERS)
    return replace(layout, ctas=max(1, min(MOST_CTAS, most_shared // shared, by_registers)))
