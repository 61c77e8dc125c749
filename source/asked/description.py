"""What the codec says of itself."""

from linksim.source.description import Description

ASKED = Description(
    "asked:CODEC, a still codec that sends what a question names sharp, and blurs the rest\n"
    "asked:avif:bpp=0.15, say; pip install 'semantic-linksim[photographs]'",
    sized=True,
)
