"""Sweeps: the same pictures over links at every SNR."""
