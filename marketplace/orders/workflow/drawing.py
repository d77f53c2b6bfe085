"""A workflow as a picture: where each box stands and how the lines run; the template draws it as SVG."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.orders.workflow.model import ENDS, Kind, Workflow

WIDE, TALL, GAP, MARGIN = 118, 52, 34, 12
FALL = 84


@dataclass(frozen=True, kw_only=True)
class Box:
    """One state of the picture."""

    name: str
    kind: str
    x: int
    y: int
    role: str = ""
    clock: str = ""
    wide: int = WIDE
    tall: int = TALL

    @property
    def middle(self) -> int:
        """The x of its middle."""
        return self.x + self.wide // 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """One move of the picture, as an SVG path."""

    name: str
    path: str
    main: bool


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All of it, with its size."""

    width: int
    height: int
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def draw(workflow: Workflow) -> Picture:
    """Lay the main way out from left to right and what ends it otherwise in a second row below."""
    way = workflow.way()
    boxes = {state.name: _box(workflow, state.name, state.kind, place) for place, state in enumerate(way)}
    width = MARGIN * 2 + len(way) * (WIDE + GAP) - GAP
    others = [state for state in workflow.states if state.name not in boxes]
    for place, state in enumerate(others):
        x = MARGIN + (width - 2 * MARGIN - WIDE) * (place + 1) // (len(others) + 1)
        boxes[state.name] = Box(name=state.name, kind=state.kind, x=x, y=MARGIN + TALL + FALL)
    lines = [_straight(boxes[m.leaves], boxes[m.reaches]) for m in workflow.moves if m.main]
    seen = set()
    for move in workflow.moves:
        ends = (move.leaves, move.reaches)
        if not move.main and ends not in seen:
            seen.add(ends)
            lines.append(_falling(boxes[move.leaves], boxes[move.reaches]))
    height = MARGIN * 2 + TALL + (FALL + TALL if others else 0)
    return Picture(width=width, height=height, boxes=list(boxes.values()), lines=lines)


def _box(workflow: Workflow, name: str, kind: Kind, place: int) -> Box:
    role = next((move.role for move in workflow.moves_from(name) if move.main), "")
    timer = next((timer for timer in workflow.timers if timer.state == name), None)
    clock = ""
    if timer is not None and kind not in ENDS:
        clock = timer.setting or str(timer.minutes)
    return Box(name=name, kind=kind, x=MARGIN + place * (WIDE + GAP), y=MARGIN, role=role, clock=clock)


def _straight(start: Box, end: Box) -> Line:
    y = start.y + TALL // 2
    return Line(name=end.name, path=f"M{start.x + WIDE} {y}H{end.x - 7}", main=True)


def _falling(start: Box, end: Box) -> Line:
    top, low = start.y + TALL, end.y
    half = (top + low) // 2
    path = f"M{start.middle} {top}C{start.middle} {half} {end.middle} {half} {end.middle} {low - 7}"
    return Line(name=end.name, path=path, main=False)
