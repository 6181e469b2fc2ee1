# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the words about the expiry of a certificate, and check_tcp's line for -D; a check without TLS does not load it."""

from __future__ import annotations

from time import gmtime

from ..model.verdict import OK, STATES
from ..text.clean import clean
from ..wire.certificate import day

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.result import Result

_HOUR = 3600
_DAY = 24 * _HOUR

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def alert(result: Result) -> str:
    """Return when the first certificate of the chain expires, if that date is outside its thresholds.

    Empty if check_tcp's line for -D reports it.
    """
    verdict = result.verdict
    metric = next((each for each in verdict.metrics if each.measure.name == "certificate_days"), None)
    threshold = metric.exceeded if metric is not None else None
    certificate = verdict.outcome.first_to_expire()
    if metric is None or threshold is None or certificate is None or result.check.options.certificate_line:
        return ""
    name = clean(certificate.name, 60)
    date = day(certificate.not_after)
    if metric.value < 0:
        when = f"expired {in_days(-metric.value)} ago, on {date}"
    else:
        when = f"expires in {in_days(metric.value)}, on {date}"
    share = " of its lifetime" if "%" in threshold.text else ""
    limit = f"{STATES[metric.state].lower()} {threshold.words()}{share}"
    return f"certificate{name and ' of ' + name} {when} ({limit})"


def healthy(result: Result) -> str:
    """Return when the first certificate of the chain expires, if all is well and TLS is more than check_tcp's."""
    verdict = result.verdict
    days = next((each.value for each in verdict.metrics if each.measure.name == "certificate_days"), -1.0)
    first = verdict.outcome.first_to_expire()
    if verdict.state != OK or verdict.failing is not None or days < 0 or first is None:
        return ""
    others = [each.secured for each in verdict.outcome.finals if each.secured is not None]
    own = any(each.own is not None and each.own.certificate == first for each in others)
    whose = "" if own else f" of {clean(first.name, 60)}"
    # Shorter than the words of an alert, so that it fits on the first line.
    return f"certificate{whose} until {day(first.not_after)} ({in_days(days)})"


def in_days(amount: float) -> str:
    """Return a number of days, rounded down, or of hours for less than a day."""
    number, unit = (int(amount), "day") if amount >= 1 else (int(amount * 24), "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}" if number else "less than an hour"


def line(result: Result) -> str:
    """Return check_tcp's line for -D, or an empty text if TLS did not begin."""
    verdict, check = result.verdict, result.check
    secured = next(
        (each.secured for each in reversed(verdict.outcome.attempts) if each.secured is not None), None
    )
    if secured is None:
        return ""
    if secured.own is None:
        return "Cannot retrieve server certificate."
    if secured.own.certificate is None:
        return f"Cannot read the server certificate: {clean(secured.own.problem)}"
    finals = verdict.outcome.finals
    good = [attempt for attempt in finals if attempt.failure is None]
    # The first certificate to expire may be another one of the chain.
    certificate = verdict.outcome.first_to_expire(good or finals) or secured.own.certificate
    shown = certificate.common_name if check.options.as_check_tcp else certificate.alternative
    name = clean(shown) if shown else "Unknown CN"
    date = _date(certificate.not_after, check.options.as_check_tcp)
    left = certificate.not_after - verdict.outcome.at
    days = int(left // _DAY)
    if left < 0:
        return f"Certificate '{name}' expired on {date}."
    if days == 0:
        amount = f"{int(left // _HOUR)} hours" if left >= _HOUR else f"{int(left // 60)} minutes"
        return f"Certificate '{name}' expires in {amount} ({date})"
    metric = next((each for each in verdict.metrics if each.measure.name == "certificate_days"), None)
    if metric is not None and metric.state != OK:
        return f"Certificate '{name}' expires in {days} day(s) ({date})."
    if check.options.as_check_tcp:
        return f"Certificate '{name}' will expire on {date}."
    return f"Certificate '{name}' will expire on {date} (in {in_days(left / _DAY)})."


def _date(epoch: float, as_check_tcp: bool) -> str:
    """Return a date as check_tcp prints it, in UTC, and in English in every locale. Only check_tcp prints the year 2 as 2."""
    when = gmtime(epoch)
    year = f"{when.tm_year}" if as_check_tcp else f"{when.tm_year:04}"
    clock = f"{when.tm_hour:02}:{when.tm_min:02}:{when.tm_sec:02}"
    return f"{_DAYS[when.tm_wday]} {_MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock} {year} +0000"
