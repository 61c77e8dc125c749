"""What DeepJSCC says of itself."""

from linksim.source.description import Description

DEEPJSCC = Description(
    "picture to channel symbols by a network, no bits in between\n"
    "any size that 4 divides, 1 symbol for each pixel (CBR 1/3); weights=FOLDER;\n"
    "--code, --modulation, --demapper and --engine play no part",
    sized=True,
)
