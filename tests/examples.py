"""How many examples a property is tried with."""

from hypothesis import settings


def examples(share: float = 1.0) -> settings:
    """A share of the examples of the profile in force: 15 in the quick form, many more in the long one."""
    return settings(max_examples=max(1, round(settings().max_examples * share)))
