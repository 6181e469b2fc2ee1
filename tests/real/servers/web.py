# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The web server nginx, with a port for each protocol, each client certificate mode, and each answer."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "nginx-light"

ANSWERS = {
    "http": 'location / { return 200 "It works.\\n"; }',
    "http_401": 'location / { auth_basic "the house"; auth_basic_user_file /dev/null; }',
    "http_404": "location / { return 404; }",
    "http_503": "location / { return 503; }",
}
"""The ports, each with its answer for every path."""

LISTENERS = {
    "http_proxied": "proxy_protocol",
    "https": "ssl",
    "https_h2": "ssl http2",
    "https_tls10": "ssl",
    "https_tls12": "ssl",
    "https_tls13": "ssl",
    "https_client": "ssl",
    "https_client_optional": "ssl",
}
"""The ports, each with further parameters of `listen`."""

SETTINGS = {
    # OpenSSL refuses TLS 1.0 at its default security level.
    "https_tls10": "ssl_protocols TLSv1; ssl_ciphers DEFAULT:@SECLEVEL=0;",
    "https_tls12": "ssl_protocols TLSv1.2;",
    "https_tls13": "ssl_protocols TLSv1.3;",
    # nginx completes the handshake without the certificate, and then answers 400.
    "https_client": "ssl_verify_client on;",
    "https_client_optional": "ssl_verify_client optional;",
}
"""The ports, each with its settings."""

CONFIG = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log {access};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_client_certificate {authority};
    ssl_protocols TLSv1.2 TLSv1.3;
    {servers}
}}
"""

SERVER = """
    server {{
        listen 127.0.0.1:{port} {listener};
        {settings}
        {answer}
    }}
"""


@contextlib.contextmanager
def nginx(access: str = "off") -> Iterator[Server]:
    """A web server: the ports are the keys of ANSWERS and LISTENERS; ACCESS is its log of requests."""
    program = need("nginx", PACKAGE)
    user = "user www-data;" if os.geteuid() == 0 else ""
    with scratch_folder() as folder:
        ports = free_ports(*ANSWERS, *LISTENERS)
        servers = [
            SERVER.format(
                port=port,
                listener=LISTENERS.get(name, ""),
                settings=SETTINGS.get(name, ""),
                answer=ANSWERS.get(name, ANSWERS["http"]),
            )
            for name, port in ports.items()
        ]
        config = CONFIG.format(
            folder=folder,
            user=user,
            access=access,
            servers="".join(servers),
            **server_credentials(folder)._asdict(),
        )
        (folder / "nginx.conf").write_text(config)
        command = [program, "-e", "stderr", "-c", str(folder / "nginx.conf")]
        with running(command, folder, ports) as server:
            yield server
