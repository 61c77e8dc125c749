"""What still picture formats say of themselves."""

from linksim.source.description import Description

JPEG2000 = Description("the best JPEG2000 file within a budget; bits=6144 for 64×64")
PNG = Description("a PNG file, lossless where the budget allows; bits=65536 for 64×64")
