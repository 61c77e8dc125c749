"""Construction of 5G NR's polar codes: which bits carry information, and which are sent."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

INFORMATION_BITS, CODED_BITS = (18, 1024), (18, 8192)
"""Fewest and most bits of a block, CRC among them; beyond, TS 38.212 has other codes (5.3.3), or
segmentation (5.2.1)."""

_SMALLEST_MOTHER = 32
_LARGEST_MOTHER = {False: 1024, True: 512}
"""By whether it is the downlink's (TS 38.212 6.3.1.3.1, 7.3.3)."""

_CHECKED_BY_WEIGHT_BEYOND = 192  # E − K + 3, TS 38.212 6.3.1.3.1

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


# TS 38.212 table 5.3.1.1-1: the interleaver of the downlink's information bits.
_INTERLEAVER = np.array(
    """
0 2 4 7 9 14 19 20 24 25 26 28 31 34 42 45 49 50 51 53 54 56 58 59 61 62 65 66 67 69 70 71 72 76 77
81 82 83 87 88 89 91 93 95 98 101 104 106 108 110 111 113 115 118 119 120 122 123 126 127 129 132
134 138 139 140 1 3 5 8 10 15 21 27 29 32 35 43 46 52 55 57 60 63 68 73 78 84 90 92 94 96 99 102
105 107 109 112 114 116 121 124 128 130 133 135 141 6 11 16 22 30 33 36 44 47 64 74 79 85 97 100
103 117 125 131 136 142 12 17 23 37 48 75 80 86 137 143 13 18 38 144 39 145 40 146 41 147 148 149
150 151 152 153 154 155 156 157 158 159 160 161 162 163
""".split(),
    dtype=np.int64,
)


class Construction(NamedTuple):
    """Which bits of a polar code carry information, and which are sent.

    Attributes:
        size: of the mother code, N.
        information: position in u of each information bit, int64 ``[K]``.
        checks: positions of u that carry parity checks of the information, ascending, int64.
        order: mother bit that each coded bit is, int64 ``[E]``.
        shortened: mother bits that are not sent because they are zero, int64.
    """

    size: int
    information: np.ndarray
    checks: np.ndarray
    order: np.ndarray
    shortened: np.ndarray


def construction(
    information_bits: int, coded_bits: int, downlink: bool = False, checks: int = 0
) -> Construction:
    """Return the code of TS 38.212 5.3.1 and 5.4.1.

    Args:
        information_bits: K, the CRC among them; with the checks, at most E.
        coded_bits: E, 18 … 8192.
        downlink: whether information bits are interleaved, and coded bits are not (I_IL = 1,
            I_BIL = 0); the uplink has it the other way round.
        checks: n_PC, how many parity checks there are.

    Where fewer than 3N/4 bits are sent, Sionna 1.2 and 2.2 freeze other positions than the
    standard in 0.3 % of all codes; in a few of those its code loses an information bit.
    """
    size = _mother_size(information_bits, coded_bits, _LARGEST_MOTHER[downlink])
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
    best = usable[usable.size - information_bits - checks :]
    checked = _check_positions(best, checks, coded_bits - information_bits + 3)
    information = np.setdiff1d(best, checked)
    return Construction(
        size,
        information[np.argsort(_interleaver(information_bits))] if downlink else information,
        np.sort(checked),
        interleaved[chosen if downlink else chosen[_triangle(coded_bits)]],
        shortened,
    )


def _check_positions(best: np.ndarray, checks: int, redundancy: int) -> np.ndarray:
    """Return where parity checks stand: the least reliable positions (TS 38.212 5.3.1.2).

    Where much is sent, one stands at the most reliable position of the lowest weight instead.

    Args:
        best: positions that are not frozen, the least reliable first.
        checks: how many.
        redundancy: E − K + 3.
    """
    by_weight = int(checks > 0 and redundancy > _CHECKED_BY_WEIGHT_BEYOND)
    reliable = best[checks:]
    weights = np.array([int(position).bit_count() for position in reliable])
    lightest = reliable[weights == weights.min()][-by_weight:] if by_weight else reliable[:0]
    return np.concatenate([best[: checks - by_weight], lightest])


def _interleaver(information_bits: int) -> np.ndarray:
    """Return which information bit comes when (TS 38.212 5.3.1.1)."""
    missing = _INTERLEAVER.size - information_bits
    return _INTERLEAVER[missing <= _INTERLEAVER] - missing


def _mother_size(information_bits: int, coded_bits: int, largest: int) -> int:
    """Return N (TS 38.212 5.3.1)."""
    size = 1 << (coded_bits - 1).bit_length()
    if 16 * coded_bits <= 9 * size and 16 * information_bits < 9 * coded_bits:
        size //= 2
    lowest_rate = 1 << (8 * information_bits - 1).bit_length()
    return max(min(size, lowest_rate, largest), _SMALLEST_MOTHER)


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
