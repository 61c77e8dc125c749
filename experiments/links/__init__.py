"""The link alone: random bits in place of pictures."""
