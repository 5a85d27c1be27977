"""The options of all commands, and commands of typer with Vietnamese help and usage errors.

Typer carries its own copy of click, whose messages are not translatable.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

DEFAULT_PLAN = "phu_tho_2017"

# The options that every command takes.
Plan = Annotated[
    str,
    typer.Option(
        "--plan",
        metavar="KẾ_HOẠCH",
        help=f"Tên kế hoạch hoặc tệp .yaml; bỏ trống là {DEFAULT_PLAN}.",
    ),
]
Returns = Annotated[
    Path | None,
    typer.Option(
        "--returns",
        metavar="THƯ_MỤC",
        readable=False,  # not checked here: intake has a better message
        help="Thư mục báo cáo của các đơn vị; bỏ trống là data/returns/KẾ_HOẠCH.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="THƯ_MỤC", help="Thư mục ghi kết quả; bỏ trống là outputs/KẾ_HOẠCH."
    ),
]


class VietnameseCommand(TyperCommand):
    """A command with Vietnamese help and errors."""

    allow_extra_args = True  # so that parse_args can name them

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; fail on any that are left over."""
        remaining = super().parse_args(ctx, args)
        if remaining:
            ctx.fail(f"Thừa: {' '.join(remaining)}.")
        return remaining

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write how to type the command, what it does, its arguments and options."""
        _write_head(self, ctx, formatter, " ".join(_usage_pieces(self)))
        _write_parameters(self, formatter)


class VietnameseGroup(TyperGroup):
    """The program with its commands, with Vietnamese help and errors."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; fail where no command is given."""
        if not args:
            ctx.fail(f"Thiếu lệnh. Có: {', '.join(self.commands)}.")
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find the command; fail with the nearest name where there is none."""
        if args[0] not in self.commands:
            near = get_close_matches(args[0], self.commands, 1)
            known = f"Có phải “{near[0]}”?" if near else f"Có: {', '.join(self.commands)}."
            ctx.fail(f"Không có lệnh “{args[0]}”. {known}")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write how to type a command, and what each does."""
        _write_head(self, ctx, formatter, "LỆNH [TÙY_CHỌN]")
        _write_parameters(self, formatter)
        rows = [(name, _one_line(command.help)) for name, command in self.commands.items()]
        with formatter.section("Các lệnh"):
            formatter.write_dl(rows)


def describe_usage_error(error: Any) -> list[str]:
    """Return the lines that say what is wrong with what was typed, and where help is."""
    context = error.ctx
    lines = [_describe_cause(error)]
    if context:
        lines.append(f"Xem cách dùng: {context.command_path} --help")
    return lines


def _describe_cause(error):
    """Return the sentence that says what is wrong; errors are told by the attributes they have."""
    option, parameter = getattr(error, "option_name", ""), getattr(error, "param", None)
    if option and hasattr(error, "possibilities"):
        near = [*(error.possibilities or ())]
        return f"Không có tùy chọn “{option}”." + (f" Có phải “{near[0]}”?" if near else "")
    if option:
        return f"Tùy chọn “{option}” cần một giá trị đi sau."
    if parameter is None:
        return error.format_message()
    name, text = _help_row(parameter)
    if hasattr(error, "param_type"):  # of a missing parameter only
        return f"Thiếu {name}: {text}"
    return f"Giá trị của {name} không dùng được. {text}"


def _write_head(command, ctx, formatter, usage):
    """Write the usage line and what the command does."""
    formatter.write_usage(ctx.command_path, usage, prefix="Cách dùng: ")
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(_one_line(command.help))


def _usage_pieces(command) -> Iterator[str]:
    """Yield the parts of the usage line; what may be left out stands in brackets."""
    yield "[TÙY_CHỌN]"
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = _help_row(parameter)[0] + ("..." if parameter.nargs < 0 else "")
            yield name if parameter.required else f"[{name}]"


def _write_parameters(command, formatter):
    """Write the parameters, arguments before options."""
    for title, kind in {"Đối số": "argument", "Tùy chọn": "option"}.items():
        rows = [_help_row(p) for p in command.params if p.param_type_name == kind]
        if kind == "option":
            rows.append(("--help", "Nêu cách dùng này."))
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def _help_row(parameter):
    """Return how a parameter is typed, and its help text."""
    if parameter.param_type_name == "argument":
        return parameter.metavar, parameter.help
    names, is_flag = ", ".join(parameter.opts), getattr(parameter, "is_flag", False)
    return names if is_flag else f"{names} {parameter.metavar}", parameter.help


def _one_line(text):
    return " ".join((text or "").split())
