"""What the thumbnail codec says of itself, before it is loaded."""

from linksim.source.description import Description, Flag
from linksim.source.zoo.table_kinds import whole

THUMBNAIL = Description(
    "a picture at fewer pixels, byte by byte\npixels=16, of a side; --pixels is an option too",
    flags=(Flag("pixels", "N", "pixels of a side, 1 to 64 [default: 16].", "pixels"),),
    keys={"pixels": whole(1, 64)},
)
