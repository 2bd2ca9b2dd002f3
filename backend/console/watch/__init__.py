"""What became of the parts: every break and recovery is kept, told, and rung for once."""

from backend.console.watch.alarms import Alarm, Alarms
from backend.console.watch.keeper import HealthKeeper
from backend.console.watch.routes import router
from backend.console.watch.uptimes import Uptimes

__all__ = ["Alarm", "Alarms", "HealthKeeper", "Uptimes", "router"]
