"""YAML without its surprises: a mapping is a mapping, and every other value stays the text that was written.

Its one rule: no date, number or truth value is guessed (`2026-04-30`, `2.10` and `no` are texts), and nothing that
could grow beyond the file (anchors, aliases, merges, tags, depth) is taken.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

from cecc_feeds.errors import SourceError
from cecc_feeds.sources.octets import FILE_LIMIT
from cecc_feeds.text import clean_line, quoted, shorten

DEPTH = 20
SIZE_LIMIT = FILE_LIMIT // 8
CORE = "tag:yaml.org,2002:"
NULL = f"{CORE}null"
TAGS = tuple(f"{CORE}{name}" for name in ("null", "str", "seq"))


def documents(text: str, where: str) -> Iterator[Any]:
    """The value of each document: lists, string-keyed dicts, strings and None. SourceError names line and column."""
    if len(text) > SIZE_LIMIT:
        raise SourceError(where, f"larger than the {SIZE_LIMIT // 1024**2} MiB of YAML that are read; use JSON Lines")
    try:
        yield from yaml.load_all(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        why = shorten(clean_line(error.problem or "it cannot be read"), 200)
        raise SourceError(where, f"not YAML as it is read here: {why}{place}") from None
    except yaml.YAMLError as error:
        raise SourceError(where, f"not YAML: {shorten(clean_line(str(error)), 200)}") from None
    except RecursionError:
        raise SourceError(where, f"it nests deeper than {DEPTH} levels") from None
    except (ValueError, OverflowError):  # an escape beyond Unicode
        raise SourceError(where, "not YAML: an escape in it names no character") from None


def _implicit(tag: str) -> dict[str, list[tuple[str, Any]]]:
    every = yaml.SafeLoader.yaml_implicit_resolvers
    return {first: [row for row in rows if row[0] == tag] for first, rows in every.items()}


class _Loader(yaml.SafeLoader):
    """A SafeLoader that knows texts, null, lists and mappings; it lives as long as one file is read."""

    yaml_constructors: ClassVar = {tag: yaml.SafeLoader.yaml_constructors[tag] for tag in TAGS}
    yaml_multi_constructors: ClassVar = {}

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refused("anchors (&) and aliases (*) are refused", event.start_mark)
        if self.depth > DEPTH:
            raise _refused(f"it nests deeper than {DEPTH} levels", event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _mapping(loader: _Loader, node: yaml.Node) -> dict[str, Any]:
    """A dict of the names as they are written. Refuses a name that is no text and one that occurs twice."""
    found: dict[str, Any] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            raise _refused("a field's name must be a text", key.start_mark)
        if key.value in found:
            raise _refused(f"has {quoted(key.value)} twice", key.start_mark)
        found[key.value] = loader.construct_object(value, deep=True)
    return found


def _unknown_tag(_loader: _Loader, node: yaml.Node) -> None:
    raise _refused(f"the tag {quoted(str(node.tag))} is refused", node.start_mark)


def _refused(why: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=why, problem_mark=mark)


_Loader.yaml_implicit_resolvers = _implicit(NULL)
_Loader.add_constructor(f"{CORE}map", _mapping)
_Loader.add_constructor(None, _unknown_tag)
