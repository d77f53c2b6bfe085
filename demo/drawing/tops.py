"""Sewing patterns of shirts and knitwear."""

from demo.drawing.garment_pattern import Garment, Panel, Seam
from demo.drawing.garment_pieces import (
    ARMHOLE,
    BAND,
    BODY,
    COLLAR,
    CUFF,
    HEM,
    HORN,
    LONG_SLEEVE,
    NECK,
    PLACKET,
    SHORT_SLEEVE,
    STAND_COLLAR,
    buttons,
    pocket,
)

_CHEST, _CHEST_LINES = pocket(0.56, 0.36, 0.105, 0.13)

TSHIRT = Garment(
    panels=(
        NECK,
        Panel(path=SHORT_SLEEVE, twin=True, grain=-32),
        Panel(path=BODY, half=True),
        Panel(path=BAND, half=True, rib=True, puff=0.5, shadow=0.25),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.286, 0.845), (0.4, 0.858, 0.5, 0.858), (0.6, 0.858, 0.714, 0.845)), kind="double"),
        Seam(path=((0.879, 0.385), (0.835, 0.424, 0.768, 0.437)), kind="double", twin=True),
    ),
)

POLO = Garment(
    panels=(
        NECK,
        Panel(path=SHORT_SLEEVE, twin=True, grain=-32),
        Panel(
            path=((0.885, 0.4), (0.84, 0.44, 0.775, 0.452), (0.768, 0.43), (0.835, 0.42, 0.875, 0.378)),
            twin=True,
            rib=True,
            puff=0.4,
            shadow=0.2,
        ),
        Panel(path=BODY, half=True),
        Panel(
            path=((0.48, 0.222), (0.52, 0.222), (0.52, 0.42), (0.48, 0.42)),
            puff=0.3,
            wrinkle=0.2,
            shadow=0.25,
            lift=0.003,
        ),
        Panel(path=COLLAR, twin=True, rib=True, grain=-30, puff=0.5),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.484, 0.414), (0.516, 0.414)), kind="stitch"),
        Seam(path=((0.286, 0.845), (0.4, 0.858, 0.5, 0.858), (0.6, 0.858, 0.714, 0.845)), kind="double"),
    ),
    studs=buttons(0.5, 0.29, 0.39, 3),
)

SHIRT = Garment(
    panels=(
        Panel(path=STAND_COLLAR, half=True, dim=0.6, shadow=0.0, puff=0.3),
        Panel(path=LONG_SLEEVE, twin=True, grain=-14),
        Panel(path=CUFF, twin=True, grain=-8, puff=0.7, wrinkle=0.4),
        Panel(
            path=(
                (0.5, 0.225),
                (0.56, 0.2, 0.605, 0.14),
                (0.72, 0.185),
                (0.695, 0.28, 0.715, 0.37),
                (0.7, 0.6, 0.715, 0.8),
                (0.68, 0.87, 0.5, 0.9),
            ),
            half=True,
        ),
        Panel(path=PLACKET, puff=0.25, wrinkle=0.25, shadow=0.25, lift=0.003),
        _CHEST,
        Panel(path=COLLAR, twin=True, grain=38, puff=0.5, wrinkle=0.3, lift=0.01),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.487, 0.25), (0.487, 0.87)), kind="stitch"),
        Seam(path=((0.513, 0.25), (0.513, 0.87)), kind="stitch"),
        *_CHEST_LINES,
        Seam(path=((0.508, 0.218), (0.54, 0.238, 0.57, 0.253), (0.603, 0.217, 0.606, 0.155)), kind="stitch", twin=True),
        Seam(path=((0.605, 0.205), (0.66, 0.222, 0.7, 0.24)), kind="fold", twin=True),
    ),
    studs=buttons(0.5, 0.3, 0.82, 6),
)

VEST = Garment(
    panels=(
        Panel(
            path=((0.5, 0.15), (0.57, 0.15, 0.6, 0.16), (0.57, 0.3, 0.5, 0.42)),
            half=True,
            dim=0.55,
            shadow=0.0,
            puff=0.3,
        ),
        Panel(
            path=(
                (0.5, 0.41),
                (0.57, 0.3, 0.595, 0.155),
                (0.69, 0.185),
                (0.655, 0.3, 0.72, 0.41),
                (0.71, 0.6, 0.715, 0.86),
                (0.6, 0.875, 0.5, 0.875),
            ),
            half=True,
            puff=1.2,
        ),
        Panel(path=HEM, half=True, rib=True, puff=0.7, shadow=0.2),
        Panel(
            path=((0.5, 0.385), (0.55, 0.29, 0.572, 0.15), (0.605, 0.155), (0.585, 0.32, 0.5, 0.45)),
            half=True,
            rib=True,
            puff=0.5,
        ),
        Panel(
            path=((0.69, 0.182), (0.713, 0.19), (0.685, 0.3, 0.738, 0.405), (0.718, 0.42), (0.65, 0.3, 0.69, 0.182)),
            twin=True,
            rib=True,
            puff=0.4,
        ),
    ),
    span=2500.0,
)

SWEATER = Garment(
    panels=(
        NECK,
        Panel(path=LONG_SLEEVE, twin=True, grain=-14, puff=1.3),
        Panel(path=CUFF, twin=True, grain=-8, rib=True),
        Panel(path=BODY, half=True, puff=1.2),
        Panel(path=HEM, half=True, rib=True, puff=0.8, shadow=0.2),
        Panel(
            path=((0.5, 0.19), (0.555, 0.188, 0.583, 0.13), (0.617, 0.142), (0.585, 0.24, 0.5, 0.242)),
            half=True,
            rib=True,
            puff=0.6,
        ),
    ),
    seams=(ARMHOLE,),
    span=2500.0,
)

CARDIGAN = Garment(
    panels=(
        Panel(
            path=((0.5, 0.125), (0.57, 0.13, 0.605, 0.145), (0.56, 0.3, 0.5, 0.46)),
            half=True,
            dim=0.55,
            shadow=0.0,
            puff=0.2,
        ),
        Panel(path=LONG_SLEEVE, twin=True, grain=-14, puff=1.3),
        Panel(path=CUFF, twin=True, grain=-8, rib=True),
        Panel(
            path=(
                (0.502, 0.45),
                (0.57, 0.3, 0.605, 0.145),
                (0.72, 0.185),
                (0.695, 0.28, 0.715, 0.37),
                (0.705, 0.6, 0.715, 0.86),
                (0.6, 0.875, 0.502, 0.875),
            ),
            twin=True,
            puff=1.1,
        ),
        Panel(path=HEM, half=True, rib=True, puff=0.8, shadow=0.2),
        Panel(
            path=(
                (0.492, 0.44),
                (0.555, 0.3, 0.588, 0.138),
                (0.615, 0.145),
                (0.588, 0.31, 0.525, 0.46),
                (0.525, 0.92),
                (0.492, 0.92),
            ),
            twin=True,
            rib=True,
            puff=0.5,
        ),
    ),
    seams=(ARMHOLE,),
    studs=buttons(0.503, 0.5, 0.88, 5, HORN, 0.0105),
    span=2500.0,
)

TOPS: dict[str, Garment] = {
    "tshirt": TSHIRT,
    "polo": POLO,
    "shirt": SHIRT,
    "vest": VEST,
    "sweater": SWEATER,
    "cardigan": CARDIGAN,
}
