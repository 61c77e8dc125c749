from linksim import experiments as experiments
from linksim import link as link
from linksim import phy as phy
from linksim import source as source

__version__: str
from linksim.experiments.calls.curves import LinkCurves as LinkCurves
from linksim.experiments.calls.curves import link_curves as link_curves
