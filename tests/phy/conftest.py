"""What of the physical layer's tests is left out in an install without extras."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("sionna") else ["test_engines.py", "sionna"]
