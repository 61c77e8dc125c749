"""What still picture formats say of themselves."""

from linksim.source.description import Description

_BUDGET = "within bits=N, or bpp=X for each pixel"

JPEG = Description(f"the best JPEG file {_BUDGET}; any size", sized=True)
JPEG2000 = Description(
    f"the best JPEG2000 file {_BUDGET}; 6144 bits for 64×64; any size", sized=True
)
WEBP = Description(f"the best lossy WebP file {_BUDGET}; any size", sized=True)
AVIF = Description(f"the best AVIF file (AV1 intra) {_BUDGET}; any size", sized=True)
HEVC = Description(
    f"the best HEVC intra picture (what BPG is) {_BUDGET}; any size\n"
    "x265 is GPL: pip install 'semantic-linksim[heif]'",
    sized=True,
)
JPEGXL = Description(
    f"the best JPEG XL file {_BUDGET}; any size\npip install 'semantic-linksim[jpegxl]'",
    sized=True,
)
VVC = Description(
    f"the best VVC intra picture (4:2:0, by VVenC) {_BUDGET}; any size\n"
    "its FFmpeg is GPL: pip install 'semantic-linksim[vvc]'",
    sized=True,
)
PNG = Description(
    "a PNG file, lossless where bits=N or bpp=X allow it; 65536 bits for 64×64; any size",
    sized=True,
)
