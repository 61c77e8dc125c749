"""By which runs, workers and results tell one physical layer's figures from another's."""

ARITHMETIC = "2"
"""Raised whenever the same draws would be decided otherwise, so that no run goes on with both.

2: LDPC codes are decoded by three minima; before, by min-sum with a factor of 3/4.
"""
