"""Indices of codewords against what can be counted: all labelings of a few, flipped bits."""

from itertools import permutations

import numpy as np
import pytest

from linksim.source.uo_isc.assignment import assign_indices, flip_damage


@pytest.fixture(params=range(5))
def codebook(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(request.param)
    return rng.normal(size=(8, 3)), rng.random(8)


def test_damage_is_the_mean_over_flipped_bits(codebook: tuple[np.ndarray, np.ndarray]) -> None:
    codewords, shares = codebook
    labels = np.random.default_rng(9).permutation(8)
    word_of = {int(label): word for word, label in enumerate(labels)}
    damage = sum(
        shares[word] * np.square(codewords[word] - codewords[word_of[labels[word] ^ bit]]).sum() / 3
        for word in range(8)
        for bit in (1, 2, 4)
    )
    assert flip_damage(codewords, shares, labels) == pytest.approx(damage / shares.sum())


def test_few_codewords_get_the_best_of_all_labelings(
    codebook: tuple[np.ndarray, np.ndarray],
) -> None:
    codewords, shares = codebook
    # The cube looks the same from all corners, so that codeword 0 may keep index 0.
    every = (np.array((0, *rest)) for rest in permutations(range(1, 8)))
    best = min(flip_damage(codewords, shares, labels) for labels in every)
    found = assign_indices(codewords, shares)
    assert sorted(found) == list(range(8))
    assert flip_damage(codewords, shares, found) == pytest.approx(best)


def test_many_codewords_end_far_below_a_random_labeling() -> None:
    rng = np.random.default_rng(3)
    codewords, shares = rng.normal(size=(64, 2)), np.ones(64)
    found = flip_damage(codewords, shares, assign_indices(codewords, shares))
    random = [flip_damage(codewords, shares, rng.permutation(64)) for _ in range(20)]
    assert found < 0.5 * min(random)


def test_equal_codebooks_get_equal_indices(codebook: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.array_equal(assign_indices(*codebook), assign_indices(*codebook))
