"""The offline map of a country and the atlas of all: HTML files that need no network."""
