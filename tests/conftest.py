"""Settings of the whole suite."""

from hypothesis import settings

# No deadline: a kernel's first call compiles it. Derandomised: a failure is the same everywhere.
settings.register_profile("linksim", deadline=None, derandomize=True)
settings.load_profile("linksim")
