# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Services for remote login, name lookup, files and time, as data."""

from __future__ import annotations

from ..dialogue.steps import hear, say
from ..model.service import Service, secured
from .protocols import (
    OVERLOADED,
    RDP_BARE_CONFIRM,
    RDP_CONFIRM,
    RDP_DISCONNECT,
    RDP_REQUEST,
    UNAVAILABLE,
    ftp_reply,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.dialogue import Step

# The beginnings of other protocols, where any text may come first.
_OTHER = r"220[ -]|\+OK|-ERR|\* (?:OK|PREAUTH|BYE) |HTTP/"
_ANOTHER = "another protocol answers"
_PENALTIES = "PerSourcePenalties"

# A server logs a connection that ends without an identification string, or before the key exchange, as an error. With
# reason 11 of the disconnect it logs information (RFC 4253, 11.1: SSH_DISCONNECT_BY_APPLICATION). No encryption yet, so a
# packet is its length, the length of the padding, the payload, and at least 4 bytes of padding, to a multiple of 8 bytes
# (section 6): message 1, the reason, a description and a language tag.
_SSH_REASON = b"health check"
_SSH_PAYLOAD = (
    b"\x01\x00\x00\x00\x0b" + len(_SSH_REASON).to_bytes(4, "big") + _SSH_REASON + b"\x00\x00\x00\x00"
)
_SSH_PADDING = 4 + -(5 + len(_SSH_PAYLOAD) + 4) % 8
_SSH_LEAVE = (
    b"SSH-2.0-tcp_health\r\n"
    + (1 + len(_SSH_PAYLOAD) + _SSH_PADDING).to_bytes(4, "big")
    + bytes((_SSH_PADDING,))
    + _SSH_PAYLOAD
    + bytes(_SSH_PADDING)
)

_SSH = Service(
    "ssh",
    22,
    steps=(
        # Lines that are not the identification string may come before it.
        hear(
            rf"^(?!{_OTHER})(?:(?!SSH-|Exceeded MaxStartups|Not allowed at this time)[^\n]*\n)*"
            r"SSH-(?P<protocol>2\.0|1\.99)-(?P<software>[^\r\n ]{1,120})[^\n]*\n",
            reject={
                # OpenSSH sends these in place of it, and closes: sshd_config(5), MaxStartups, PerSourcePenalties.
                r"^Exceeded MaxStartups\r?\n": "too many connections wait for authentication (MaxStartups)",
                r"^SSH-1\.[0-8][^\n]*\n": "it speaks SSH version 1 only",
                rf"^(?:{_OTHER})": _ANOTHER,
            },
            blocks={
                r"^Not allowed at this time\r?\n": f"it does not accept this host at the moment ({_PENALTIES})",
            },
            comment="the identification string",
        ),
    ),
    quit=_SSH_LEAVE.decode("latin-1"),
    broken_counts=_PENALTIES,
    means="it sent the identification string of version 2, and has not reached a limit such as MaxStartups (RFC 4253, 4.2)",
)

_TELNET = Service(
    "telnet",
    23,
    steps=(
        hear(
            rf"(?s)^(?!{_OTHER}|SSH-)[^\xff]{{0,1000}}\xff[\xfb-\xfe].",
            reject={rf"^(?:{_OTHER}|SSH-)": _ANOTHER},
            comment="a WILL, WONT, DO or DONT",
        ),
    ),
    means="it began to negotiate options (RFC 854, RFC 855)",
)

_RDP = Service(
    "rdp",
    3389,
    steps=(
        say(RDP_REQUEST, comment="X.224 Connection Request"),
        # The failure codes 1, 2, 5 and 6 ask for another security protocol than we offered.
        hear(
            RDP_BARE_CONFIRM,
            rf"{RDP_CONFIRM}\x02.\x08\x00.{{4}}",
            rf"{RDP_CONFIRM}\x03.\x08\x00[\x01\x02\x05\x06]\x00\x00\x00",
            reject={
                rf"{RDP_CONFIRM}\x03.\x08\x00\x03\x00\x00\x00": "it has no certificate",
                RDP_DISCONNECT: "it disconnects",
            },
            comment="X.224 Connection Confirm",
        ),
    ),
    after_starttls=(),
    means="it confirmed the connection, and has a certificate (MS-RDPBCGR, 2.2.1.2)",
)

_VNC_COUNTER = "BlacklistThreshold"  # TigerVNC's name for it
_VNC_FAILED = r"(?s)^\x00\x00\x00\x00.{1,7}?"

_VNC = Service(
    "vnc",
    5900,
    steps=(
        hear(r"^RFB (?P<version>[0-9]{3}\.[0-9]{3})\n", comment="ProtocolVersion"),
        # The same version: a higher one is not allowed, and some servers accept no lower one.
        say("RFB {version}\n"),
        # The length of a list of security types, and the list; before version 3.7 one type of four bytes. Zero is a
        # failure, with the length of its reason and the reason (RFC 6143, 7.1.2 and appendix A).
        hear(
            r"^[\x01-\xff]",
            r"^\x00\x00\x00[\x01-\xff]",
            reject={_VNC_FAILED + r"[Tt]oo many (?:users|connections|clients)": OVERLOADED},
            blocks={
                _VNC_FAILED
                + r"[Tt]oo many [a-z]{1,20} failures": f"too many failures: it blocks this host ({_VNC_COUNTER})",
            },
            comment="security types",
        ),
    ),
    broken_counts=_VNC_COUNTER,
    means="it sent its version and an authentication method, and does not block this host (RFC 6143, 7.1)",
)

# After its length of 17: ID 0x7463, recursion desired, one question: NS records of the root, class IN.
_DNS_QUERY = b"\x00\x11\x74\x63\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01"


def _dns_code(code: int) -> str:
    """Return the expression for an answer with this response code; the bits RA, AD and CD may be set."""
    seconds = "".join(rf"\x{high | code:02x}" for high in (0x00, 0x10, 0x20, 0x30, 0x80, 0x90, 0xA0, 0xB0))
    return rf"(?s)^..\x74\x63[\x80-\x87][{seconds}]"


_DNS = Service(
    "dns",
    53,
    steps=(
        say(_DNS_QUERY, comment="a query for the root's name servers"),
        # NoError, NXDomain, NotImp, or Refused: it does no recursion for this host.
        hear(
            *(_dns_code(code) for code in (0, 3, 4, 5)),
            reject={
                _dns_code(2): "it failed to find the root's name servers (SERVFAIL)",
                _dns_code(1): "it does not understand the query (FORMERR)",
            },
            comment="an answer",
        ),
    ),
    idempotent=True,
    means="it answered a query, even with a refusal, but not with SERVFAIL (RFC 1035, 4; over TCP RFC 7766)",
)

_SOCKS5 = Service(
    "socks5",
    1080,
    steps=(
        # Version 5, two methods: no authentication, user name and password.
        say(b"\x05\x02\x00\x02"),
        # The method that it accepts; 0xff if it accepts none of these.
        hear(r"^\x05[\x00\x02\xff]", comment="the method"),
    ),
    means="it selected an authentication method, or requested another one (RFC 1928, 3)",
)


def _rpc_null(program: int, version: int) -> tuple[Step, ...]:
    """Return a call of procedure 0, which every program has and which does nothing (RFC 5531, 8.2, 9 and 11)."""
    # CALL (0), RPC version 2, program, version, procedure 0, AUTH_NONE twice.
    numbers = (0, 2, program, version, 0, 0, 0, 0, 0)
    call = b"tcph" + b"".join(number.to_bytes(4, "big") for number in numbers)
    # REPLY (1), MSG_ACCEPTED (0), a verifier, how it went.
    accepted = r"(?s)^\x80\x00\x00.tcph\x00\x00\x00\x01\x00\x00\x00\x00.{4}\x00\x00\x00\x00\x00\x00\x00"
    denied = r"(?s)^\x80\x00\x00.tcph\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    return (
        say((0x80000000 + len(call)).to_bytes(4, "big") + call, comment="a call of the null procedure"),
        hear(
            accepted + r"[\x00\x02]",  # SUCCESS, or PROG_MISMATCH: it has another version of the program
            denied + r"\x01",  # AUTH_ERROR
            reject={
                accepted + r"\x01": "the program is not available",
                accepted + r"[\x03-\xff]": "it answers with an error",
            },
            comment="its reply",
        ),
    )


_FTPS = Service(
    "ftps",
    990,
    steps=(
        # 120 announces that 220 follows later.
        hear(
            rf"^(?:{ftp_reply('120')})?{ftp_reply('220')}",
            reject={
                rf"^{ftp_reply('421')}": UNAVAILABLE,
                rf"^{ftp_reply('5[0-9][0-9]')}": "it refuses service",
            },
            comment="the greeting",
        ),
    ),
    tls=True,
    quit="QUIT\r\n",
    means="its certificate is valid, and its greeting is 220; TLS from the first byte (RFC 959, 5.4)",
)


# SMB2 NEGOTIATE: the transport's length, a header of 64 bytes with command 0 and one credit, a body of 36 bytes with
# four dialects, 2.0.2 to 3.0.2 (MS-SMB2, 2.1, 2.2.1.2 and 2.2.3).
_SMB2_HEADER = b"\xfeSMB\x40\x00" + bytes(8) + b"\x01\x00" + bytes(48)
_SMB2_NEGOTIATE = (
    b"\x24\x00\x04\x00\x01\x00"
    + bytes(6)
    + b"tcp-health-check"
    + bytes(8)
    + b"\x02\x02\x10\x02\x00\x03\x02\x03"
)

_SMB = Service(
    "smb",
    445,
    steps=(
        say(
            (len(_SMB2_HEADER) + len(_SMB2_NEGOTIATE)).to_bytes(4, "big") + _SMB2_HEADER + _SMB2_NEGOTIATE,
            comment="NEGOTIATE",
        ),
        # An answer to NEGOTIATE: success, or STATUS_NOT_SUPPORTED, if it speaks other dialects.
        hear(
            r"(?s)^\x00...\xfeSMB\x40\x00..(?:\x00\x00\x00\x00|\xbb\x00\x00\xc0)\x00\x00",
            reject={
                r"(?s)^\x00...\xfeSMB\x40\x00..(?!\x00\x00\x00\x00|\xbb\x00\x00\xc0).{4}\x00\x00": (
                    "it answers with an error"
                ),
            },
            comment="its answer",
        ),
    ),
    means="it answered NEGOTIATE (MS-SMB2, 2.2.4)",
)

_RSYNC = Service(
    "rsync",
    873,
    steps=(
        hear(
            r"^@RSYNCD: (?P<protocol>[0-9.]{1,12})[^\n]*\n",
            reject={r"^@ERROR[^\n]*\n": "it answers with an error"},
            comment="the greeting",
        ),
    ),
    means="the daemon sent its protocol version (rsync, csprotocol.txt)",
)

_SVN = Service(
    "svn",
    3690,
    steps=(
        # ( success ( minver maxver mechs ( capability ... ) ) )
        hear(
            r"^\( success \( [0-9]{1,9} (?P<protocol>[0-9]{1,9}) \([^()]*\) \([^()]*\) \) \) ",
            reject={r"^\( failure \(": "it answers with a failure"},
            comment="the greeting",
        ),
    ),
    means="svnserve sent its greeting (Subversion, libsvn_ra_svn/protocol)",
)

_MPD = Service(
    "mpd",
    6600,
    steps=(
        hear(
            r"^OK MPD (?P<version>[0-9.]{1,20})\n",
            reject={r"^ACK[^\n]*\n": "it rejects the connection"},
            comment="the greeting",
        ),
    ),
    quit="close\n",
    means="it sent its protocol version (Music Player Daemon, protocol)",
)

_DICT = Service(
    "dict",
    2628,
    steps=(
        # 220 text <capabilities> <message identifier>
        hear(
            r"^220 [^<\r\n]*<(?P<capabilities>[^<>\r\n]{0,200})> <[^<>\r\n]{1,200}>[^\n]*\n",
            r"^(?P<access>530) [^\n]*\n",
            reject={
                r"^420 [^\n]*\n": UNAVAILABLE,
                r"^421 [^\n]*\n": "it is shutting down",
            },
            comment="the greeting",
        ),
    ),
    quit="QUIT\r\n",
    means="it sent a greeting, or denied access (RFC 2229, 3.1)",
)

_IDENT = Service(
    "ident",
    113,
    steps=(
        say("{port} , {port}\r\n"),
        hear(
            r"(?i)^[ \t]{0,4}[0-9]{1,5}[ \t]{0,4},[ \t]{0,4}[0-9]{1,5}[ \t]{0,4}:"
            r"[ \t]{0,4}(?P<answer>USERID|ERROR)[ \t]{0,4}:[^\n]*\n",
            comment="an answer to the query",
        ),
    ),
    means="it answered a query, even with an error: the connection of the query does not exist (RFC 1413)",
)

_FINGER = Service(
    "finger",
    79,
    steps=(
        say("\r\n", comment="a query for all users"),
        hear(
            rf"^(?!{_OTHER}|SSH-)[\t\r -~\x80-\xff]*\n",
            reject={rf"^(?:{_OTHER}|SSH-)": _ANOTHER},
            comment="a line of text",
        ),
    ),
    means="it answered with a line of text, even with a refusal (RFC 1288)",
)

_TIME = Service(
    "time",
    37,
    steps=(
        # Seconds since 1900: 0xe1000000 is August 2019, 0xff000000 July 2035. Telnet begins with 0xff.
        hear(r"(?s)^[\xe1-\xfe].{3}", comment="four bytes, a time between 2019 and 2035"),
    ),
    means="it returned a time between 2019 and 2035 (RFC 868)",
)

_DAYTIME = Service(
    "daytime",
    13,
    steps=(
        # The standard does not define the format. All formats in use have hours and minutes.
        hear(
            rf"^\r?\n?(?!{_OTHER}|SSH-)[ -~]{{0,60}}?[0-9]{{1,2}}:[0-9]{{2}}[ -~]{{0,60}}\r?\n",
            comment="a line with the time of day",
        ),
    ),
    means="it returned the time of day, in any format (RFC 867)",
)

_ECHO = Service(
    "echo",
    7,
    steps=(say("tcp-health\r\n"), hear(r"^tcp-health\r\n", comment="what was sent")),
    idempotent=True,
    means="it returned what was sent (RFC 862)",
)

ROWS = (
    _SSH,
    _TELNET,
    _RDP,
    _VNC,
    _DNS,
    secured(_DNS, "dot", 853),
    _SOCKS5,
    _FTPS,
    _SMB,
    Service(
        "rpcbind",
        111,
        steps=_rpc_null(100000, 2),
        means="it answered a call of the null procedure (RFC 1833, 3)",
    ),
    Service(
        "nfs",
        2049,
        steps=_rpc_null(100003, 4),
        means="it answered a call of the null procedure, or requested authentication (RFC 7530, 15.1)",
    ),
    _RSYNC,
    _SVN,
    _MPD,
    _DICT,
    _IDENT,
    _FINGER,
    _TIME,
    _DAYTIME,
    _ECHO,
)
