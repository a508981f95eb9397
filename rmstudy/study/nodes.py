"""YAML that people did not write: how large it becomes is known before anything is made of it."""

from __future__ import annotations

from typing import Any, Final

import yaml

LARGEST: Final = 200_000  # nodes, those that are named again counted again
DEEPEST: Final = 60
# What the package raises besides its own errors, such as for `!!bool maybe` and `!!timestamp never`.
UNREADABLE: Final = (
    yaml.YAMLError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class Bounded:
    """A part of a YAML loader: refuses names that multiply a text into more than a memory holds."""

    def get_single_node(self) -> yaml.Node | None:
        """The root of the text, weighed before anything is made of it.

        Raises
        ------
        yaml.YAMLError
            When it is too large or too deep, or contains itself.
        """
        root: yaml.Node | None = super().get_single_node()  # type: ignore[misc]
        if root is not None:
            _weight(root, {}, 0)
        return root


def _weight(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """How many nodes there are when every name is replaced by what it stands for."""
    if id(node) in known:
        weight = known[id(node)]
    elif depth > DEEPEST:
        raise _refused("nested too deeply", node)
    else:
        known[id(node)] = 0  # as long as it is not finished
        parts: list[Any] = node.value if isinstance(node, yaml.CollectionNode) else []
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in parts for part in pair]
        weight = known[id(node)] = 1 + sum(_weight(part, known, depth + 1) for part in parts)
    if weight == 0:
        raise _refused("a part contains itself", node)
    if weight > LARGEST:
        raise _refused("names that make it too large", node)
    return weight


def _refused(what: str, node: yaml.Node) -> yaml.YAMLError:
    """What the package would say, with its place."""
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)
