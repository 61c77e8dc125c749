"""Networks that know ImageNet's 1000 classes, and questions that name groups of them."""
