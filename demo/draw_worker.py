"""The function of a process that draws a part of the demo's pictures. It imports little, to start quickly."""

from __future__ import annotations

from collections.abc import Sequence

from demo import drawing
from marketplace.media import image_worker

WEBP_EFFORT = 2  # WebP: takes a third of the time of the default, files are 5 % larger
Job = tuple[str, drawing.Picture, int]


def draw_batch(jobs: Sequence[Job], widths: Sequence[int]) -> list[tuple[str, image_worker.EncodedImage]]:
    """Draw some pictures, each at its own size, and encode them for storage in all widths."""
    return [
        (fingerprint, image_worker.encode_renditions(drawing.draw(picture, edge), widths, effort=WEBP_EFFORT))
        for fingerprint, picture, edge in jobs
    ]
