"""The tags of a Word template, checked before anything is filled in: each fault names the paragraph it stands in.

A tag is `{{ name }}`, `{% if … %}`, or with `p`, `tr`, `tc` after the brace one that takes its paragraph, row or cell
with it. What a template may name is what the data have; what the data have must be used somewhere.
"""

import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, UndefinedError, nodes

from pcmd_eval.review.paragraphs import Spot, at, opened, parts_of, source_of

_TAG = re.compile(r"\{[%{#](?P<kind>p|tr|tc|r)? ?-?\s*(?P<word>\w*).*?[%}#]\}")
_TAKES = {"p": "đoạn", "tr": "hàng", "tc": "ô"}
_CLOSES = {"endif": "if", "endfor": "for", "endmacro": "macro"}


def template_faults(template: bytes, *values: Mapping[str, Any]) -> list[str]:
    """What is wrong with a template: broken tags, names the data lack, data no tag shows; each with its paragraph.

    Several `values` are the data of several documents made from it: together they must be used, and each must do.
    """
    parts = list(parts_of(template))
    if faults := [fault for part in parts for fault in (*_lost(part), *_unbalanced(part), *_syntax(part))]:
        return faults
    union = {name: [v[name] for v in values if name in v] for v in values for name in v}
    reader = _Reader(union)
    for part in parts:
        reader.read(part)
    faults = list(dict.fromkeys(reader.faults)) or list(dict.fromkeys(f for v in values for f in trial(template, v)))
    return [*faults, *reader.unused(), *_traces(template)]


def trial(template: bytes, values: Mapping[str, Any]) -> list[str]:
    """Fill in the bare text of the template; returns the fault of each part that cannot be filled."""
    found = []
    for part in parts_of(template):
        try:
            Environment(undefined=StrictUndefined).from_string(source_of(part)).render(values)
        except TemplateSyntaxError as error:
            found.append(at(part, error.lineno, f"thẻ viết sai ({error.message})"))
        except Exception as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<template>"]
            found.append(at(part, lines[-1] if lines else None, _reason(error)))
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, UndefinedError) and (
        name := re.search(r"no attribute '(.+?)'$|^'(.+?)' is undefined", str(error))
    ):
        return f"dữ liệu không có tên “{name[1] or name[2]}”"
    return f"không điền được ({error})"


def _traces(template: bytes) -> list[str]:
    """Names of people that Word keeps: comments and tracked changes would go out with every document."""
    root = opened(template).element
    marks = [qn(f"w:{name}") for name in ("ins", "del", "moveFrom", "moveTo", "commentReference")]
    if next(root.iter(*marks), None) is None:
        return []
    return ["Mẫu còn nhận xét hoặc sửa đổi đang theo dõi, trong đó có tên người. Chấp nhận hoặc xóa hết rồi lưu lại."]


# ---- structure ------------------------------------------------------------------------------------------------------


def _lost(part: list[Spot]) -> Iterator[str]:
    """Words beside a tag that takes its whole paragraph, row or cell away."""
    for spot in part:
        for tag in _TAG.finditer(spot.text):
            kind = tag["kind"]
            if kind not in spot.holders:
                if kind in _TAKES:
                    yield f"{spot}: thẻ “{tag.group()}” chỉ dùng trong bảng."
                continue
            beside = "".join(s.text for s in part if s.holders.get(kind) == spot.holders[kind])
            if beside.replace(tag.group(), "", 1).strip():
                what = _TAKES[kind]
                yield f"{spot}: chữ cùng {what} với thẻ “{tag.group()}” sẽ mất; để thẻ một mình trong {what}."


def _unbalanced(part: list[Spot]) -> Iterator[str]:
    """Blocks that are not closed, closed twice, or closed by a tag of another kind or in another paragraph."""
    stack: list[tuple[str, str, Spot, str]] = []
    for spot in part:
        if any(spot.text.count(a) != spot.text.count(b) for a, b in (("{%", "%}"), ("{{", "}}"), ("{#", "#}"))):
            yield f"{spot}: dấu ngoặc của thẻ không đủ cặp."
        for tag in _TAG.finditer(spot.text):
            kind, word, said = tag["kind"] or "", tag["word"], tag.group()
            if not said.startswith("{%"):
                continue
            if word in _CLOSES.values():
                stack.append((word, kind, spot, said))
            elif word in _CLOSES or word in ("else", "elif"):
                if not stack or (word in _CLOSES and stack[-1][0] != _CLOSES[word]):
                    yield f"{spot}: thẻ “{said}” không có thẻ mở."
                    continue
                _, opened_kind, start, opener = stack[-1]
                inline = not kind and start is not spot
                if opened_kind != kind or inline:
                    yield f"{spot}: thẻ “{said}” không cùng loại hoặc không cùng đoạn với thẻ mở “{opener}” ({start})."
                if word in _CLOSES:
                    stack.pop()
    yield from (f"{spot}: thẻ “{said}” chưa được đóng." for _, _, spot, said in stack)


def _syntax(part: list[Spot]) -> list[str]:
    if next(_unbalanced(part), None):
        return []
    try:
        Environment().parse(source_of(part))
    except TemplateSyntaxError as error:
        return [at(part, error.lineno, f"thẻ viết sai ({error.message})")]
    return []


# ---- names ----------------------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Walks through the tags with samples of the data at hand: every branch is read, whichever the data would take."""

    data: Mapping[str, list[Any]]
    faults: list[str] = field(default_factory=list)
    used: dict[str, set[str] | None] = field(default_factory=dict)  # the keys of a name; None: all of it
    part: list[Spot] = field(default_factory=list)

    def read(self, part: list[Spot]) -> None:
        """One part of the template, with the names it uses."""
        self.part = part
        self._visit(Environment().parse(source_of(part)), {})

    def unused(self) -> Iterator[str]:
        """Data that no tag shows: the words people wrote would be lost without a trace."""
        for name, samples in self.data.items():
            if name not in self.used:
                yield f"Mẫu: không thẻ nào dùng “{name}” của dữ liệu."
            elif (keys := self.used[name]) is not None and all(isinstance(s, Mapping) for s in samples):
                for key in dict.fromkeys(k for sample in samples for k in sample):
                    if key not in keys:
                        yield f"Mẫu: không thẻ nào dùng “{name}.{key}” của dữ liệu."

    def _visit(self, node: nodes.Node, scope: dict[str, Any]) -> None:
        if isinstance(node, nodes.For):
            inner = {**scope, "loop": None}
            self._bind(node.target, _elements(self._samples(node.iter, scope)), inner)
            for child in (*node.body, *([node.test] if node.test else []), *node.else_):
                self._visit(child, inner)
            self._unprinted(node, scope)
        elif isinstance(node, nodes.Assign):
            self._bind(node.target, self._samples(node.node, scope), scope)
        elif isinstance(node, nodes.Macro):
            inner = {**scope, **dict.fromkeys(argument.name for argument in node.args)}
            scope[node.name] = None
            for child in node.body:
                self._visit(child, inner)
        elif isinstance(node, nodes.Expr):
            self._samples(node, scope)
        else:
            for child in node.iter_child_nodes():
                self._visit(child, scope)

    def _unprinted(self, loop: nodes.For, scope: Mapping[str, Any]) -> None:
        """A loop over data that prints none of it: what it goes through would be lost."""
        names = _names(loop.target)
        over_data = any(name in self.data or name in scope for name in _names(loop.iter))
        if over_data and names and not any(_prints(child, name) for child in loop.body for name in names):
            said = "”, “".join(names)
            self.faults.append(at(self.part, loop.lineno, f"vòng lặp không in “{said}”, nên nội dung ấy sẽ mất"))

    def _bind(self, target: nodes.Node, samples: list[Any] | None, scope: dict[str, Any]) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = samples
        else:
            scope.update(dict.fromkeys(name.name for name in target.find_all(nodes.Name)))

    def _samples(self, node: nodes.Node, scope: dict[str, Any]) -> list[Any] | None:
        """The values this expression can have; None where that cannot be told."""
        if isinstance(node, nodes.Name):
            return self._name(node, scope)
        if isinstance(node, nodes.Getattr) or (isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const)):
            return self._attribute(node, scope)
        optional = isinstance(node, nodes.Filter | nodes.Test) and node.name in ("default", "d", "defined", "undefined")
        for child in node.iter_child_nodes():
            if optional and child is node.node and isinstance(child, nodes.Name) and child.name not in self.data:
                continue
            self._visit(child, scope)
        return None

    def _name(self, node: nodes.Name, scope: dict[str, Any]) -> list[Any] | None:
        if node.name in scope:
            return scope[node.name]
        if node.name in self.data:
            self.used[node.name] = None
            return self.data[node.name]
        if node.name not in Environment().globals:
            self.faults.append(at(self.part, node.lineno, f"dữ liệu không có tên “{node.name}”"))
        return None

    def _attribute(self, node: Any, scope: dict[str, Any]) -> list[Any] | None:
        key = node.attr if isinstance(node, nodes.Getattr) else node.arg.value
        name = node.node.name if isinstance(node.node, nodes.Name) and node.node.name not in scope else None
        before = self.used.get(name, set()) if name else None
        samples = self._samples(node.node, scope)
        if name in self.data and before is not None and not hasattr(dict, str(key)):
            self.used[name] = before | {str(key)}
        if samples is None:
            return None
        found = [value for sample in samples for value in _get(sample, key)]
        if samples and not found:
            self.faults.append(at(self.part, node.lineno, f"dữ liệu không có tên “{key}”"))
        return found or None


def _names(node: nodes.Node) -> list[str]:
    found = [*([node] if isinstance(node, nodes.Name) else []), *node.find_all(nodes.Name)]
    return list(dict.fromkeys(name.name for name in found))


def _prints(node: nodes.Node, name: str) -> bool:
    """Whether what this node prints has to do with that name; a condition alone prints nothing of it."""
    if isinstance(node, nodes.Name):
        return node.name == name
    children = list(node.iter_child_nodes())
    if isinstance(node, nodes.If | nodes.CondExpr):
        children.remove(node.test)
    elif isinstance(node, nodes.For) and name in _names(node.target):  # the inner loop's own, of the same name
        children = [node.iter]
    return any(_prints(child, name) for child in children)


def _get(sample: Any, key: Any) -> Iterable[Any]:
    if isinstance(key, str) and hasattr(sample, key):
        return [getattr(sample, key)]
    try:
        return [sample[key]]
    except (TypeError, KeyError, IndexError):
        return []


def _elements(samples: list[Any] | None) -> list[Any] | None:
    found = [e for s in samples or [] if isinstance(s, Iterable) and not isinstance(s, str) for e in s]
    return found or None
