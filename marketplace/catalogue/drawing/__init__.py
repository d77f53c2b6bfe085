"""Our own drawing program: pictures of cloth, of garments and trims, marks and banners, from words and a seed."""

from .bulk import Job, draw_many
from .fields import luminance
from .model import Cloth, Kind, Picture
from .pictures import average_colour, check, draw, vocabulary

__all__ = ["Cloth", "Job", "Kind", "Picture", "average_colour", "check", "draw", "draw_many", "luminance", "vocabulary"]
