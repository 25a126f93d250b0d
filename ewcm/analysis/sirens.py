"""How far a siren is heard outdoors, from its sound level at 100 feet.

Central: 10 dB less at twice the distance (FEMA, Outdoor Warning Systems, CPG 1-17, 1980). Low: 12 dB. High: 6 dB, as a sphere of
sound has it, and what air takes at 500 Hz, 20 °C and 70 % humidity (ISO 9613-1); no ground and no shadow.
"""

from __future__ import annotations

import math

#: Distance [m] at which the level of a siren is stated: 100 feet.
_STATED_AT_M = 30.48

#: Loss in air [dB/km] at 500 Hz, 20 °C, 70 % humidity (ISO 9613-1).
_AIR_DB_PER_KM = 2.8

#: Loss [dB] at twice the distance.
_LOW_DB, _CENTRAL_DB, _HIGH_DB = 12.0, 10.0, 6.0


def radii_km(level_db: float, heard_db: float) -> tuple[float, float, float]:
    """Radii [km], low, central and high, within which a siren of ``level_db`` dB(C) at 100 feet is louder than ``heard_db``."""
    spare = max(0.0, level_db - heard_db)
    low, central = (_STATED_AT_M * 2 ** (spare / each) / 1000.0 for each in (_LOW_DB, _CENTRAL_DB))
    near, far = 0.0, 100.0  # km
    for _ in range(60):
        middle = (near + far) / 2
        beyond = max(0.0, middle - _STATED_AT_M / 1000.0)
        lost = _HIGH_DB * math.log2(max(middle * 1000.0 / _STATED_AT_M, 1.0)) + _AIR_DB_PER_KM * beyond
        near, far = (middle, far) if lost < spare else (near, middle)
    return low, central, max(near, central)
