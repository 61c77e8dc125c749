from linksim import experiments as experiments
from linksim import link as link
from linksim import phy as phy
from linksim import source as source

__version__: str
from linksim.experiments.calls.curves import LinkCurves as LinkCurves
from linksim.experiments.calls.curves import link_curves as link_curves
from linksim.experiments.calls.storing import load as load
from linksim.experiments.calls.sweeping import Sweeps as Sweeps
from linksim.experiments.calls.sweeping import sweep as sweep
from linksim.experiments.calls.transmission import Transmission as Transmission
from linksim.experiments.calls.transmission import transmit as transmit
from linksim.source.codec import AnalogueCodec as AnalogueCodec
from linksim.source.codec import Codec as Codec
from linksim.source.codec import StreamCodec as StreamCodec
from linksim.source.message import Message as Message
from linksim.source.message import MessageFormat as MessageFormat
from linksim.source.message import Received as Received
