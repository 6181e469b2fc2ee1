# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the completions of the programs' command lines, for bash and for zsh."""

from __future__ import annotations

import shlex

from programs import DIRECTORY, FILE, HOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from programs import Option, Program

# Bash splits --option=value into three words; the one before the = is the option.
BASH = """\
# bash completion of {name}, made from its options.

_{name}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD - 1]}}
    if [ "$word" = "=" ]; then
        word=
    elif [ "$option" = "=" ]; then
        option=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    COMPREPLY=()
    case $option in
{cases}
    esac
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W {flags} -- "$word") ;;
    *) {first} ;;
    esac
}}

complete -F _{name} {name}
"""
BASH_VALUES = {FILE: "compgen -f", DIRECTORY: "compgen -d", HOST: "compgen -A hostname"}

ZSH = """\
#compdef {name}
# zsh completion of {name}, made from its options.

_arguments -s -S \\
{specs}
"""
ZSH_VALUES = {FILE: "_files", DIRECTORY: "_files -/", HOST: "_hosts"}


def bash(program: Program) -> str:
    """Return the completion of a program for bash."""
    words = (flag for option in program.options for flag in option.flags)
    first = ":"
    if program.commands:
        first = f'mapfile -t COMPREPLY < <(compgen -W {shlex.quote(" ".join(program.commands))} -- "$word")'
    elif program.host:
        first = f'mapfile -t COMPREPLY < <({BASH_VALUES[HOST]} -- "$word")'
    return BASH.format(
        name=program.name,
        cases="\n".join(_bash_cases(program)),
        flags=shlex.quote(" ".join(words)),
        first=first,
    )


def _bash_cases(program: Program) -> Iterator[str]:
    """Yield the case of each option with a value; options that complete the same share one."""
    cases: dict[str, list[str]] = {}
    for option in program.options:
        if not option.metavar:
            continue
        found = "return"
        if option.words:
            found = _listed(f"compgen -W {shlex.quote(' '.join(option.words))}")
        elif option.completes in (FILE, DIRECTORY):
            found = f"compopt -o filenames; {_listed(BASH_VALUES[option.completes])}"
        elif option.completes:
            found = _listed(BASH_VALUES[option.completes])
        cases.setdefault(found, []).extend(option.flags)
    for found, flags in cases.items():
        yield f"    {' | '.join(flags)}) {found} ;;"


def _listed(command: str) -> str:
    return f'mapfile -t COMPREPLY < <({command} -- "$word"); return'


def zsh(program: Program) -> str:
    """Return the completion of a program for zsh."""
    specs = [spec for option in program.options for spec in _zsh_specs(option)]
    if program.commands:
        specs.append(_quoted(f"1:command:({' '.join(program.commands)})"))
    elif program.host:
        specs.append(_quoted(f"1:HOST:{ZSH_VALUES[HOST]}"))
    return ZSH.format(name=program.name, specs=" \\\n".join(f"    {spec}" for spec in specs))


def _zsh_specs(option: Option) -> Iterator[str]:
    """Yield a specification for each flag of an option, which excludes the others unless it can be repeated."""
    others = "*" if option.repeatable else f"({' '.join(option.flags)})"
    # The value of a short option can be in the same word, that of a long one after a =.
    signs = {True: "=", False: "+"} if option.metavar else {True: "", False: ""}
    value = ""
    if option.metavar:
        known = f"({' '.join(option.words)})" if option.words else ZSH_VALUES.get(option.completes, " ")
        value = f":{_plain(option.metavar)}:{known}"
    for flag in option.flags:
        sign = signs[flag.startswith("--")]
        yield _quoted(f"{others}{flag}{sign}[{_plain(option.help)}]{value}")


def _plain(words: str) -> str:
    """Escape the characters that end a part of a specification."""
    return "".join(f"\\{each}" if each in "[]:\\" else each for each in words)


def _quoted(spec: str) -> str:
    """Quote a specification for the shell."""
    return "'" + spec.replace("'", "'\\''") + "'"
