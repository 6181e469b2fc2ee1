# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Word what is wrong with an option or an argument of the command line. Only an invalid command line loads this module."""

from __future__ import annotations

from tcp_health.services.table import SERVICES
from tcp_health.settings.mistakes import NOT_OF_THE_CHECK, OF_THE_ENGINE
from tcp_health.settings.table import SETTINGS
from tcp_health.text.nearest import did_you_mean, nearest

_FLAGS = [
    flag
    for setting in SETTINGS
    if "plugin" in setting.edges and setting.kind != "ignored"
    for flag in setting.flags
]
_LONG = [flag for flag in _FLAGS if flag.startswith("--")]

# The other dashes of Unicode. Word processors and web pages replace hyphens by them.
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"

_BEFORE_A_MEASURE = ("warning-", "critical-")

# The options of check_tcp that have no effect, and those that were probably meant.
_EFFECTIVE = {
    "-W": "-w",
    "--warning-codes": "--warning",
    "-C": "-c",
    "--critical-codes": "--critical",
    "--protocol": "--network",
}


def unknown_long(name: str) -> str:
    """Return the message about a long option that does not exist."""
    if name.lstrip("-").replace("-", "_") in OF_THE_ENGINE:
        return f"unknown option {name}: {NOT_OF_THE_CHECK}"
    return f"unknown option {name[:40]}{did_you_mean(_long(name))}"


def unknown_short(flag: str, argument: str) -> str:
    """Return the message about a short option that does not exist. argument: the one that contains it."""
    hint = long_form(argument)
    if not hint and flag.swapcase() in _FLAGS:
        hint = did_you_mean(flag.swapcase())
    return f"unknown option {flag}{hint}"


def long_form(argument: str) -> str:
    """Return the hint about a long option that was written with one dash; "" if no option is similar."""
    return did_you_mean(_long(argument)) if argument[3:] else ""


def without_effect(flag: str) -> str:
    """Return the message about an option that has no effect."""
    if flag not in _EFFECTIVE:
        return f"invalid abbreviation of {flag}: write the whole option"
    return f"option {flag} has no effect{did_you_mean(_EFFECTIVE[flag])}"


def wrong_host(word: str) -> str:
    """Return the message about an argument in the place of the host, or "" if it can be one."""
    if word.isdigit():
        return f"invalid host {word[:40]!r}: a port must follow its host, as in db1 22"
    if word[:1] in _DASHES and word:
        return f"invalid argument {word[:40]!r}: it begins with a dash, not with a hyphen{did_you_mean(_option(word))}"
    return ""


def left_over(word: str, *, host: bool, port: bool) -> str:
    """Return the message about an argument that is neither an option nor a host nor a port.

    host   whether an option gave the host
    port   whether the port is given already
    """
    if word.partition("=")[0] in _FLAGS:
        return f"unexpected argument {word[:40]!r}: no option can follow --"
    option = _option(word)
    if word in SERVICES:
        option = f"--service {word}"
    elif word.isdigit() and not port:
        option = f"-p {word}"
    reason = "only a host and a port can be given without an option"
    if word.isdigit():
        reason = "the port is given already"
    elif host:
        reason = "the host is given already"
    return f"unexpected argument {word[:40]!r}{did_you_mean(option) or f': {reason}'}"


def _long(word: str) -> str:
    """Return the long option that is most similar to a word with one dash or more; "" if no option is similar."""
    bare = word.partition("=")[0].lstrip("-").replace("_", "-").lower()
    for begin in _BEFORE_A_MEASURE:
        if bare.startswith(begin):
            # Without the beginning, which makes a measure that does not exist similar to each that does.
            measures = [flag[2:].removeprefix(begin) for flag in _LONG if flag.startswith(f"--{begin}")]
            near = nearest(bare.removeprefix(begin), measures)
            return f"--{begin}{near}" if near else ""
    # Without the dashes, which make every two options similar.
    near = nearest(bare, [flag[2:] for flag in _LONG])
    return f"--{near}" if near else ""


def _option(word: str) -> str:
    """Return the option that a word without dashes was probably meant to be, or ""."""
    bare = word.lstrip("-" + _DASHES)
    if f"-{bare}" in _FLAGS:
        return f"-{bare}"
    return _long(bare)
