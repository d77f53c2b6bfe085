"""The picture generator: cloth, garments, trims, logos and banners from parameters and a seed."""

from demo.drawing.batch_renderer import Job, draw_many
from demo.drawing.fields import luminance
from demo.drawing.model import Cloth, Picture, PictureKind
from demo.drawing.renderer import average_colour, draw, validate, vocabulary

__all__ = [
    "Cloth",
    "Job",
    "Picture",
    "PictureKind",
    "average_colour",
    "draw",
    "draw_many",
    "luminance",
    "validate",
    "vocabulary",
]
