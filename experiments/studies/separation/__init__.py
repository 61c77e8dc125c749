"""Separate source and channel coding at its best: the baseline of joint source-channel coding."""
