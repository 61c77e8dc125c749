"""What the query-aware codec says of itself."""

from linksim.source.description import Description
from linksim.source.zoo.table_kinds import TEXT, whole

QUERY_AWARE = Description(
    "question, answer and a coarse picture, from which diffusion paints it anew\n"
    "bits=2560 for 64×64",
    keys={"control": TEXT, "text_bytes": whole(1, 1 << 16), "bits": whole(1, 1 << 24)},
)
