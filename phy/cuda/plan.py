"""The sources and tables of a block format's kernels."""

from __future__ import annotations

from linksim.phy.cuda.layout import Layout
from linksim.phy.cuda.source import Source, braced
from linksim.phy.engine import BlockFormat
from linksim.phy.native import ldpc_decoder
from linksim.phy.native.ldpc_code import CORE_ROWS, LiftedCode
from linksim.phy.native.ldpc_encoder import substitution
from linksim.phy.native.ldpc_rate_matching import RateMatching
from linksim.phy.native.mapping import DEMAPPED


def common_source() -> Source:
    """Return the kernels that no code has for its own: one compilation for all formats.

    Random bits with their CRCs, codewords to LLRs, bits that are sent several times or once.
    """
    files = "payload.cuh", "channel.cuh", "repetition.cuh"
    channels = (f"pass_channel_{bits}" for bits in DEMAPPED)
    kernels = "number_frames", "draw_payload", "sum_pilots", *channels, "repeat_bits", "combine"
    return Source(files, {}, kernels)


def ldpc_source(block: BlockFormat, matching: RateMatching, narrow: Layout, wide: Layout) -> Source:
    """Return the kernels of an LDPC code."""
    constants = {
        **_sizes(block),
        **_code(matching.code),
        "RING": matching.ring,
        "START": matching.start,
        **_encoding(matching.code),
        **_arithmetic(matching.code),
        **narrow.constants("NARROW"),
        **wide.constants("WIDE"),
    }
    kernels = "encode", "decode_narrow", "decode_wide"
    return Source(("ldpc_encoder.cuh", "ldpc_decoder.cuh"), constants, kernels)


def _sizes(block: BlockFormat) -> dict[str, object]:
    plan = block.segmentation
    return {
        "INFORMATION": plan.information_bits,
        "CODED": plan.coded_bits,
        "PAYLOAD": plan.payload_bits,
    }


def _code(code: LiftedCode) -> dict[str, object]:
    degrees = [len(row) for row in code.rows]
    return {
        "LIFTING": code.lifting,
        "ROWS": len(code.rows),
        "EDGES": sum(degrees),
        "COLUMNS": code.columns,
        "INFORMATION_COLUMNS": code.information_columns,
        "LAST_ROW": code.checks - (len(code.rows) - 1) * code.lifting,
        "DEGREES": braced(degrees),
        "EDGE_TABLE": braced([edge for row in code.rows for edge in row]),
        "FOR_EACH_DEGREE(X)": " ".join(f"X({degree})" for degree in sorted(set(degrees))),
    }


def _encoding(code: LiftedCode) -> dict[str, object]:
    steps = list(substitution(code))
    edges = [edge for _, step in steps for edge in step]
    return {
        "STEPS": len(steps),
        "CORE_STEPS": CORE_ROWS,
        "STEP_EDGES": len(edges),
        "STEP_DEGREES": braced([len(step) for _, step in steps]),
        "STEP_TABLE": braced(edges),
        "PARITY_TABLE": braced([parity for parity, _ in steps]),
    }


def _arithmetic(code: LiftedCode) -> dict[str, object]:
    """Return the native decoder's numbers, of 8 bits and of 16."""
    degrees = range(1 + max(len(row) for row in code.rows))

    def remainders(size: int) -> list[int]:
        return [ldpc_decoder.remainder(degree, size, code.lifting) for degree in degrees]

    return {
        f"{name}_{8 * size}": value
        for size in (1, 2)
        for name, value in {
            "SCALE": ldpc_decoder.SCALE[size],
            "LARGEST": ldpc_decoder.LARGEST[size],
            "CEILING": ldpc_decoder.CEILING[size],
            "REACH": ldpc_decoder.REACH[size],
            "REMAINDERS": braced(remainders(size)),
        }.items()
    }
