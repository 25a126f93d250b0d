"""rio-cogeo judges a raster. It brings much with it that one tester of a run needs and the others would import in vain."""

from pathlib import Path


def complaints(path: Path) -> list[str]:
    """What keeps a raster from being a cloud-optimised GeoTIFF, or is not as it should be in one."""
    from rio_cogeo.cogeo import cog_validate

    valid, errors, warnings = cog_validate(path, strict=True)
    return [*errors, *warnings, *([] if valid else ["not valid"])]
