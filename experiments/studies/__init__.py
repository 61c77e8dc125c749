"""Studies: several sweeps of the same pictures, side by side, with what they show."""
