"""Folium's map without anything that is fetched: what makes the map of a page."""

from __future__ import annotations

from typing import Any

import folium
from branca.element import Figure
from folium.template import Template


class OfflineMap(folium.Map):
    """Folium's map without tiles, without links to other hosts, with a viewport that may be zoomed and controls of our own.

    branca renders the output of an element's macro as a Jinja template a second time: no text of an input may enter here.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        const map = L.map("map", {{ this.options | tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, *, min_zoom: float, max_zoom: float) -> None:
        # Whole numbers for folium; Leaflet takes parts of a zoom.
        zooms: dict[str, Any] = {"min_zoom": min_zoom, "max_zoom": max_zoom}
        super().__init__(
            location=[0, 0],
            tiles=None,
            **zooms,
            zoom_control=False,
            zoom_snap=0.25,
            zoom_delta=0.5,
            attribution_control=False,
            fade_animation=False,
        )
        self.default_js, self.default_css = [], []
        self._id = "ewcm"  # branca's is random, and the same inputs shall give the same bytes


def map_script(*, min_zoom: float, max_zoom: float) -> str:
    """The lines of JavaScript that make the map."""
    figure = Figure()
    figure.add_child(OfflineMap(min_zoom=min_zoom, max_zoom=max_zoom))
    for child in figure._children.values():
        child.render()
    return str(figure.script.render())
