"""What everything is made of: the grid, large arrays, coverage fractions, layers, zones, services, findings, files."""
