"""Model weights: fetched once, from their hub or from packaged copies, and shared by all homes.

After the first time nothing here asks the network.
"""

from backend.platform.weights.catalogue import CATALOGUE, NEEDED
from backend.platform.weights.derived import derive
from backend.platform.weights.hub import HUB_URL, Hub
from backend.platform.weights.kokoro import KOKORO_PACKAGED
from backend.platform.weights.service import Weights
from backend.platform.weights.types import Progress, WeightFile, WeightSet

__all__ = [
    "CATALOGUE",
    "HUB_URL",
    "KOKORO_PACKAGED",
    "NEEDED",
    "Hub",
    "Progress",
    "WeightFile",
    "WeightSet",
    "Weights",
    "derive",
]
