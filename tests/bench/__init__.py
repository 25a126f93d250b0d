"""How fast the kernels are, beside the libraries one would use instead. Run with ``python -m tests.bench``.

One module a topic (see `TOPICS` in ``__main__``); each has a function ``rows(scale)`` that yields `Row` objects. To add
a benchmark, yield one more row, or add a module and its name.
"""
