"""The models that linksim trains."""

MODELS = (
    "clip",
    "llava",
    "uo-isc",
    "deepjscc",
    "detector",
    "vae",
    "diffusion",
    "query-aware",
    "discover",
    "tower",
)
"""By name, in the order in which one is built upon others."""
