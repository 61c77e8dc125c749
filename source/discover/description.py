"""What DISCOVER says of itself."""

from linksim.source.description import Description, Flag
from linksim.source.zoo.table_kinds import SIZE, STEPS, TEXT, share, whole, wholes

DISCOVER = Description(
    "the objects that a task needs, in packets; diffusion composes the rest\n"
    "transmit=full|TASK|LABEL+LABEL, rate=1|2|4|8, steps=N, composition=on|off,\n"
    "disentanglement=on|off, layout=on|off (labels and boxes draw), grades=score|size (of\n"
    "objects, an upper and a lower half for --protect upper=RATE,lower=RATE); --task, --transmit,\n"
    "--composition and --disentanglement are options too",
    flags=(
        Flag(
            "task", "TASK", "send what detection, segmentation or classification needs.", "transmit"
        ),
        Flag(
            "transmit", "WHAT", "a task, full, or labels, like dog,cat [default: full].", "transmit"
        ),
        Flag("composition", "on|off", "off lets the VAE decode, without diffusion.", "composition"),
        Flag(
            "disentanglement", "on|off", "off codes the picture as one element.", "disentanglement"
        ),
    ),
    keys={
        "tasks": TEXT,
        "weights": TEXT,
        "unet": TEXT,
        "halvings": whole(1, 8),
        **dict.fromkeys(("channels", "context", "latent", "hyper"), SIZE),
        "groups": wholes(1, 8192),
        "blocks": whole(0, 64),
        "edge_bits": whole(2, 16),
        "rate_unit": share(1e-6, 1e6),
        "steps": STEPS,
        "strength": share(1e-3, 1),
        "noise": share(0, 1),
        "steps_people": STEPS,
    },
    optional=("tasks", "weights", "unet"),
)
