"""What DeepJSCC says of itself."""

from linksim.source.description import Description

DEEPJSCC = Description(
    "picture to channel symbols by a network, no bits in between\n"
    "weights=FOLDER; --code, --modulation, --demapper and --engine play no part"
)
