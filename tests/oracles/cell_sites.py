"""Cells to sites one by one, and their order by comparing texts."""


def sites(cells):
    """Rows (technology, operator, site_id, lat, lon) in order, of rows (technology, operator, lat, lon, cell number)."""
    rows = []
    for technology, operator, lat, lon, cell in cells:
        node = int(cell // 256)
        if technology == "4G" and node > 0:
            site_id = f"{operator}-e{node}"
        else:
            north, east = (round(degrees / 0.002) * 0.002 if degrees else degrees for degrees in (lat, lon))
            # round() of Python has no zero below zero.
            signs = ["-" if degrees < 0 and rounded == 0 else "" for degrees, rounded in ((lat, north), (lon, east))]
            site_id = f"{operator}-{technology}-{signs[0]}{north:.3f},{signs[1]}{east:.3f}"
        rows.append((technology, operator, site_id, lat, lon))
    return sorted(rows)
