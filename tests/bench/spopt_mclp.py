"""The maximal covering problem of a file by spopt, on its own: prints what it took as JSON.

Run by `tests.bench.siting` with the Python that has spopt and pulp; imports nothing of the engine.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import pulp
from spopt.locate import MCLP

with np.load(sys.argv[1]) as stored:
    offsets, row, weight, count = stored["offsets"], stored["row"], stored["weight"], int(stored["count"])
cost = np.full((weight.size, offsets.size - 1), 2.0)
cost[row, np.repeat(np.arange(offsets.size - 1), np.diff(offsets))] = 0.0
start = time.perf_counter()
model = MCLP.from_cost_matrix(cost, weight, service_radius=1.0, p_facilities=count)
built = time.perf_counter()
model = model.solve(pulp.PULP_CBC_CMD(msg=False))
solved = time.perf_counter()
print(
    json.dumps(
        {
            "version": version("spopt"),
            "build_s": built - start,
            "solve_s": solved - built,
            "people": pulp.value(model.problem.objective),
        }
    )
)
