"""Minimum distances of punctured convolutional codes, by a walk through the trellis."""

import numpy as np

from linksim.phy import CodeSpec
from linksim.phy.families.convolutional import generators
from linksim.phy.rate_matching import mother_bits, sent_order

UNREACHED = 1 << 20


def minimum_distance(code: CodeSpec, information_bits: int, coded_bits: int) -> int:
    """Return the smallest weight of a codeword that is not zero, tail and repetitions counted.

    Of the paths that left state 0, the lightest one into every state is kept, step by step.
    """
    polynomials, memory = generators(code), code.constraint - 1
    order = sent_order(code, information_bits, coded_bits)
    times = np.bincount(order, minlength=mother_bits(code, information_bits))
    register = np.arange(2 << memory)  # the input on top of the state
    taps = [[int(tap) << memory - i for i, tap in enumerate(p)] for p in polynomials]
    bits = [np.sum([register & tap > 0 for tap in polynomial], axis=0) % 2 for polynomial in taps]
    weights = times.reshape(-1, len(polynomials)) @ np.array(bits)
    lightest = np.full(1 << memory, UNREACHED)
    least = UNREACHED
    for step, weight in enumerate(weights):
        paths = np.tile(lightest, 2) + weight
        paths[0] = UNREACHED
        paths[1 << memory] = weight[1 << memory]  # leaves state 0 here
        if step >= information_bits:
            paths[1 << memory :] = UNREACHED
        lightest = np.minimum(paths[::2], paths[1::2])
        least = min(least, int(lightest[0]))
        lightest[0] = UNREACHED
    return least
