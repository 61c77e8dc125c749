"""By which runs, workers and results tell one physical layer's figures from another's."""

ARITHMETIC = "3"
"""Raised whenever the same draws would be decided otherwise, so that no run goes on with both.

3: Checks of LDPC codes of lifting sizes up to 16 hold nothing back for edges beyond the third.
2: LDPC codes are decoded by three minima; before, by min-sum with a factor of 3/4.
"""
