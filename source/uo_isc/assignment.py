"""Which codeword gets which index: close codewords get indices that differ in few bits.

A wrong bit then turns a codeword into one that is close to it (Farvardin 1990, "A study of vector
quantization for noisy channels"). Finding the best labels is a quadratic assignment problem; robust
tabu search (Taillard 1991) comes near it.
"""

from __future__ import annotations

import numpy as np

_SEED = 1


def assign_indices(codewords: np.ndarray, shares: np.ndarray, rounds: int = 2000) -> np.ndarray:
    """Return the index of each codeword, so that single wrong bits do little harm.

    Args:
        codewords: float ``[K, L]``, K a power of two.
        shares: how often each one is used, ``[K]``, on any scale.
        rounds: swaps to make; the best labels met on the way are kept.

    Returns:
        int64 ``[K]``, a permutation of 0 … K−1, no worse than the natural one by `flip_damage`.

    >>> mixed = np.array([0.0, 5, 2, 7, 4, 1, 6, 3])[:, None]  # a line, out of order
    >>> round(flip_damage(mixed, np.ones(8), np.arange(8)), 2)
    12.33
    >>> flip_damage(mixed, np.ones(8), assign_indices(mixed, np.ones(8)))
    7.0
    """
    weights = _weights(codewords, shares)
    tenures = np.random.default_rng(_SEED).integers(len(codewords), size=rounds)
    return _search(weights, tenures + len(codewords) // 4)


def flip_damage(codewords: np.ndarray, shares: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean squared distance from a used codeword to the one that a flipped bit makes.

    Arguments as for `assign_indices`, and each codeword's index.
    """
    bits = len(codewords).bit_length() - 1
    holder = np.argsort(labels)
    flipped = holder[labels[:, None] ^ (1 << np.arange(bits))]
    distances = np.square(codewords[:, None] - codewords[flipped]).sum(axis=-1)
    return float(np.average(distances.mean(axis=1), weights=shares))


def _weights(codewords: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the cost of every two codewords being neighbours, float64 ``[K, K]``."""
    codewords, shares = codewords.astype(np.float64), shares / shares.sum()
    norms = np.square(codewords).sum(axis=1)
    distances = np.maximum(norms[:, None] + norms - 2 * codewords @ codewords.T, 0)
    np.fill_diagonal(distances, 0)
    return np.asarray((shares[:, None] + shares) / 2 * distances)


def _search(weights: np.ndarray, tenures: np.ndarray) -> np.ndarray:
    """Swap the best two codewords that are allowed, again and again; return the best labels met.

    A swapped pair may not be swapped back for as many rounds as its tenure says, unless that leads
    to the best labels so far.
    """
    count = len(weights)
    flips = 1 << np.arange(count.bit_length() - 1)
    labels = np.arange(count)
    # costs[i, j]: what codeword i would cost in the place of codeword j
    costs = weights[:, labels[:, None] ^ flips].sum(axis=-1)
    once = np.where(np.tri(count, dtype=bool), np.inf, 0.0)  # each pair counts once
    free_from = np.zeros((count, count), dtype=np.int64)
    damage, best_damage, best = 0.0, 0.0, labels.copy()
    for number, tenure in enumerate(tenures):
        own = costs.diagonal()
        change = costs + costs.T - own[:, None] - own + once
        holder = np.argsort(labels)
        beside = holder[labels[:, None] ^ flips]
        every = np.arange(count)[:, None]
        change[every, beside] += 2 * weights[every, beside]  # neighbours stay so when swapped
        barred = (free_from > number) & (damage + change >= best_damage - 1e-12)
        one, other = np.unravel_index(np.where(barred, np.inf, change).argmin(), change.shape)
        if not np.isfinite(change[one, other]):
            break
        for gone, come in ((one, other), (other, one)):
            costs[:, beside[gone]] += (weights[:, come] - weights[:, gone])[:, None]
        labels[[one, other]] = labels[[other, one]]
        holder[labels[[one, other]]] = one, other
        for moved in (one, other):
            costs[:, moved] = weights[:, holder[labels[moved] ^ flips]].sum(axis=1)
        free_from[one, other] = number + tenure
        damage += change[one, other]
        if damage < best_damage - 1e-12:
            best_damage, best = damage, labels.copy()
    return best
