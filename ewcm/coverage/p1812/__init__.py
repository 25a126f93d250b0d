"""Coverage computed from sites and terrain by Recommendation ITU-R P.1812."""
