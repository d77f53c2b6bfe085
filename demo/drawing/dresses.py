"""Sewing patterns of dresses and skirts, and of a romper."""

from demo.drawing.garment_pattern import Garment, Panel, Seam, Stud

_THROAT = Panel(
    path=((0.5, 0.08), (0.55, 0.08, 0.578, 0.09), (0.56, 0.17, 0.5, 0.185)), half=True, dim=0.55, shadow=0.0, puff=0.2
)

DRESS = Garment(
    panels=(
        _THROAT,
        Panel(
            path=(
                (0.636, 0.115),
                (0.73, 0.13, 0.775, 0.25),
                (0.735, 0.3, 0.685, 0.3),
                (0.655, 0.27, 0.645, 0.24),
                (0.63, 0.18, 0.636, 0.115),
            ),
            twin=True,
            grain=-30,
            puff=1.4,
            fold_count=9,
        ),
        Panel(
            path=((0.5, 0.43), (0.56, 0.43, 0.6, 0.425), (0.68, 0.62, 0.765, 0.9), (0.7, 0.94, 0.5, 0.945)),
            half=True,
            fold_count=6.5,
            puff=0.8,
        ),
        Panel(
            path=(
                (0.5, 0.185),
                (0.56, 0.17, 0.578, 0.085),
                (0.645, 0.115),
                (0.63, 0.18, 0.645, 0.245),
                (0.61, 0.34, 0.604, 0.43),
                (0.56, 0.437, 0.5, 0.437),
            ),
            half=True,
            puff=0.9,
        ),
        Panel(
            path=((0.5, 0.415), (0.56, 0.415, 0.603, 0.41), (0.607, 0.44), (0.56, 0.447, 0.5, 0.447)),
            half=True,
            puff=0.4,
            shadow=0.3,
            lift=0.004,
        ),
    ),
    seams=(
        Seam(path=((0.645, 0.116), (0.63, 0.18, 0.645, 0.245)), twin=True),
        Seam(path=((0.575, 0.09), (0.558, 0.163, 0.5, 0.178)), kind="stitch", twin=True),
        Seam(path=((0.24, 0.885), (0.3, 0.925, 0.5, 0.93), (0.7, 0.925, 0.76, 0.885)), kind="fold"),
    ),
    span=2700.0,
)

SLIP = Garment(
    panels=(
        Panel(
            path=((0.5, 0.19), (0.555, 0.19, 0.594, 0.145), (0.61, 0.2, 0.5, 0.28)),
            half=True,
            dim=0.55,
            shadow=0.0,
            puff=0.2,
        ),
        Panel(
            path=((0.586, 0.04), (0.594, 0.04), (0.604, 0.16), (0.592, 0.16)),
            twin=True,
            puff=0.2,
            shadow=0.3,
            lift=0.004,
        ),
        Panel(
            path=(
                (0.5, 0.255),
                (0.56, 0.225, 0.598, 0.15),
                (0.63, 0.24),
                (0.598, 0.37, 0.615, 0.46),
                (0.66, 0.7, 0.705, 0.93),
                (0.6, 0.96, 0.5, 0.955),
            ),
            half=True,
            fold_count=5,
            puff=0.9,
        ),
    ),
    seams=(Seam(path=((0.37, 0.24), (0.5, 0.285), (0.63, 0.24)), kind="fold"),),
    span=2700.0,
)

QIPAO = Garment(
    panels=(
        Panel(
            path=((0.5, 0.05), (0.54, 0.05, 0.553, 0.065), (0.545, 0.11, 0.5, 0.12)),
            half=True,
            dim=0.55,
            shadow=0.0,
            puff=0.3,
        ),
        Panel(
            path=((0.63, 0.125), (0.685, 0.15, 0.71, 0.235), (0.68, 0.262, 0.642, 0.26), (0.628, 0.19, 0.63, 0.125)),
            twin=True,
            grain=-25,
            puff=0.8,
        ),
        Panel(
            path=(
                (0.5, 0.108),
                (0.55, 0.105),
                (0.638, 0.125),
                (0.63, 0.19, 0.645, 0.26),
                (0.598, 0.39, 0.6, 0.45),
                (0.655, 0.55, 0.648, 0.66),
                (0.64, 0.8, 0.625, 0.945),
                (0.56, 0.955, 0.5, 0.955),
            ),
            half=True,
            puff=1.2,
            wrinkle=0.7,
        ),
        Panel(
            path=((0.5, 0.062), (0.535, 0.06, 0.55, 0.05), (0.56, 0.095), (0.545, 0.125, 0.5, 0.135)),
            half=True,
            puff=0.5,
            wrinkle=0.2,
            cloth=1,
        ),
    ),
    seams=(
        Seam(path=((0.5, 0.135), (0.51, 0.19, 0.57, 0.2), (0.62, 0.21, 0.642, 0.26)), kind="seam"),
        Seam(path=((0.645, 0.66), (0.625, 0.945)), kind="seam", twin=True),
        Seam(path=((0.638, 0.125), (0.628, 0.19, 0.645, 0.26)), twin=True),
        Seam(path=((0.57, 0.36), (0.56, 0.43), (0.57, 0.52)), kind="fold", twin=True),
    ),
    studs=(
        Stud(x=0.5, y=0.132, radius=0.008, colour="#b23a2e"),
        Stud(x=0.548, y=0.198, radius=0.008, colour="#b23a2e"),
        Stud(x=0.615, y=0.22, radius=0.008, colour="#b23a2e"),
    ),
    span=2700.0,
)

SKIRT = Garment(
    panels=(
        Panel(
            path=((0.5, 0.17), (0.56, 0.17, 0.612, 0.16), (0.6, 0.2), (0.5, 0.21)),
            half=True,
            dim=0.5,
            shadow=0.0,
            puff=0.2,
        ),
        Panel(
            path=((0.5, 0.23), (0.56, 0.23, 0.618, 0.215), (0.72, 0.5, 0.825, 0.85), (0.7, 0.9, 0.5, 0.905)),
            half=True,
            fold_count=7,
            puff=0.9,
        ),
        Panel(
            path=((0.5, 0.19), (0.56, 0.188, 0.612, 0.162), (0.624, 0.225), (0.56, 0.245, 0.5, 0.246)),
            half=True,
            puff=0.5,
            wrinkle=0.3,
        ),
    ),
    seams=(
        Seam(path=((0.185, 0.83), (0.3, 0.885, 0.5, 0.888), (0.7, 0.885, 0.815, 0.83)), kind="fold"),
        Seam(path=((0.38, 0.232), (0.44, 0.242, 0.5, 0.242), (0.56, 0.242, 0.62, 0.232)), kind="stitch"),
    ),
    span=2700.0,
)

PLEATED = Garment(
    panels=(
        Panel(
            path=((0.5, 0.22), (0.62, 0.21), (0.8, 0.86), (0.65, 0.885, 0.5, 0.885)),
            half=True,
            fold_count=15,
            puff=0.8,
            wrinkle=0.3,
        ),
        Panel(
            path=((0.5, 0.175), (0.56, 0.175, 0.612, 0.165), (0.623, 0.225), (0.56, 0.238, 0.5, 0.238)),
            half=True,
            puff=0.5,
            wrinkle=0.3,
        ),
    ),
    seams=tuple(Seam(path=((0.5 + index * 0.016, 0.235), (0.5 + index * 0.042, 0.87)), kind="fold") for index in range(-6, 7)),
    span=2700.0,
)

ROMPER = Garment(
    panels=(
        Panel(
            path=((0.5, 0.13), (0.57, 0.13, 0.6, 0.15), (0.57, 0.2, 0.5, 0.21)),
            half=True,
            dim=0.55,
            shadow=0.0,
            puff=0.2,
        ),
        Panel(
            path=(
                (0.69, 0.18),
                (0.79, 0.22, 0.85, 0.38),
                (0.81, 0.42, 0.76, 0.43),
                (0.72, 0.36),
                (0.685, 0.27, 0.69, 0.18),
            ),
            twin=True,
            grain=-32,
        ),
        Panel(
            path=(
                (0.5, 0.205),
                (0.57, 0.2, 0.6, 0.15),
                (0.7, 0.185),
                (0.685, 0.27, 0.7, 0.36),
                (0.735, 0.5, 0.7, 0.66),
                (0.6, 0.7, 0.585, 0.84),
                (0.54, 0.85, 0.5, 0.85),
            ),
            half=True,
            puff=1.2,
        ),
        Panel(
            path=((0.5, 0.815), (0.55, 0.815, 0.588, 0.805), (0.583, 0.85), (0.54, 0.857, 0.5, 0.857)),
            half=True,
            rib=True,
            puff=0.5,
            shadow=0.25,
            lift=0.004,
        ),
        Panel(
            path=((0.5, 0.19), (0.56, 0.187, 0.582, 0.143), (0.604, 0.15), (0.578, 0.213, 0.5, 0.217)),
            half=True,
            rib=True,
            puff=0.5,
            shadow=0.25,
        ),
    ),
    seams=(
        Seam(path=((0.704, 0.186), (0.684, 0.27, 0.7, 0.36)), twin=True),
        Seam(path=((0.7, 0.645), (0.605, 0.685, 0.572, 0.81)), kind="double", twin=True),
    ),
    studs=tuple(Stud(x=0.455 + 0.045 * index, y=0.837, radius=0.0085, colour="#f2efe8") for index in range(3)),
    span=2300.0,
)

DRESSES: dict[str, Garment] = {
    "dress": DRESS,
    "slip": SLIP,
    "qipao": QIPAO,
    "skirt": SKIRT,
    "pleated": PLEATED,
    "romper": ROMPER,
}
