# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_listener: a TCP server with selectable behaviour, for testing checks."""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from tcp_health import __version__
from tcp_health_plugins.common.output import CLOSED, READER_GONE, write_error, write_output
from tcp_health_plugins.common.usage import UsageError

from .loop import Listener
from .options import options, parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .options import Options
    from .secured import SecuredSocket

PROGRAM = "tcp_health_listener"

OK = 0
FAILED = 1
WRONG_ARGUMENTS = 3

# Descriptors besides the connections: the three standard streams, the listening socket and the one that reserves its
# port, the poller, the pair that wakes the loop, and a few for Python.
_OTHER_FILES = 16


class _LogError(Exception):
    """The log cannot be written; the message is the reason."""


class _Log:
    """Log lines for standard output, collected until `flush`, so that each poll of the loop costs one write."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        self._lines.append(line + "\n")

    def flush(self) -> None:
        if not self._lines:
            return
        text = "".join(self._lines)
        self._lines.clear()
        failure = write_output(text)
        if failure not in (None, CLOSED):
            raise _LogError(failure)


def main(arguments: Sequence[str]) -> int:
    """Run the listener until a signal stops it; return the exit code."""
    log = _Log()
    try:
        given = parser().parse_args(arguments)
        if given.help or given.version:
            log.write(parser().format_help().rstrip() if given.help else f"{PROGRAM} {__version__}")
            log.flush()
            return OK
        return _serve(options(given), log)
    except UsageError as error:
        return _failed(
            f"{error}{'' if str(error).endswith('?') else '.'} See {PROGRAM} --help", WRONG_ARGUMENTS
        )
    except _LogError as error:
        if str(error) == READER_GONE:  # as with `| head`: an end that needs no message
            return FAILED
        return _failed(f"cannot write to standard output: {error}", FAILED)
    except Exception as error:  # noqa: BLE001 - the one place where no traceback may reach a user
        return _failed(f"internal error: {type(error).__name__}: {error}", FAILED)


def _serve(options: Options, log: _Log) -> int:
    most = _raise_file_limit() - _OTHER_FILES
    if options.max_connections is not None and options.max_connections > most:
        log.write(
            f"The limit of open files allows {most} connections, not {options.max_connections};"
            " raise it with ulimit -n"
        )
    try:
        secure = _secure(options)
    except ValueError as error:
        return _failed(str(error), FAILED)
    listener = Listener(options, log.write, log.flush, secure)
    _stop_on_signals(listener)
    try:
        try:
            listener.open()
        except (OSError, UnicodeError) as error:
            return _failed(f"cannot listen on {_address(options)}: {_reason(error, options)}", FAILED)
        listener.run()
    finally:
        signal.set_wakeup_fd(-1)  # the descriptor is closed next; a later signal must not write to it
        listener.close()
    return OK


def _secure(options: Options) -> Callable[..., SecuredSocket] | None:
    """Return what wraps the socket of a client for TLS, or None without TLS. Raises ValueError for bad files."""
    if options.tls_cert is None:
        return None
    from tcp_health.text.files import refuse_openssl_configuration

    refuse_openssl_configuration()
    from .secured import secure  # ssl takes 12 ms to import

    return secure(options.tls_cert, options.tls_key)


def _raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard one; return the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError):  # macOS reports an infinite hard limit and rejects it as a soft one
        hard = soft
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def _stop_on_signals(listener: Listener) -> None:
    signal.set_wakeup_fd(listener.waker.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell lets background jobs ignore Ctrl-C
            signal.signal(number, lambda _number, _frame: listener.stop())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])  # a process inherits the mask of its parent


def _address(options: Options) -> str:
    host = options.bind or "all interfaces"
    return f"[{host}]:{options.port}" if ":" in host else f"{host}:{options.port}"


def _reason(error: OSError | UnicodeError, options: Options) -> str:
    if isinstance(error, UnicodeError):
        return "invalid host name"
    if isinstance(error, PermissionError) and options.port < _first_unprivileged_port():
        return f"{error.strerror} (ports below {_first_unprivileged_port()} require root or CAP_NET_BIND_SERVICE)"
    return error.strerror or str(error)


def _first_unprivileged_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 1024


def _failed(sentence: str, code: int) -> int:
    write_error(f"{PROGRAM}: {sentence}.")
    return code
