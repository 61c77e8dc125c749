"""What the codec says of itself."""

from linksim.source.description import Description

ASKED = Description(
    "asked:CODEC, a still codec that sends what a question names sharp, and blurs the rest\n"
    "0.2 bits a pixel, or asked:avif:bpp=0.15; pip install 'semantic-linksim[photographs]'",
    sized=True,
)
