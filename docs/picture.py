"""The picture of the architecture, drawn from the imports of the package: layers, their modules, who builds on whom."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import yaml

from pcmd_eval import paths

DOCS = Path(__file__).resolve().parent
PACKAGE = Path(paths.__file__).parent
_WIDTH, _LEFT, _TOP, _GAP, _LINE, _CHARACTERS = 920, 20, 44, 26, 17, 128


@dataclass(frozen=True)
class Layer:
    """One layer: its key, its names by language, its modules."""

    key: str
    name: dict[str, str]
    modules: tuple[str, ...]


@cache
def imports() -> dict[str, frozenset[str]]:
    """For each module those that it imports when it is loaded."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.stem.startswith("__"):
            name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            found[name] = frozenset(_imported(ast.parse(path.read_text(encoding="utf-8")).body)) - {name}
    return found


def _imported(body: list[ast.stmt]) -> Iterator[str]:
    """Imports at the top of a module; those for type checkers alone, and those inside functions, are none."""
    for node in body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            module = (node.module or "").removeprefix(PACKAGE.name).removeprefix(".")
            whole = not module or (PACKAGE / module).is_dir()  # a package: its modules are what is imported
            yield from (f"{module}.{a.name}".removeprefix(".") for a in node.names) if whole else [module]
        elif isinstance(node, ast.Try) or (isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test)):
            yield from _imported(node.body)


@cache
def heights() -> dict[str, int]:
    """The layer of each module: that of layers.yaml, else the lowest that its imports allow."""
    given = yaml.safe_load((DOCS / "layers.yaml").read_text(encoding="utf-8"))
    fixed = {module: place for place, layer in enumerate(given) for module in layer["modules"]}
    found: dict[str, int] = {}

    def height(module: str) -> int:
        if module not in found:
            below = [height(other) for other in imports()[module] if other in imports()]
            found[module] = fixed.get(module, max(below, default=0))
        return found[module]

    for module in imports():
        height(module)
    return found


@cache
def layers() -> list[Layer]:
    """The layers from the ground up."""
    given = yaml.safe_load((DOCS / "layers.yaml").read_text(encoding="utf-8"))
    members = [sorted(m for m, height in heights().items() if height == place) for place in range(len(given))]
    names = ({"en": layer["en"], "vi": layer["vi"]} for layer in given)
    return [Layer(g["key"], n, tuple(m)) for g, n, m in zip(given, names, members, strict=True)]


def upward() -> list[tuple[str, str]]:
    """The imports that go up, which there should be none of."""
    known = heights()
    return [
        (m, other) for m, used in imports().items() for other in sorted(used & known.keys()) if known[other] > known[m]
    ]


def _wrapped(modules: tuple[str, ...]) -> list[str]:
    lines = [""]
    for module in modules:
        if len(lines[-1]) + len(module) + 3 > _CHARACTERS:
            lines.append("")
        lines[-1] += f"{' · ' if lines[-1] else ''}{module}"
    return lines


def drawn() -> str:
    """The picture as SVG: one box a layer, the command on top, with how many imports lead to each layer below."""
    known, top = heights(), _TOP
    count = Counter((known[m], known[o]) for m, used in imports().items() for o in used & known.keys())
    boxes: list[str] = []
    for place in reversed(range(len(layers()))):
        layer, lines = layers()[place], _wrapped(layers()[place].modules)
        height = 34 + _LINE * len(lines)
        size = f'x="{_LEFT}" y="{top}" width="{_WIDTH - 2 * _LEFT}" height="{height}"'
        boxes.append(f'<rect {size} rx="6" fill="#EEF3F7" stroke="#2F4B66"/>')
        name = f"{escape(layer.name['en'])} – {escape(layer.name['vi'])}"
        boxes.append(f'<text x="{_LEFT + 12}" y="{top + 21}" font-weight="bold">{name}</text>')
        for row, line in enumerate(lines):
            boxes.append(f'<text x="{_LEFT + 12}" y="{top + 40 + row * _LINE}" class="m">{escape(line)}</text>')
        top += height
        if place:
            used = [f"{layers()[low].key} {count[place, low]}" for low in reversed(range(place)) if count[place, low]]
            middle = _WIDTH // 2
            boxes.append(f'<path d="M{_LEFT + 40} {top} v{_GAP - 4} m-4 -6 l4 6 l4 -6" fill="none" stroke="#2F4B66"/>')
            words = escape("imports: " + ", ".join(used)) if used else ""
            boxes.append(f'<text x="{middle}" y="{top + 17}" class="n" text-anchor="middle">{words}</text>')
            top += _GAP
    title = "Architecture: imports go down, never up – Kiến trúc: chỉ nhập từ tầng dưới"
    style = "text{font:14px sans-serif;fill:#1B2B3A}.m{font-size:12.5px}.n{font-size:11px;fill:#45586B}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top + 20}" role="img" aria-labelledby="t">'
    back = '<rect width="100%" height="100%" fill="#FFFFFF"/>'
    caption = f'<text x="{_LEFT}" y="28" font-weight="bold">{title}</text>'
    return "\n".join(
        [head, f'<title id="t">{title}</title>', f"<style>{style}</style>", back, caption, *boxes, "</svg>", ""]
    )
