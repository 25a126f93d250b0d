"""Channels: the ways in which an alert arrives, and the services that are asked of them."""

from __future__ import annotations

#: Radio technologies, oldest first (GSM, UMTS, LTE, NR).
TECHNOLOGIES = ("2G", "3G", "4G", "5G")

#: What coverage is counted for. ``any`` = at least 2G; ``3G+`` = at least 3G, ``4G+`` = at least 4G (as SDG 9.c.1 counts).
SERVICES: dict[str, tuple[str, ...]] = {
    "any": ("2G", "3G", "4G", "5G"),
    "2G": ("2G",),
    "3G": ("3G",),
    "4G": ("4G",),
    "5G": ("5G",),
    "3G+": ("3G", "4G", "5G"),
    "4G+": ("4G", "5G"),
}
