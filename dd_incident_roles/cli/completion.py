"""Completion in a shell: the script that asks for it, and what each argument can be.

What is known comes from the record and the files of the configuration, and never from Datadog: a
person who presses Tab waits for it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import starmap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem, get_completion_class

from dd_incident_roles.cli import output

if TYPE_CHECKING:
    from dd_incident_roles.settings import Settings
    from dd_incident_roles.store.glance import Glance

    _Typed = click.ParamType[str]
    Item = CompletionItem[Any]
else:
    # Older versions of click that will do cannot be told what a type gives.
    _Typed, Item = click.ParamType, CompletionItem

PROGRAMS: Final = ("ddir", "dd-incident-roles")
VARIABLE: Final = "_DDIR_COMPLETE"
"""The variable by which a shell asks for completions."""

_NUMBER = re.compile(r"\D*(\d+)")
# Bash takes a word apart at @ and the like, and replaces only its last part, with the @. The line
# is passed on as it was typed, in the way that fish does, and what stands before is left out.
_BASH = """\
_ddir_completion() {
    local line=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^:=]/} before= word found
    local IFS=$'\\n'
    word=${line##*[[:space:]]}
    [[ -n $breaks ]] && before=${word%"${word##*["$breaks"]}"}
    [[ $COMP_WORDBREAKS == *@* && ${word#"$before"} == *@* ]] && before=${word%@*}
    COMPREPLY=()
    for found in $(env COMP_WORDS="$line" COMP_CWORD="$word" _DDIR_COMPLETE=fish_complete "$1" \
2>/dev/null); do
        found=${found%%$'\\t'*}
        case $found in
            plain,*) found=${found#plain,}; COMPREPLY+=("${found#"$before"}") ;;
            file,*) compopt -o default ;;
            dir,*) compopt -o dirnames ;;
        esac
    done
}
complete -o nosort -F _ddir_completion ddir dd-incident-roles 2>/dev/null ||
    complete -F _ddir_completion ddir dd-incident-roles
"""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option(
    "--install", is_flag=True, help="Put it where SHELL finds it, instead of printing it."
)
def completion(shell: str, install: bool) -> int:
    """Print the script that completes commands, incidents, roles and people in SHELL.

    Put this line into ~/.bashrc: eval "$(ddir completion bash)". For zsh it goes into ~/.zshrc,
    behind compinit; for fish into ~/.config/fish/config.fish: source (ddir completion fish | psub).
    With --install no line is needed in fish, nor in bash where bash-completion is installed.
    """
    if install:
        _install(shell)
    elif shell == "bash":
        output.write(_BASH)
    else:
        output.write("\n".join(_script(shell, program) for program in PROGRAMS))
    return 0


def _install(shell: str) -> None:
    """Write a file for each name of the program, and say what is left to do."""
    from dd_incident_roles.environment import shell_folders
    from dd_incident_roles.errors import UsageError

    data, config = shell_folders()
    folder, name, then = {
        "bash": (
            data / "bash-completion" / "completions",
            "{}",
            "bash-completion finds them in a new shell. Without that package, put this line into "
            '~/.bashrc: eval "$(ddir completion bash)"',
        ),
        "fish": (config / "fish" / "completions", "{}.fish", "A new shell finds them."),
        "zsh": (
            data / "zsh" / "site-functions",
            "_{}",
            "Put this line into ~/.zshrc, before compinit: fpath=({} $fpath)",
        ),
    }[shell]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for program in PROGRAMS:
            file = folder / name.format(program)
            file.write_text(_BASH if shell == "bash" else _script(shell, program), "utf-8")
            output.write(f"Written: {file}")
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror or type(error).__name__}.",
            hint=f"Print the script instead: ddir completion {shell}",
        ) from error
    output.write(then.format(shlex.quote(str(folder))))


def _script(shell: str, program: str) -> str:
    """The script that click has for a shell, in which nothing is ever said on stderr."""
    known = get_completion_class(shell)
    if known is None:
        raise LookupError(f"click has no completion for {shell}")
    script = known(click.Command(program), {}, program, VARIABLE).source()
    return script.replace(f" {program})", f" {program} 2>/dev/null)")


class KnownText(_Typed):
    """A text of which some values are known."""

    name = "text"

    def __init__(self, values: Callable[[click.Context, str], Iterable[Item]]) -> None:
        self._values = values

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Item]:
        """The values that begin with what was typed; none where they cannot be looked up."""
        wanted = incomplete.casefold()
        found: list[Item] = []
        # A shell has no place for an error: what cannot be completed is typed.
        with suppress(Exception):
            values = self._values(ctx, incomplete)
            found.extend(each for each in values if each.value.casefold().startswith(wanted))
        return found


def complete_values(command: click.Command) -> None:
    """Have the arguments of a command and of those below it completed, each by its name."""
    for parameter in command.params:
        values = _VALUES.get(str(parameter.name))
        if values and isinstance(parameter.type, click.types.StringParamType):
            parameter.type = KnownText(values)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            complete_values(each)


def _settings(context: click.Context) -> Settings:
    from dd_incident_roles.settings import load_settings

    typed = context.find_root().params
    return load_settings(typed.get("config"), {"store": typed.get("store")})


def _glance(context: click.Context) -> Glance:
    from dd_incident_roles.store.glance import Glance

    return Glance(_settings(context).store)


def _incidents(context: click.Context, typed: str) -> Iterator[Item]:
    # A number, unless more of a name was typed.
    prefix = "" if not typed or typed[0].isdigit() else "IR-"
    for number, title in _glance(context).open_incidents():
        yield _item(f"{prefix}{number}", title)


def _roles(context: click.Context, typed: str) -> Iterator[Item]:
    from dd_incident_roles.configuration.configuration import load_roles

    for role in load_roles(_settings(context).roles).roles:
        words = [name for name in (role.short_name, role.key, *role.aliases) if " " not in name]
        fitting = (name for name in words if name.startswith(typed.casefold()))
        yield _item(next(fitting, role.short_name), role.title)
    glance = _glance(context)
    yield from starmap(_item, glance.devised(_incident_id(context, glance)))


def _people(context: click.Context, _typed: str) -> Iterator[Item]:
    from dd_incident_roles.configuration.people_file import load_people

    yield _item("me", "yourself")
    for entry in load_people(_settings(context).people).entries:
        yield _item(entry.key, entry.name or entry.email)
    yield from starmap(_item, _glance(context).people())


def _entries(context: click.Context, _typed: str) -> Iterator[Item]:
    glance = _glance(context)
    return starmap(_item, glance.entries(_incident_id(context, glance)))


def _incident_id(context: click.Context, glance: Glance) -> str:
    """The incident that was typed before what is completed; empty where the record lacks it."""
    typed = context.params.get("incident") or next(iter(context.params.get("words") or ()), "")
    if typed == "@":
        typed = _settings(context).incident or typed
    number = _NUMBER.fullmatch(str(typed))
    if not number and typed != "@":
        return str(typed)
    return glance.incident_id(int(number[1]) if number else None)


def _rules(_context: click.Context, typed: str) -> Iterator[Item]:
    from dd_incident_roles.policy.rules import RULES

    # Several stand between commas.
    before = typed[: typed.rfind(",") + 1]
    for rule in RULES.values():
        yield _item(f"{before}{rule.id}", rule.name)
        yield _item(f"{before}{rule.name}", rule.id)


def _documents(_context: click.Context, _typed: str) -> Iterator[Item]:
    from dd_incident_roles.cli.catalog import DOCUMENTS

    return map(CompletionItem, DOCUMENTS)


def _handoff(context: click.Context, typed: str) -> Iterator[Item]:
    """``[accept|decline] INCIDENT ROLE [PERSON]``, by how much of it was typed."""
    from dd_incident_roles.cli.assign import ANSWERS

    words = list(context.params["words"] or ())
    if not words:
        yield from map(CompletionItem, ANSWERS)
    else:
        # What answers stands before the rest, and takes no person.
        is_answer = words[0] in ANSWERS
        context.params["words"] = words = words[is_answer:]
        if is_answer and len(words) > 1:
            return
    sources = (_incidents, _roles, _people)
    if len(words) < len(sources):
        yield from sources[len(words)](context, typed)


def _commands(context: click.Context, _typed: str) -> Iterator[Item]:
    root = context.find_root()
    found: click.Command | None = root.command
    for word in context.params["commands"] or ():
        found = found.get_command(root, word) if isinstance(found, click.Group) else None
    return map(CompletionItem, found.list_commands(root) if isinstance(found, click.Group) else ())


def _item(value: object, explained: str) -> Item:
    """A value with what it is, on one line and without what steers a terminal."""
    shown = "".join(each if each.isprintable() else " " for each in explained)
    return CompletionItem(str(value), help=shown[:60])


_VALUES: Final[Mapping[str, Callable[[click.Context, str], Iterable[Item]]]] = MappingProxyType(
    {
        "incident": _incidents,
        "incidents": _incidents,
        "role": _roles,
        "person": _people,
        "receiver": _people,
        "author": _people,
        "may": _people,
        "entry": _entries,
        "rule": _rules,
        "select": _rules,
        "ignore": _rules,
        "name": _documents,
        "words": _handoff,
        "commands": _commands,
    }
)
"""What a parameter can be, by the name that it has in every command."""
