"""The model zoo: presets, and the models that they name."""
