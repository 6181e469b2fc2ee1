# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The commands that a diagnosis suggests to try next."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case


def dig(case: Case) -> str:
    """Query the name server for the host."""
    return f"dig {case.target.host} @{case.name_server_address}"


def traceroute(case: Case) -> str:
    """Trace the path with SYNs to the same port."""
    return f"traceroute -T -p {case.target.port} {case.address}"


def on_host(command: str) -> Callable[[Case], str]:
    """Suggest a command to run on the target host; {port} in it is the target's port."""
    return lambda case: f"on {case.address}: {command.format(port=case.target.port)}"


def s_client(case: Case) -> str:
    """Connect with OpenSSL's client and the same settings; "" if it does not know the protocol."""
    from shlex import quote  # loaded only for a fault of TLS

    opening = _starttls_name(case)
    if opening in ("rdp", "mssql"):
        return ""
    plan = case.recipe.tls
    name = plan.asked_name(case.target.host) if plan is not None else None
    # An IP address is not a valid server name (RFC 6066, 3).
    server_name = f" -servername {name}" if name and ":" not in name and not name[-1].isdigit() else ""
    address = f"[{case.address}]" if ":" in case.address else case.address
    where = case.target.path or f"{address}:{case.target.port}"
    starttls = f" -starttls {opening}" if opening else ""
    if plan is not None and plan.ca_file is not None:
        starttls += f" -CAfile {quote(plan.ca_file)}"
    if plan is not None and plan.ca_path is not None:
        starttls += f" -CApath {quote(plan.ca_path)}"
    return f"openssl s_client {'-unix' if case.target.path else '-connect'} {where}{server_name}{starttls}"


def _starttls_name(case: Case) -> str:
    """Return the protocol whose STARTTLS steps begin the dialogue, by its name in s_client, or ""."""
    steps = case.recipe.dialogue
    handshake = next((place for place, step in enumerate(steps) if step.begins_tls), 0)
    if not handshake:
        return ""
    from ..services.starttls import STARTTLS  # loaded only for a fault of STARTTLS

    before = steps[:handshake]
    return next((name for name, row in STARTTLS.items() if row.steps == before[-len(row.steps) :]), "")
