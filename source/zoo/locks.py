"""What one thread at a time may do with models that several threads share."""

import threading

TOKENIZING = threading.Lock()
"""Held while a tokenizer works: the libraries' change their own padding as they go."""

SWAPPING = threading.Lock()
"""Held while a module runs with other tensors in its parameters' places."""
