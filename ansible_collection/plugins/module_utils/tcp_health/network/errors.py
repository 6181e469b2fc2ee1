# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Map errno to causes: the table of system errors."""

from __future__ import annotations

import errno

from ..model.causes import Cause
from ..model.outcome import Failure

CAUSE_OF = {
    errno.ECONNREFUSED: Cause.REFUSED,
    errno.ECONNRESET: Cause.RESET,
    errno.EPIPE: Cause.RESET,
    errno.ECONNABORTED: Cause.RESET,
    errno.ENETRESET: Cause.RESET,
    errno.ETIMEDOUT: Cause.TIMED_OUT,
    errno.EHOSTUNREACH: Cause.UNREACHABLE,
    errno.ENETUNREACH: Cause.UNREACHABLE,
    errno.EHOSTDOWN: Cause.UNREACHABLE,
    errno.ENETDOWN: Cause.NO_ROUTE,
    errno.ENOENT: Cause.SOCKET_MISSING,
    errno.ENOTSOCK: Cause.SOCKET_MISSING,
    errno.ENOTDIR: Cause.SOCKET_MISSING,
    errno.EACCES: Cause.ACCESS_DENIED,
    errno.EPERM: Cause.ACCESS_DENIED,
    errno.EMFILE: Cause.LOCAL_LIMIT,
    errno.ENFILE: Cause.LOCAL_LIMIT,
    errno.ENOBUFS: Cause.LOCAL_LIMIT,
    errno.ENOMEM: Cause.LOCAL_LIMIT,
    errno.EADDRNOTAVAIL: Cause.LOCAL_LIMIT,
    errno.EADDRINUSE: Cause.LOCAL_LIMIT,
    errno.EAFNOSUPPORT: Cause.NO_ROUTE,
    errno.ENOTSUP: Cause.LOCAL_LIMIT,
}

# Errors that the call of connect() itself returns, without an ICMP message: they are local problems.
SYNCHRONOUS = {
    errno.ENETUNREACH: Cause.NO_ROUTE,
    errno.EHOSTUNREACH: Cause.NO_ROUTE,
    errno.EINVAL: Cause.NO_ROUTE,
    errno.EACCES: Cause.NO_ROUTE,
    errno.EPERM: Cause.NO_ROUTE,
}


def failure_of(problem: OSError, *, synchronous: bool, datagram: bool = False) -> Failure:
    """Return the Failure for a system error.

    synchronous   whether the call itself returned the error, without an ICMP message
    datagram      whether the socket is a UDP socket
    """
    code = problem.errno or 0
    cause = CAUSE_OF.get(code, Cause.OTHER)
    if synchronous:
        cause = SYNCHRONOUS.get(code, cause)
    elif datagram and cause == Cause.REFUSED:
        cause = Cause.PORT_UNREACHABLE
    return Failure(cause, problem.strerror or str(problem))
