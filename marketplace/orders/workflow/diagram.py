"""Layout of a workflow diagram: positions of nodes and paths of edges, rendered as SVG by the template."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.orders.workflow.engine import FINAL_KINDS, StateKind, Workflow

NODE_WIDTH, NODE_HEIGHT, GAP, MARGIN = 118, 52, 34, 12
ROW_GAP = 84


@dataclass(frozen=True, kw_only=True)
class Node:
    """A state in the diagram."""

    name: str
    kind: str
    x: int
    y: int
    role: str = ""
    timer: str = ""
    width: int = NODE_WIDTH
    height: int = NODE_HEIGHT

    @property
    def center_x(self) -> int:
        """Return the x coordinate of the center."""
        return self.x + self.width // 2


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A transition in the diagram, as an SVG path."""

    name: str
    path: str
    is_main: bool


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A workflow diagram with its size in SVG units."""

    width: int
    height: int
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def build_diagram(workflow: Workflow) -> Diagram:
    """Lay the main path out from left to right, and the other final states in a second row below."""
    main_path = workflow.main_path()
    nodes = {state.name: _node(workflow, state.name, state.kind, index) for index, state in enumerate(main_path)}
    width = MARGIN * 2 + len(main_path) * (NODE_WIDTH + GAP) - GAP
    other_states = [state for state in workflow.states if state.name not in nodes]
    for index, state in enumerate(other_states):
        x = MARGIN + (width - 2 * MARGIN - NODE_WIDTH) * (index + 1) // (len(other_states) + 1)
        nodes[state.name] = Node(name=state.name, kind=state.kind, x=x, y=MARGIN + NODE_HEIGHT + ROW_GAP)
    edges = [
        _straight_edge(nodes[transition.from_state], nodes[transition.to_state])
        for transition in workflow.transitions
        if transition.is_main
    ]
    drawn = set()
    for transition in workflow.transitions:
        endpoints = (transition.from_state, transition.to_state)
        if not transition.is_main and endpoints not in drawn:
            drawn.add(endpoints)
            edges.append(_curved_edge(nodes[transition.from_state], nodes[transition.to_state]))
    height = MARGIN * 2 + NODE_HEIGHT + (ROW_GAP + NODE_HEIGHT if other_states else 0)
    return Diagram(width=width, height=height, nodes=list(nodes.values()), edges=edges)


def _node(workflow: Workflow, name: str, kind: StateKind, index: int) -> Node:
    role = next((transition.role for transition in workflow.transitions_from(name) if transition.is_main), "")
    timer = next((timer for timer in workflow.timers if timer.state == name), None)
    timer_label = ""
    if timer is not None and kind not in FINAL_KINDS:
        timer_label = timer.setting or str(timer.minutes)
    return Node(name=name, kind=kind, x=MARGIN + index * (NODE_WIDTH + GAP), y=MARGIN, role=role, timer=timer_label)


def _straight_edge(source: Node, target: Node) -> Edge:
    y = source.y + NODE_HEIGHT // 2
    return Edge(name=target.name, path=f"M{source.x + NODE_WIDTH} {y}H{target.x - 7}", is_main=True)


def _curved_edge(source: Node, target: Node) -> Edge:
    top, bottom = source.y + NODE_HEIGHT, target.y
    middle = (top + bottom) // 2
    path = f"M{source.center_x} {top}C{source.center_x} {middle} {target.center_x} {middle} {target.center_x} {bottom - 7}"
    return Edge(name=target.name, path=path, is_main=False)
