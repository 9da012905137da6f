"""One thread a test process: two suites side by side on two cores would otherwise wait for each
other at every operation.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

settings.register_profile("netwright", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("netwright")
