"""Slow truths: each kernel once more, in plain numpy and Python, as plainly as it can be said."""
