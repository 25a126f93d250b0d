"""Learning from what a ministry has: fits, their validation by whole blocks, and their cards.

Nothing here is imported by ``ewcm run``, which reads only what a fit has written. See docs/method-learning.md.
"""
