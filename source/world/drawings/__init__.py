"""Drawings of each kind of thing, as code: a file for each room of the world."""
