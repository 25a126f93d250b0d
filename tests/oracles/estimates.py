"""Estimated levels and the people they cover, cell by cell in floating point."""

import numpy as np

LEVELS = 60_000


def probability(odds, certain):
    share = 1.0 / (1.0 + np.exp(-odds))
    return np.clip((share - certain) / (1.0 - 2.0 * certain), 0.0, 1.0)


def levels(odds, error, circle, band, certain):
    """Levels of low coverage, central and high coverage of services, the oldest first: (services, 3, rows, columns).

    ``odds``, ``error`` [log-odds] and ``circle`` (0 or 1): (services, rows, columns).
    """
    shares = []
    for centre, spread, shown in zip(odds, error, circle, strict=True):
        low = np.minimum(probability(centre - band * spread, certain), shown)
        high = np.maximum(probability(centre + band * spread, certain), shown)
        here = np.stack([low, probability(centre, certain), high])
        shares.append(here if not shares else np.minimum(here, shares[-1]))
    return np.rint(np.array(shares) * LEVELS).astype(int)


def covered_people(people, shares, floors):
    """``shares``: (services, rows, columns); ``floors``: levels of each service, None for one without a floor."""
    share = np.ones(people.shape)
    for own, floor in zip(shares, floors, strict=True):
        share = np.minimum(share, own)
        share = share if floor is None else np.maximum(share, floor / LEVELS)
    return float((np.where(people > 0, people, 0.0) * share).sum(dtype=np.float64))
