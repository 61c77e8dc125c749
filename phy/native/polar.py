"""Polar codes of 5G NR as on the uplink: construction, encoder, list decoder.

The encoder multiplies the input vector u, which is zero except where the channel is reliable, with
the m-fold Kronecker power of [[1, 0], [1, 1]] (TS 38.212 5.3.1). The decoder follows the same tree
downwards, from the codeword's LLRs to the parts of u in their order (Arıkan 2009). A node with LLRs
α = (a, b) hands its left child f, then, knowing the left child's bits, its right child g:

    f = sign(a) sign(b) min(|a|, |b|)      g = b + (1 − 2 left) a      bits = (left ⊕ right, right)

A list decoder keeps the paths that cost least, where a decision against an LLR costs its magnitude
(Tal and Vardy 2015; Balatsoukas-Stimming et al. 2015), and in the end prefers one whose CRC holds.
Subtrees with no information, with one bit of it, or with nothing else are decided at once, which
changes neither paths nor costs (Sarkis et al. 2014; Hashemi et al. 2017).

Paths share what they have in common. All paths write a layer's memory at the same time, so that
nothing needs counting: a path notes whose memory it reads, and a copy of a path is a copy of notes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from linksim.phy.crc import append_crc, crc_polynomial
from linksim.phy.native.compilation import kernel
from linksim.phy.native.vectors import (
    INT8_LANES,
    LANES,
    aligned_zeros,
    bits_of_float,
    fetch,
    float_of_bits,
    load,
    load_bytes,
    minimum,
    splat,
    store,
)

INFORMATION_BITS, CODED_BITS = (12, 1013), (18, 1088)
"""Fewest and most bits of a block; more would need the segmentation of TS 38.212 5.2.1."""

_LARGEST_MOTHER, _SMALLEST_MOTHER = 1024, 32
_KNOWN_ZERO = np.float32(1e6)  # LLR of a bit that shortening fixed to 0
_NEVER = np.float32(np.inf)

_LEFT, _RIGHT, _JOIN, _ZERO, _ONE_BIT, _FREE = range(6)
_LEFT_OWNER = 32  # where in its notes a path keeps the owners of left children's bits

# TS 38.212 table 5.3.1.2-1: positions of u, the least reliable first.
_RELIABILITY = np.array(
    """
0 1 2 4 8 16 32 3 5 64 9 6 17 10 18 128 12 33 65 20 256 34 24 36 7 129 66 512 11 40 68 130 19 13
48 14 72 257 21 132 35 258 26 513 80 37 25 22 136 260 264 38 514 96 67 41 144 28 69 42 516 49 74
272 160 520 288 528 192 544 70 44 131 81 50 73 15 320 133 52 23 134 384 76 137 82 56 27 97 39
259 84 138 145 261 29 43 98 515 88 140 30 146 71 262 265 161 576 45 100 640 51 148 46 75 266 273
517 104 162 53 193 152 77 164 768 268 274 518 54 83 57 521 112 135 78 289 194 85 276 522 58 168
139 99 86 60 280 89 290 529 524 196 141 101 147 176 142 530 321 31 200 90 545 292 322 532 263
149 102 105 304 296 163 92 47 267 385 546 324 208 386 150 153 165 106 55 328 536 577 548 113 154
79 269 108 578 224 166 519 552 195 270 641 523 275 580 291 59 169 560 114 277 156 87 197 116 170
61 531 525 642 281 278 526 177 293 388 91 584 769 198 172 120 201 336 62 282 143 103 178 294 93
644 202 592 323 392 297 770 107 180 151 209 284 648 94 204 298 400 608 352 325 533 155 210 305
547 300 109 184 534 537 115 167 225 326 306 772 157 656 329 110 117 212 171 776 330 226 549 538
387 308 216 416 271 279 158 337 550 672 118 332 579 540 389 173 121 553 199 784 179 228 338 312
704 390 174 554 581 393 283 122 448 353 561 203 63 340 394 527 582 556 181 295 285 232 124 205
182 643 562 286 585 299 354 211 401 185 396 344 586 645 593 535 240 206 95 327 564 800 402 356
307 301 417 213 568 832 588 186 646 404 227 896 594 418 302 649 771 360 539 111 331 214 309 188
449 217 408 609 596 551 650 229 159 420 310 541 773 610 657 333 119 600 339 218 368 652 230 391
313 450 542 334 233 555 774 175 123 658 612 341 777 220 314 424 395 673 583 355 287 183 234 125
557 660 616 342 316 241 778 563 345 452 397 403 207 674 558 785 432 357 187 236 664 624 587 780
705 126 242 565 398 346 456 358 405 303 569 244 595 189 566 676 361 706 589 215 786 647 348 419
406 464 680 801 362 590 409 570 788 597 572 219 311 708 598 601 651 421 792 802 611 602 410 231
688 653 248 369 190 364 654 659 335 480 315 221 370 613 422 425 451 614 543 235 412 343 372 775
317 222 426 453 237 559 833 804 712 834 661 808 779 617 604 433 720 816 836 347 897 243 662 454
318 675 618 898 781 376 428 665 736 567 840 625 238 359 457 399 787 591 678 434 677 349 245 458
666 620 363 127 191 782 407 436 626 571 465 681 246 707 350 599 668 790 460 249 682 573 411 803
789 709 365 440 628 689 374 423 466 793 250 371 481 574 413 603 366 468 655 900 805 615 684 710
429 794 252 373 605 848 690 713 632 482 806 427 904 414 223 663 692 835 619 472 455 796 809 714
721 837 716 864 810 606 912 722 696 377 435 817 319 621 812 484 430 838 667 488 239 378 459 622
627 437 380 818 461 496 669 679 724 841 629 351 467 438 737 251 462 442 441 469 247 683 842 738
899 670 783 849 820 728 928 791 367 901 630 685 844 633 711 253 691 824 902 686 740 850 375 444
470 483 415 485 905 795 473 634 744 852 960 865 693 797 906 715 807 474 636 694 254 717 575 913
798 811 379 697 431 607 489 866 723 486 908 718 813 476 856 839 725 698 914 752 868 819 814 439
929 490 623 671 739 916 463 843 381 497 930 821 726 961 872 492 631 729 700 443 741 845 920 382
822 851 730 498 880 742 445 471 635 932 687 903 825 500 846 745 826 732 446 962 936 475 853 867
637 907 487 695 746 828 753 854 857 504 799 255 964 909 719 477 915 638 748 944 869 491 699 754
858 478 968 383 910 815 976 870 917 727 493 873 701 931 756 860 499 731 823 922 874 918 502 933
743 760 881 494 702 921 501 876 847 992 447 733 827 934 882 937 963 747 505 855 924 734 829 965
938 884 506 749 945 966 755 859 940 830 911 871 639 888 479 946 750 969 508 861 757 970 919 875
862 758 948 977 923 972 761 877 952 495 703 935 978 883 762 503 925 878 735 993 885 939 994 980
926 764 941 967 886 831 947 507 889 984 751 942 996 971 890 509 949 973 1000 892 950 863 759
1008 510 979 953 763 974 954 879 981 982 927 995 765 956 887 985 997 986 943 891 998 766 511 988
1001 951 1002 893 975 894 1009 955 1004 1010 957 983 958 987 1012 999 1016 767 989 1003 990 1005
959 1011 1013 895 1006 1014 1017 1018 991 1020 1007 1015 1019 1021 1022 1023
""".split(),
    dtype=np.int64,
)

# TS 38.212 table 5.4.1.1-1: the sub-block interleaver.
_SUB_BLOCKS = np.array(
    "0 1 2 4 3 5 6 7 8 16 9 17 10 18 11 19 12 20 13 21 14 22 15 23 24 25 26 28 27 29 30 31".split(),
    dtype=np.int64,
)


# --- Construction --------------------------------------------------------------------------------


class Construction(NamedTuple):
    """Which bits of a polar code carry information, and which are sent.

    Attributes:
        size: of the mother code, N.
        information: positions of u that carry information, ascending, int64 ``[K]``.
        order: mother bit that each coded bit is, int64 ``[E]``.
        shortened: mother bits that are not sent because they are zero, int64.
    """

    size: int
    information: np.ndarray
    order: np.ndarray
    shortened: np.ndarray


def crc_length(information_bits: int) -> int:
    """Return the length of the CRC that polar codes add to a block (TS 38.212 6.3.1.2.1)."""
    return 6 if information_bits < 20 else 11


def construction(information_bits: int, coded_bits: int) -> Construction:
    """Return the code of TS 38.212 5.3.1 and 5.4.1 with I_IL = 0, I_BIL = 1, n_PC = 0.

    Args:
        information_bits: K, the code's own CRC among them, at most E.
        coded_bits: E, 18 … 1088.

    Where fewer than 3N/4 bits are sent, Sionna 1.2 and 2.2 freeze other positions than the
    standard in 0.3 % of all codes; in a few of those its code loses an information bit.
    """
    size = _mother_size(information_bits, coded_bits)
    ports = np.arange(size)
    blocks = size // _SUB_BLOCKS.size
    interleaved = _SUB_BLOCKS[ports // blocks] * blocks + ports % blocks
    punctures = coded_bits < size and 16 * information_bits <= 7 * coded_bits
    unsent = max(size - coded_bits, 0)
    frozen = interleaved[:unsent] if punctures else interleaved[coded_bits:]
    chosen = np.arange(coded_bits) % size + (unsent if punctures else 0)
    shortened = np.array([], dtype=np.int64) if punctures else frozen
    if punctures:
        frozen = np.union1d(frozen, np.arange(_useless(size, coded_bits)))
    usable = _RELIABILITY[(size > _RELIABILITY) & ~np.isin(_RELIABILITY, frozen)]
    return Construction(
        size,
        np.sort(usable[usable.size - information_bits :]),
        interleaved[chosen[_triangle(coded_bits)]],
        shortened,
    )


def _mother_size(information_bits: int, coded_bits: int) -> int:
    """Return N (TS 38.212 5.3.1)."""
    size = 1 << (coded_bits - 1).bit_length()
    if 16 * coded_bits <= 9 * size and 16 * information_bits < 9 * coded_bits:
        size //= 2
    lowest_rate = 1 << (8 * information_bits - 1).bit_length()
    return max(min(size, lowest_rate, _LARGEST_MOTHER), _SMALLEST_MOTHER)


def _useless(size: int, coded_bits: int) -> int:
    """Return how many first positions of u puncturing makes useless (TS 38.212 5.4.1.1)."""
    if 4 * coded_bits >= 3 * size:
        return math.ceil(3 * size / 4 - coded_bits / 2)
    return math.ceil(9 * size / 16 - coded_bits / 4)


def _triangle(count: int) -> np.ndarray:
    """Return the channel interleaver (TS 38.212 5.4.1.3): rows of a triangle in, columns out."""
    side = math.ceil((math.sqrt(8 * count + 1) - 1) / 2)
    rows, columns = np.nonzero(np.add.outer(np.arange(side), np.arange(side)) < side)
    return np.lexsort((rows[:count], columns[:count]))


# --- One thread's code ---------------------------------------------------------------------------


class Polar(NamedTuple):
    """A polar code, the way through its tree, and one thread's memory for it.

    Layer λ of the tree has nodes of N / 2^λ bits. Memory of a layer is cut into one part per path,
    each with a vector's room behind it; for bits there are two halves, of left and of right
    children.

    Attributes:
        positions: of u that carry information or CRC, int64.
        order: mother bit that each coded bit is, int64.
        unsent: LLRs of the mother codeword before anything is received, float32.
        operation, layer, side: what to do, step by step, int64; side 0 is a left child.
        llr_first, llr_stride: where a layer's LLRs begin, and how far a path's are apart, int64.
        bits_first, bits_stride: likewise of bits.
        llr: LLRs, positive for bit 0, float32.
        bits: bits of finished subtrees, uint8.
        notes: by path, 64 bytes: whose LLRs it reads in each layer, whose left bits, uint8.
        cost, flipped_cost: of each path with the likelier and the less likely decision, float32.
        decision: the likelier one, uint8.
        weakest: where a path's least reliable bit is, int64; how reliable, in ``weakness``.
        target, source: which path became a copy of which in the last split, int64.
        lanes: one vector, float32.
        word: a codeword or u, uint8.
        decided: information bits and CRC, uint8.
        information_bits, crc_bits, coded_bits, size, steps: how many; size is N.
        polynomial: of the CRC.
        paths: of the list decoder, a power of two; 1 is successive cancellation.
    """

    positions: np.ndarray
    order: np.ndarray
    unsent: np.ndarray
    operation: np.ndarray
    layer: np.ndarray
    side: np.ndarray
    llr_first: np.ndarray
    llr_stride: np.ndarray
    bits_first: np.ndarray
    bits_stride: np.ndarray
    llr: np.ndarray
    bits: np.ndarray
    notes: np.ndarray
    cost: np.ndarray
    flipped_cost: np.ndarray
    decision: np.ndarray
    weakest: np.ndarray
    weakness: np.ndarray
    target: np.ndarray
    source: np.ndarray
    lanes: np.ndarray
    word: np.ndarray
    decided: np.ndarray
    information_bits: int
    crc_bits: int
    coded_bits: int
    size: int
    steps: int
    polynomial: np.uint32
    paths: int


def polar(information_bits: int, coded_bits: int, paths: int) -> Polar:
    """Return a 5G polar code, which adds a CRC of its own to a block.

    Args:
        information_bits: of a block, 12 to 1013.
        coded_bits: of a block, 18 to 1088, with room for the information and the CRC.
        paths: of the decoder, a power of two up to 64.

    Raises:
        ValueError: if a block cannot have such a size.
    """
    crc_bits = crc_length(information_bits)
    _check_sizes(information_bits, crc_bits, coded_bits)
    code = construction(information_bits + crc_bits, coded_bits)
    frozen = np.ones(code.size, dtype=bool)
    frozen[code.information] = False
    operation, layer, side = np.array(list(_steps(frozen, paths > 1)), dtype=np.int64).T.copy()
    sizes = code.size >> np.arange(code.size.bit_length())
    llr_stride = -(-sizes // LANES) * LANES + LANES
    bits_stride = sizes + INT8_LANES
    unsent = aligned_zeros(code.size, np.float32)
    unsent[code.shortened] = _KNOWN_ZERO
    floats = {name: aligned_zeros(paths, np.float32) for name in _FLOATS_BY_PATH}
    integers = {name: aligned_zeros(paths, np.int64) for name in _INTEGERS_BY_PATH}
    return Polar(
        positions=code.information,
        order=code.order,
        unsent=unsent,
        operation=operation,
        layer=layer,
        side=side,
        llr_first=np.cumsum(paths * llr_stride) - paths * llr_stride,
        llr_stride=llr_stride,
        bits_first=np.cumsum(2 * paths * bits_stride) - 2 * paths * bits_stride,
        bits_stride=bits_stride,
        llr=aligned_zeros(paths * int(llr_stride.sum()) + LANES, np.float32),
        bits=aligned_zeros(2 * paths * int(bits_stride.sum()) + INT8_LANES, np.uint8),
        notes=aligned_zeros(paths * INT8_LANES, np.uint8),
        decision=aligned_zeros(paths, np.uint8),
        lanes=aligned_zeros(LANES, np.float32),
        word=aligned_zeros(code.size, np.uint8),
        decided=aligned_zeros(information_bits + 2 * crc_bits, np.uint8),
        information_bits=information_bits,
        crc_bits=crc_bits,
        coded_bits=coded_bits,
        size=code.size,
        steps=len(operation),
        polynomial=np.uint32(crc_polynomial(crc_bits)),
        paths=paths,
        **floats,
        **integers,
    )


def _check_sizes(information_bits: int, crc_bits: int, coded_bits: int) -> None:
    fewest, most = INFORMATION_BITS
    if not fewest <= information_bits <= most:
        raise ValueError(f"polar: a block has {fewest} to {most} information bits")
    fewest, most = CODED_BITS
    fewest = max(fewest, information_bits + crc_bits)
    if not fewest <= coded_bits <= most:
        raise ValueError(
            f"polar: {information_bits} information bits and their {crc_bits}-bit CRC need "
            f"{fewest} to {most} coded bits, not {coded_bits}; "
            "use another rate or other message lengths"
        )


_FLOATS_BY_PATH = ("cost", "flipped_cost", "weakness")
_INTEGERS_BY_PATH = ("weakest", "target", "source")


def _steps(
    frozen: np.ndarray, costs: bool, layer: int = 0, side: int = 1
) -> Iterator[tuple[int, int, int]]:
    """Yield (operation, layer, side) that decide a subtree.

    Args:
        frozen: which of its inputs are zero.
        costs: whether the paths' costs matter; without them, nothing about zeros needs computing.
        layer, side: where the subtree is.
    """
    half = frozen.size // 2
    left, right = frozen[:half], frozen[half:]
    if frozen.all():
        yield _ZERO, layer, side
    elif frozen[:-1].all():
        yield _ONE_BIT, layer, side
    elif not frozen.any():
        yield _FREE, layer, side
    else:
        if costs or not left.all():
            yield _LEFT, layer, side
        yield from _steps(left, costs, layer + 1, 0)
        yield _RIGHT, layer, side
        yield from _steps(right, costs, layer + 1, 1)
        yield _JOIN, layer, side


# --- Encoder -------------------------------------------------------------------------------------


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block.

    Args:
        code: the `Polar`; its memory is used.
        information: uint8 zeros and ones.
        codeword: receives the coded bits, uint8.
    """
    word, positions, order, block = code.word, code.positions, code.order, code.decided
    for i in range(code.information_bits):
        block[i] = information[i]
    append_crc(block, code.information_bits, code.polynomial, code.crc_bits)
    for i in range(code.size):
        word[i] = 0
    for i in range(code.information_bits + code.crc_bits):
        word[positions[i]] = block[i]
    _transform(word, code.size)
    for i in range(code.coded_bits):
        codeword[i] = word[order[i]]


@kernel
def _transform(word, size):  # type: ignore[no-untyped-def]
    """Multiply with the Kronecker power of [[1, 0], [1, 1]], in place; its own inverse."""
    half = 1
    while half < size:
        for first in range(0, size, 2 * half):
            if half < INT8_LANES:
                for i in range(first, first + half):
                    word[i] ^= word[i + half]
            else:
                for i in range(first, first + half, INT8_LANES):
                    store(word, i, load(word, i) ^ load(word, i + half))
        half *= 2


# --- Decoder -------------------------------------------------------------------------------------


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Decode one block.

    Args:
        code: the `Polar`; its memory is used.
        llr: log p(1)/p(0) of the coded bits, float32.
        soft: receives plus one for every information bit 1, minus one for a 0, float32.
    """
    paths = _follow_tree(code, llr)
    _select(code, paths)
    decided = code.decided
    for i in range(code.information_bits):
        soft[i] = np.float32(1) if decided[i] else np.float32(-1)


@kernel
def _follow_tree(code, received):  # type: ignore[no-untyped-def]
    """Run all steps; return how many paths there are in the end."""
    _start(code, received)
    operations, layers, sides = code.operation, code.layer, code.side
    paths = np.int64(1)  # a literal 1 would be a type of its own, and compile everything twice
    for step in range(code.steps):
        operation, layer, side = operations[step], layers[step], sides[step]
        if operation == _LEFT:
            _go_left(code, paths, layer)
        elif operation == _RIGHT:
            _go_right(code, paths, layer)
        elif operation == _JOIN:
            _join(code, paths, layer, side)
        elif operation == _ZERO:
            _decide_zeros(code, paths, layer, side)
        elif operation == _ONE_BIT:
            paths = _decide_one_bit(code, paths, layer, side)
        else:
            paths = _decide_free(code, paths, layer, side)
    return paths


@kernel
def _start(code, received):  # type: ignore[no-untyped-def]
    """Begin with one path and the received LLRs, negated: in here 0 is positive."""
    llr, unsent, order, notes = code.llr, code.unsent, code.order, code.notes
    for i in range(code.size):
        llr[i] = unsent[i]
    for i in range(code.coded_bits):
        llr[order[i]] -= received[i]
    store(notes, 0, splat(notes, 0))
    code.cost[0] = np.float32(0)


@kernel
def _llr_at(code, path, layer):  # type: ignore[no-untyped-def]
    """Return where the LLRs that a path reads in a layer begin."""
    owner = np.int64(code.notes[path * INT8_LANES + layer])
    return fetch(code.llr_first, layer) + owner * fetch(code.llr_stride, layer)


@kernel
def _bits_at(code, owner, layer, side):  # type: ignore[no-untyped-def]
    """Return where a path's own bits of a layer begin."""
    part = side * code.paths + owner
    return fetch(code.bits_first, layer) + part * fetch(code.bits_stride, layer)


@kernel
def _left_bits_at(code, path, layer):  # type: ignore[no-untyped-def]
    """Return where the left child's bits that a path reads in a layer begin."""
    owner = np.int64(code.notes[path * INT8_LANES + _LEFT_OWNER + layer])
    return _bits_at(code, owner, layer, 0)


@kernel
def _own_bits(code, path, layer, side):  # type: ignore[no-untyped-def]
    """Return where a path may write bits of a layer, and note that it did."""
    if side == 0:
        code.notes[path * INT8_LANES + _LEFT_OWNER + layer] = path
    return _bits_at(code, path, layer, side)


@kernel
def _go_left(code, paths, layer):  # type: ignore[no-untyped-def]
    """Give every path f in the next layer."""
    llr, notes, half = code.llr, code.notes, code.size >> (layer + 1)
    for path in range(paths):
        source = _llr_at(code, path, layer)
        notes[path * INT8_LANES + layer + 1] = path
        target = _llr_at(code, path, layer + 1)
        for i in range(0, half, LANES):
            a, b = bits_of_float(load(llr, source + i)), bits_of_float(load(llr, source + half + i))
            top, rest = splat(a, 0x80000000), splat(a, 0x7FFFFFFF)
            size = minimum(float_of_bits(a & rest), float_of_bits(b & rest))
            store(llr, target + i, float_of_bits(bits_of_float(size) | ((a ^ b) & top)))


@kernel
def _go_right(code, paths, layer):  # type: ignore[no-untyped-def]
    """Give every path g in the next layer."""
    llr, bits, notes, half = code.llr, code.bits, code.notes, code.size >> (layer + 1)
    for path in range(paths):
        source = _llr_at(code, path, layer)
        known = _left_bits_at(code, path, layer + 1)
        notes[path * INT8_LANES + layer + 1] = path
        target = _llr_at(code, path, layer + 1)
        for i in range(0, half, LANES):
            sign = load_bytes(bits, known + i) << 31
            a = float_of_bits(bits_of_float(load(llr, source + i)) ^ sign)
            store(llr, target + i, load(llr, source + half + i) + a)


@kernel
def _join(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Make every path's bits of a node from those of its children."""
    bits, half = code.bits, code.size >> (layer + 1)
    for path in range(paths):
        left = _left_bits_at(code, path, layer + 1)
        right = _bits_at(code, path, layer + 1, 1)
        target = _own_bits(code, path, layer, side)
        # What a vector spills beyond the first half, the second one mends.
        for i in range(0, half, INT8_LANES):
            store(bits, target + i, load(bits, left + i) ^ load(bits, right + i))
        for i in range(0, half, INT8_LANES):
            store(bits, target + half + i, load(bits, right + i))


@kernel
def _fill(bits, at, size, bit):  # type: ignore[no-untyped-def]
    for i in range(0, size, INT8_LANES):
        store(bits, at + i, splat(bits, bit))


@kernel
def _below_zero(code, at, size):  # type: ignore[no-untyped-def]
    """Return −Σ min(α, 0): what it costs that all bits are 0."""
    llr, lanes = code.llr, code.lanes
    total = np.float32(0)
    if size >= LANES:
        sums = splat(llr, 0.0)
        for i in range(0, size, LANES):
            sums = sums + minimum(load(llr, at + i), splat(llr, 0.0))
        store(lanes, 0, sums)
        for i in range(LANES):
            total -= lanes[i]
    else:
        for i in range(size):
            total -= min(llr[at + i], np.float32(0))
    return total


@kernel
def _sum(code, at, size):  # type: ignore[no-untyped-def]
    total, llr = np.float32(0), code.llr
    for i in range(size):
        total += llr[at + i]
    return total


@kernel
def _decide_zeros(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Decide a subtree without information."""
    size, cost = code.size >> layer, code.cost
    for path in range(paths):
        if code.paths > 1:
            cost[path] += _below_zero(code, _llr_at(code, path, layer), size)
        _fill(code.bits, _own_bits(code, path, layer, side), size, 0)


@kernel
def _decide_one_bit(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Decide a subtree whose last input alone carries information: all its bits are that one.

    Returns how many paths there are then.
    """
    size, decision = code.size >> layer, code.decision
    cost, flipped_cost, target, source = code.cost, code.flipped_cost, code.target, code.source
    for path in range(paths):
        at = _llr_at(code, path, layer)
        total = _sum(code, at, size)
        cost_of_zero = _below_zero(code, at, size)
        cost_of_one = max(cost_of_zero + total, np.float32(0))
        decision[path] = total < 0
        flipped_cost[path] = cost[path] + max(cost_of_zero, cost_of_one)
        cost[path] += min(cost_of_zero, cost_of_one)
    splits = _split(code, paths)
    for i in range(splits):
        decision[target[i]] = 1 - decision[source[i]]
    paths = _paths_after(code, paths)
    for path in range(paths):
        _fill(code.bits, _own_bits(code, path, layer, side), size, decision[path])
    return paths


@kernel
def _paths_after(code, paths):  # type: ignore[no-untyped-def]
    return min(2 * paths, code.paths)


@kernel
def _decide_free(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Decide a subtree that is all information, whose bits are independent of each other.

    Of a list of L paths, only the L − 1 least reliable bits can matter, one split each.
    Returns how many paths there are then.
    """
    size, llr, bits, notes = code.size >> layer, code.llr, code.bits, code.notes
    cost, flipped_cost, target, source = code.cost, code.flipped_cost, code.target, code.source
    weakest, weakness = code.weakest, code.weakness
    for path in range(paths):
        _decide_by_sign(code, path, layer, _own_bits(code, path, layer, side))
    owners = paths
    for _ in range(min(code.paths - 1, size)):
        for owner in range(owners):
            at = fetch(code.llr_first, layer) + owner * fetch(code.llr_stride, layer)
            weakest[owner], weakness[owner] = _take_weakest(llr, at, size)
        for path in range(paths):
            owner = np.int64(notes[path * INT8_LANES + layer])
            flipped_cost[path] = cost[path] + weakness[owner]
        splits = _split(code, paths)
        if splits == 0:
            break
        for i in range(splits):
            copy = _own_bits(code, target[i], layer, side)
            original = _bits_at(code, source[i], layer, side)
            for j in range(0, size, INT8_LANES):
                store(bits, copy + j, load(bits, original + j))
            bits[copy + weakest[np.int64(notes[target[i] * INT8_LANES + layer])]] ^= 1
        paths = _paths_after(code, paths)
    return paths


@kernel
def _decide_by_sign(code, path, layer, target):  # type: ignore[no-untyped-def]
    llr, bits = code.llr, code.bits
    at = _llr_at(code, path, layer)
    for i in range(code.size >> layer):
        bits[target + i] = llr[at + i] < 0


@kernel
def _take_weakest(llr, at, size):  # type: ignore[no-untyped-def]
    """Return the place and magnitude of the least reliable bit, which is not returned again."""
    place, least = 0, _NEVER
    for i in range(size):
        magnitude = abs(llr[at + i])
        if magnitude < least:
            place, least = i, magnitude
    llr[at + place] = _NEVER
    return place, least


@kernel
def _split(code, paths):  # type: ignore[no-untyped-def]
    """Let every path take either decision; keep the cheapest, as many as the list holds.

    ``code.cost`` holds what the likelier decision costs in all, ``code.flipped_cost`` the other.
    A path that is dropped becomes a copy of the one whose other decision takes its place; these
    pairs are returned in ``code.target`` and ``code.source``.

    Returns:
        How many such pairs there are.
    """
    cost, flipped_cost, target, source = code.cost, code.flipped_cost, code.target, code.source
    if 2 * paths <= code.paths:
        for path in range(paths):
            _copy(code, path, paths + path)
            target[path], source[path] = paths + path, path
            cost[paths + path] = flipped_cost[path]
        return paths
    splits = 0
    while True:
        dearest, cheapest = 0, 0
        for path in range(1, paths):
            if cost[path] > cost[dearest]:
                dearest = path
            if flipped_cost[path] < flipped_cost[cheapest]:
                cheapest = path
        # A path whose other decision is taken costs less than what is still to be dropped, so
        # that no path is dropped after it was copied.
        if not flipped_cost[cheapest] < cost[dearest]:
            return splits
        _copy(code, cheapest, dearest)
        target[splits], source[splits] = dearest, cheapest
        cost[dearest] = flipped_cost[cheapest]
        flipped_cost[cheapest] = flipped_cost[dearest] = _NEVER
        splits += 1


@kernel
def _copy(code, path, to):  # type: ignore[no-untyped-def]
    notes = code.notes
    store(notes, to * INT8_LANES, load(notes, path * INT8_LANES))


@kernel
def _select(code, paths):  # type: ignore[no-untyped-def]
    """Put into ``code.decided`` the cheapest path whose CRC holds, or else the cheapest."""
    cost, first = code.cost, np.int64(0)
    for rank in range(paths):
        best = 0
        for path in range(1, paths):
            if cost[path] < cost[best]:
                best = path
        if rank == 0:
            first = best
        cost[best] = _NEVER
        _unfold(code, best)
        if _crc_holds(code):
            return
    _unfold(code, first)


@kernel
def _unfold(code, path):  # type: ignore[no-untyped-def]
    """Read a path's information bits and CRC off its codeword."""
    word, bits, at, size = code.word, code.bits, _bits_at(code, path, 0, 1), code.size
    for i in range(size):
        word[i] = bits[at + i]
    _transform(word, size)
    decided, positions = code.decided, code.positions
    for i in range(code.information_bits + code.crc_bits):
        decided[i] = word[positions[i]]


@kernel
def _crc_holds(code):  # type: ignore[no-untyped-def]
    decided, count = code.decided, code.information_bits + code.crc_bits
    append_crc(decided, count, code.polynomial, code.crc_bits)
    wrong = 0
    for i in range(code.crc_bits):
        wrong += decided[count + i]
    return wrong == 0
