#!/usr/bin/python
# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ansible module tcp_health: it builds a check from a task's arguments, carries it out, and returns its result."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tcp_health
short_description: Check a TCP service
version_added: 0.1.0
author:
  - the tcp-health maintainers (!UNKNOWN)
description:
  - Connects to one service, or to a list of services at once, with retries and a dialogue if requested, compares the
    measured times with thresholds, and returns what was seen and where the problem is.
  - Waits until a port is open, closed or filtered, or until no connection to a port of the host is left. It replaces the
    port checks of M(ansible.builtin.wait_for).
  - The checks are the same as those of the plugin C(check_tcp_health), with the same settings, values and defaults, except
    O(on_mismatch).
  - The task fails if the state is V(CRITICAL) or V(UNKNOWN), unless O(fail_on) decides otherwise. If it is V(WARNING), the
    task succeeds, and Ansible shows the message as a warning. The return values are the same in all cases, so
    C(failed_when) can use them.
  - Invalid arguments and internal errors of the module fail the task with a message in RV(ignore:msg). There are no other
    return values, so C(failed_when) cannot mistake them for the result of a check.
attributes:
  action_group:
    support: full
    description: Use C(group/tcp_health.monitoring.tcp_health) in C(module_defaults) for options that all tasks share.
    membership: [tcp_health.monitoring.tcp_health]
  async:
    support: full
    description: Supports the C(async) keyword.
  check_mode:
    support: full
    description: The module changes nothing. It also runs in check mode.
  diff_mode:
    support: 'none'
    description: The module changes nothing, so there is no difference to show.
  platform:
    platforms: posix
    support: full
    description: Runs on POSIX systems with Python 3.9 or newer, on the managed host or on the host in C(delegate_to).
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
options:
  # From the table of settings; make generate writes them.
  targets:
    description:
      - Targets to check at once, in place of O(host). Each is a text as for O(host), or a dictionary of options of
        this module for one target, and a C(name), which is returned.
      - The options of the task are for all targets. Those of a target override them. O(state) in a target is that of
        this target, except V(drained).
      - Every target is read before the first connection. An invalid one fails the task, and is named by its index.
    type: list
    elements: raw
    version_added: "0.2.0"
  secrets:
    description:
      - Secrets by name, each for the placeholder V({env:NAME}) in O(step) and in the file of O(dialogue).
      - Ansible does not show them, and neither the result nor the list of processes contains them. A variable of the
        task's C(environment) is shown by C(-vvv).
    type: dict
    version_added: "0.2.0"
  host:
    description:
      - Host name, address, host:port, URL or /path of a Unix socket. The default is V(127.0.0.1).
    type: raw
  port:
    description:
      - TCP or UDP port.
    type: int
  address:
    description:
      - Connect to this address instead of those of O(host).
    type: raw
  family:
    description:
      - Address family.
    type: str
    choices:
      - any
      - "4"
      - "6"
    default: any
  addresses:
    description:
      - >-
        Which addresses of a name to try: any (until one answers), first, or all.
    type: str
    choices:
      - any
      - first
      - all
    default: any
  source:
    description:
      - Local address or interface to connect from.
    type: raw
  network:
    description:
      - Transport protocol. The default is that of O(service), or V(tcp).
    type: str
    choices:
      - tcp
      - udp
  service:
    description:
      - Named service, which sets the port and the dialogue, such as V(ftp), V(imap) or V(smtp).
    type: raw
  timeout:
    description:
      - Timeout of the whole check, with the name lookup. The default is V(10s), plus O(interval) for each of
        O(count).
      - A state after a colon is the state after a timeout, as in V(5:unknown) or V(:ok).
    type: str
  attempt_timeout:
    description:
      - >-
        Timeout of an attempt; default: the remaining time, divided by the remaining attempts.
    type: str
  retries:
    description:
      - Further attempts after a failed attempt.
    type: int
    default: 0
  retry_delay:
    description:
      - Pause before a further attempt.
    type: str
    default: 1s
  retry_backoff:
    description:
      - Factor by which the pause grows after each attempt.
    type: float
    default: 1.0
  retry_jitter:
    description:
      - Maximum of a random time that is added to the pause.
    type: str
    default: 0s
  count:
    description:
      - Number of probes.
    type: int
    default: 1
  interval:
    description:
      - Time from the start of a probe to the start of the next.
    type: str
    default: 1s
  wait:
    description:
      - Repeat the check until it is OK, for at most this time, with O(state) until the port has this state.
      - The time is for all addresses together. O(timeout) applies to each repetition.
    type: str
  wait_interval:
    description:
      - Pause before the check is repeated.
    type: str
    default: 1s
    aliases:
      - sleep
  consecutive:
    description:
      - Number of checks in a row that must be OK.
    type: int
    default: 1
  trace:
    description:
      - >-
        When to trace the path with TCP: never, failure (if the check fails), or always.
    type: str
    choices:
      - never
      - failure
      - always
    default: failure
  control_port:
    description:
      - Another port of the host to probe if the check fails; its answer shows that the host is up.
    type: int
  any_port:
    description:
      - >-
        Ports to try for O(expect_state) alive: one answer is enough.
    type: str
  escape:
    description:
      - Replace \n, \r, \t, \\, \0 and \xHH in O(send) and O(quit).
      - >-
        A string in double quotes does not need this option: YAML replaces the escapes in it.
    type: bool
    default: false
  send:
    description:
      - Text to send after connecting.
    type: raw
  expect:
    description:
      - Text that the answer must contain. Of several texts, it must contain any, or with O(expect_all) all.
      - A string or a list of strings. A string with commas is one text.
    type: raw
  expect_all:
    description:
      - The answer must contain every expected text.
    type: bool
    default: false
  expect_timeout:
    description:
      - Time to wait for the rest of an answer that does not match yet.
    type: str
    default: 2s
  quit:
    description:
      - Text to send before closing. CR LF is added unless O(escape) is true.
    type: raw
  max_bytes:
    description:
      - Read at most N bytes, and match these.
    type: int
  receive_delay:
    description:
      - Pause between sending and reading; not part of the response time.
    type: str
  read:
    description:
      - What to read if no text is expected.
    type: str
    choices:
      - none
      - data
      - eof
    default: none
  step:
    description:
      - >-
        A step of the dialogue: send, line, expect, expect-regex, reject, capture, keep, starttls.
    type: raw
  dialogue:
    description:
      - File with the steps of the dialogue, one a line.
    type: raw
  helo:
    description:
      - >-
        Name to send in EHLO, HELO or LHLO; default: the address of this side of the connection, as in [192.0.2.1].
    type: str
  proxy_protocol:
    description:
      - Send a PROXY protocol header first.
    type: str
    choices:
      - v1
      - v2
  close:
    description:
      - >-
        How to close: polite (FIN, then read briefly) or reset (RST).
    type: str
    choices:
      - polite
      - reset
    default: polite
  ssl:
    description:
      - TLS from the start, without verification, like check_tcp.
    type: bool
    default: false
  tls:
    description:
      - TLS from the start; verify the chain and the name of the certificate.
    type: bool
    default: false
  starttls:
    description:
      - >-
        Begin TLS with the STARTTLS command of a protocol: smtp, imap, pop3, ftp, ldap, xmpp, postgres, mysql, sieve,
        nntp, xmpp-server, lmtp, irc, rdp, mssql (implies O(tls)).
    type: str
    choices:
      - smtp
      - imap
      - pop3
      - ftp
      - ldap
      - xmpp
      - postgres
      - mysql
      - sieve
      - nntp
      - xmpp-server
      - lmtp
      - irc
      - rdp
      - mssql
  no_verify:
    description:
      - TLS without verification.
    type: bool
    default: false
  ca_file:
    description:
      - PEM file of trusted CA certificates, instead of the system's (implies O(tls)).
    type: raw
  ca_path:
    description:
      - Directory of trusted CA certificates with OpenSSL's hashed names (implies O(tls)).
    type: raw
  sni:
    description:
      - Server name to send (alone, it implies O(ssl)).
    type: raw
  verify_name:
    description:
      - Name that the certificate must be valid for, instead of the host (implies O(tls)).
    type: raw
  no_verify_name:
    description:
      - Verify the chain of the certificate, but not its names (implies O(tls)).
    type: bool
    default: false
  fingerprint:
    description:
      - SHA-256 fingerprint that the certificate must also have; if repeated, any of them.
    type: raw
  alpn:
    description:
      - ALPN protocols to offer, in order of preference.
    type: raw
  tls_min:
    description:
      - Oldest TLS version to accept.
    type: str
    choices:
      - "1.0"
      - "1.1"
      - "1.2"
      - "1.3"
  tls_max:
    description:
      - Newest TLS version to accept.
    type: str
    choices:
      - "1.0"
      - "1.1"
      - "1.2"
      - "1.3"
  ciphers:
    description:
      - OpenSSL cipher list for TLS 1.2 and older.
    type: raw
  client_cert:
    description:
      - PEM file of the client certificate and its chain.
    type: raw
  client_key:
    description:
      - PEM file of the client key, if it is not in the file of the certificate; must not be readable by all users.
    type: raw
  client_key_password_file:
    description:
      - File whose first line is the password of the client key.
    type: raw
  certificate:
    description:
      - Days before the certificate expires, for warning and critical (implies O(ssl)).
      - Days for the warning, or for warning and critical as in V(30,14).
    type: str
  warning_time:
    description:
      - Warning threshold for the response time.
    type: str
    aliases:
      - warning
  critical_time:
    description:
      - Critical threshold for the response time.
    type: str
    aliases:
      - critical
  warning_failed:
    description:
      - Warning threshold for the share of the probes that failed, in %.
    type: str
  critical_failed:
    description:
      - Critical threshold for the share of the probes that failed, in %.
    type: str
  warning_loss:
    description:
      - Warning threshold for the share of the SYNs that were retransmitted or not answered, in %.
    type: str
  critical_loss:
    description:
      - Critical threshold for the share of the SYNs that were retransmitted or not answered, in %.
    type: str
  warning_resolve:
    description:
      - Warning threshold for the time of the name lookup, in s.
    type: str
  critical_resolve:
    description:
      - Critical threshold for the time of the name lookup, in s.
    type: str
  warning_connect:
    description:
      - Warning threshold for the time of the TCP handshake, measured by the check, in s.
    type: str
  critical_connect:
    description:
      - Critical threshold for the time of the TCP handshake, measured by the check, in s.
    type: str
  warning_connect_min:
    description:
      - Warning threshold for the minimum of the TCP handshake time over all probes, in s.
    type: str
  critical_connect_min:
    description:
      - Critical threshold for the minimum of the TCP handshake time over all probes, in s.
    type: str
  warning_connect_mean:
    description:
      - Warning threshold for the mean of the TCP handshake time over all probes, in s.
    type: str
  critical_connect_mean:
    description:
      - Critical threshold for the mean of the TCP handshake time over all probes, in s.
    type: str
  warning_connect_max:
    description:
      - Warning threshold for the maximum of the TCP handshake time over all probes, in s.
    type: str
  critical_connect_max:
    description:
      - Critical threshold for the maximum of the TCP handshake time over all probes, in s.
    type: str
  warning_connect_median:
    description:
      - Warning threshold for the median of the TCP handshake time over all probes, in s.
    type: str
  critical_connect_median:
    description:
      - Critical threshold for the median of the TCP handshake time over all probes, in s.
    type: str
  warning_connect_p95:
    description:
      - Warning threshold for the 95th percentile of the TCP handshake time over all probes, in s.
    type: str
  critical_connect_p95:
    description:
      - Critical threshold for the 95th percentile of the TCP handshake time over all probes, in s.
    type: str
  warning_connect_mdev:
    description:
      - Warning threshold for the mean deviation of the TCP handshake time over all probes, in s.
    type: str
  critical_connect_mdev:
    description:
      - Critical threshold for the mean deviation of the TCP handshake time over all probes, in s.
    type: str
  warning_retransmits:
    description:
      - Warning threshold for the number of retransmitted SYNs.
    type: str
  critical_retransmits:
    description:
      - Critical threshold for the number of retransmitted SYNs.
    type: str
  warning_certificate_days:
    description:
      - Warning threshold for the days until the first certificate of the server's chain expires.
    type: str
  critical_certificate_days:
    description:
      - Critical threshold for the days until the first certificate of the server's chain expires.
    type: str
  warning_tls:
    description:
      - Warning threshold for the time of the TLS handshake, in s.
    type: str
  critical_tls:
    description:
      - Critical threshold for the time of the TLS handshake, in s.
    type: str
  warning_first_byte:
    description:
      - Warning threshold for the time from the request, or the connect, to the first byte of the answer or to its
        end, in s.
    type: str
  critical_first_byte:
    description:
      - Critical threshold for the time from the request, or the connect, to the first byte of the answer or to its
        end, in s.
    type: str
  warning_rtt:
    description:
      - Warning threshold for the round-trip time, measured by the kernel at the connect, in s.
    type: str
  critical_rtt:
    description:
      - Critical threshold for the round-trip time, measured by the kernel at the connect, in s.
    type: str
  warning_rtt_min:
    description:
      - Warning threshold for the minimum of the round-trip time over all probes, in s.
    type: str
  critical_rtt_min:
    description:
      - Critical threshold for the minimum of the round-trip time over all probes, in s.
    type: str
  warning_rtt_mean:
    description:
      - Warning threshold for the mean of the round-trip time over all probes, in s.
    type: str
  critical_rtt_mean:
    description:
      - Critical threshold for the mean of the round-trip time over all probes, in s.
    type: str
  warning_rtt_max:
    description:
      - Warning threshold for the maximum of the round-trip time over all probes, in s.
    type: str
  critical_rtt_max:
    description:
      - Critical threshold for the maximum of the round-trip time over all probes, in s.
    type: str
  warning_rtt_median:
    description:
      - Warning threshold for the median of the round-trip time over all probes, in s.
    type: str
  critical_rtt_median:
    description:
      - Critical threshold for the median of the round-trip time over all probes, in s.
    type: str
  warning_rtt_p95:
    description:
      - Warning threshold for the 95th percentile of the round-trip time over all probes, in s.
    type: str
  critical_rtt_p95:
    description:
      - Critical threshold for the 95th percentile of the round-trip time over all probes, in s.
    type: str
  warning_rtt_mdev:
    description:
      - Warning threshold for the mean deviation of the round-trip time over all probes, in s.
    type: str
  critical_rtt_mdev:
    description:
      - Critical threshold for the mean deviation of the round-trip time over all probes, in s.
    type: str
  on_refused:
    description:
      - State if the connection is refused.
    type: str
    choices:
      - ok
      - warning
      - critical
      - unknown
    default: critical
  on_mismatch:
    description:
      - State if the answer does not match, or a step of the dialogue rejects it. The plugin's default is V(warning).
    type: str
    choices:
      - ok
      - warning
      - critical
      - unknown
    default: critical
  on_timeout:
    description:
      - State after a timeout.
    type: str
    choices:
      - ok
      - warning
      - critical
      - unknown
    default: critical
  on_local:
    description:
      - State if the monitoring host itself has a problem.
    type: str
    choices:
      - ok
      - warning
      - critical
      - unknown
    default: unknown
  hide_output:
    description:
      - Hide the answer in the output.
    type: bool
    default: false
  state:
    description:
      - The state that the port must have. Any other state fails the task.
      - V(open) accepts connections, and every other option holds. V(closed) refuses (RST) or rejects (ICMP) them.
        V(filtered) does not answer. V(alive) is any answer of the host.
      - >-
        V(drained) means that no connection to O(port) of the host of the task is left. O(host) is then a local
        address, by default any. A connection counts while data can be sent or received on it: not in the states
        TIME-WAIT and FIN-WAIT-2.
      - An unknown host name, or a problem of the host of the task, is none of these states.
    type: str
    choices:
      - open
      - refused
      - rejected
      - closed
      - filtered
      - client-certificate-required
      - tls-1.0-refused
      - tls-1.1-refused
      - tls-1.2-refused
      - alive
      - drained
    default: open
    aliases:
      - expect_state
    version_added: "0.2.0"
  exclude_hosts:
    description:
      - Addresses and networks of remote hosts whose connections do not count, with O(state=drained).
    type: list
    elements: str
    version_added: "0.2.0"
  wait_delay:
    description:
      - Pause before the first check. O(wait) begins after it.
    type: str
    aliases:
      - delay
    version_added: "0.2.0"
  fail_on:
    description:
      - Which states fail the task, once, after all targets. V(critical) is CRITICAL only, V(unknown) UNKNOWN too, and
        V(warning) every state except OK.
      - A state that does not fail the task is shown as a warning, except with V(never).
    type: str
    choices:
      - critical
      - unknown
      - warning
      - never
    default: unknown
    version_added: "0.2.0"
  detail:
    description:
      - V(brief) returns the name, the state, the cause, the domain, a sentence and the time of each check. V(full)
        also returns all measures, attempts and certificates. V(drained) has no more than the brief form.
    type: str
    choices:
      - brief
      - full
    default: brief
    version_added: "0.2.0"
  msg:
    description:
      - Message of the task if it fails, in place of the one that names the failed targets and the reasons.
    type: raw
    version_added: "0.2.0"
notes:
  - 'Times are seconds, or have a unit: V(500ms), V(2s), V(1m), V(250us).'
  - 'Thresholds are ranges as in the guidelines of the monitoring plugins: V(N) alerts above N and below 0, V(N:) below N,
    V(~:N) above N, V(N:M) outside N to M, V(@N:M) inside N to M.'
  - 'Quote values with a colon. YAML reads an unquoted C(1:30) as the number 90.'
  - 'With C(until) on the task, Ansible counts its own attempts in RV(attempts). The options O(retries) and O(wait) repeat
    the check without a new start of the module.'
"""

EXAMPLES = r"""
- name: The mail server answers from here
  tcp_health.monitoring.tcp_health:
    host: mail.example.org
    port: 25
  delegate_to: localhost

- name: The database answers each web server within 20 ms, at the third attempt at the latest
  tcp_health.monitoring.tcp_health:
    host: db.example.org
    port: 5432
    timeout: 5
    retries: 2
    retry_delay: 500ms
    critical_time: 20ms

- name: Wait up to a minute, until three checks of the application in a row are OK
  tcp_health.monitoring.tcp_health:
    port: 8080
    wait: 60
    consecutive: 3

- name: Wait until the old process has released its port
  tcp_health.monitoring.tcp_health:
    port: 8080
    state: closed
    wait: 30

- name: Wait until no client is connected to the application, except the load balancer's checks
  tcp_health.monitoring.tcp_health:
    port: 8080
    state: drained
    exclude_hosts:
      - 192.0.2.4
      - 192.0.2.5
    wait: 300

- name: Check everything that this host needs, at once
  tcp_health.monitoring.tcp_health:
    targets:
      - db.example.org:5432
      - host: cache.example.org
        service: redis
      - host: www.example.org
        port: 443
        name: the website
        tls: true
        warning_certificate_days: 33%
      - host: db.example.org
        port: 23
        state: closed
    timeout: 5
    msg: The host cannot reach what it needs

- name: Log in with a password that Ansible does not show
  tcp_health.monitoring.tcp_health:
    host: mail.example.org
    starttls: pop3
    step:
      - line USER monitoring
      - expect +OK
      - "line PASS {env:PASSWORD}"
      - reject -ERR
      - expect +OK
    secrets:
      PASSWORD: "{{ vault_mailbox_password | default('example') }}"

- name: Send a request, and expect one of two answers
  tcp_health.monitoring.tcp_health:
    host: cache.example.org
    port: 6379
    send: "PING\r\n"
    expect:
      - PONG
      - NOAUTH

- name: Send twenty probes, warn about lost packets, and fail only after an outage
  tcp_health.monitoring.tcp_health:
    host: '[2001:db8::1]:22'
    count: 20
    interval: 100ms
    warning_loss: 5%
    fail_on: critical
    detail: full
"""

RETURN = r"""
msg:
  description: One line about the task. After a failure, it names what failed and why, or is O(msg).
  returned: always
  type: str
  sample: TCP OK - 0.001 second response time on db.example.org port 5432
elapsed:
  description: Duration of the whole task in seconds, with O(wait_delay) and all repetitions of O(wait).
  returned: when the check was carried out
  type: float
  sample: 3.004
state:
  description: The state of the check, with O(targets) the worst one.
  returned: when the check was carried out
  type: str
  choices: [OK, WARNING, CRITICAL, UNKNOWN]
  sample: OK
name:
  description: The target, as host:port, or the path of a Unix socket.
  returned: without O(targets)
  type: str
  sample: db.example.org:5432
cause:
  description:
    - Why the check failed (V(refused), V(timed_out), V(name_unknown), ...), or null.
    - The page settings.md of the project's documentation lists all values. With O(state=drained), V(connected) or
      V(connections_unreadable).
  returned: without O(targets)
  type: str
  sample: refused
domain:
  description: >-
    Where the problem is: dns, local, network, firewall, server, tls or content, or several of these with " or " between
    them, or null.
  returned: without O(targets)
  type: str
  sample: firewall or server
sentence:
  description: The diagnosis in one sentence, or an empty string if the state is V(OK).
  returned: without O(targets)
  type: str
  sample: connection refused (RST) by the host, or by a firewall answering for it
time:
  description: The response time in seconds, or null.
  returned: without O(targets)
  type: float
  sample: 0.000862
match_groups:
  description: The groups of the last expression in O(step) that had any, in order.
  returned: without O(targets)
  type: list
  elements: str
  sample: [mail.example.org]
match_groupdict:
  description: The named groups of all expressions in O(step), and what C(capture) captured.
  returned: without O(targets)
  type: dict
  sample: {"name": mail.example.org}
rounds:
  description: How often the check was carried out because of O(wait).
  returned: without O(targets)
  type: int
  sample: 1
checks:
  description: >-
    The values of each target, in the order of O(targets). With O(detail=full), each also has the values that are described
    below for one target.
  returned: with O(targets)
  type: list
  elements: dict
  contains:
    name:
      description: The C(name) of the target, or its host and port.
      type: str
      returned: always
      sample: db.example.org:5432
    state:
      description: The state of the check.
      type: str
      returned: always
      choices: [OK, WARNING, CRITICAL, UNKNOWN]
      sample: OK
    cause:
      description: As for one target.
      type: str
      returned: always
      sample: refused
    domain:
      description: As for one target.
      type: str
      returned: always
      sample: firewall or server
    sentence:
      description: As for one target.
      type: str
      returned: always
      sample: connection refused (RST) by the host, or by a firewall answering for it
    time:
      description: As for one target.
      type: float
      returned: always
      sample: 0.000862
summary:
  description: The number of targets, and of those in each state.
  returned: with O(targets)
  type: dict
  contains:
    total:
      description: All targets.
      type: int
      returned: always
      sample: 4
    ok:
      description: Targets in the state V(OK).
      type: int
      returned: always
      sample: 3
    warning:
      description: Targets in the state V(WARNING).
      type: int
      returned: always
      sample: 0
    critical:
      description: Targets in the state V(CRITICAL).
      type: int
      returned: always
      sample: 1
    unknown:
      description: Targets in the state V(UNKNOWN).
      type: int
      returned: always
      sample: 0
exit_code:
  description: The state as the plugin's exit code, V(0) to V(3) in the order of RV(state).
  returned: with O(detail=full)
  type: int
  sample: 0
output:
  description: The plugin's first line, without perfdata.
  returned: with O(detail=full)
  type: str
  sample: TCP OK - 0.001 second response time on db.example.org port 5432
long_output:
  description: The lines after the first one.
  returned: with O(detail=full)
  type: list
  elements: str
  sample: []
perfdata:
  description: The measures in the format of performance data.
  returned: with O(detail=full)
  type: str
  sample: time=0.000862s;;;0.000000;10.000000 connect=0.000214s;;;0.000000
phase:
  description: The phase in which it failed, or null.
  returned: with O(detail=full)
  type: str
  choices: [resolve, connect, tls, send, receive]
  sample: connect
fault:
  description: Where the problem is, or null if there is no problem.
  returned: with O(detail=full)
  type: dict
  contains:
    name:
      description: The name of the diagnosis, as in the page diagnosis.md of the project's documentation.
      type: str
      returned: always
      sample: hangs
    domains:
      description: The possible places of the problem, according to the evidence.
      type: list
      elements: str
      returned: always
      sample: [server]
    sentence:
      description: The diagnosis in one sentence.
      type: str
      returned: always
      sample: connected in 1.2 ms, 6 of 6 bytes acknowledged, the host's kernel acknowledges keepalive probes
    box:
      description: The address of the device that has or reported the problem, or null.
      type: str
      returned: always
      sample: 10.1.0.1
    evidence:
      description: The evidence for the diagnosis, as lines.
      type: list
      elements: str
      returned: always
      sample: [timed out in the receive phase]
    next:
      description: A command to try next, or an empty string.
      type: str
      returned: always
      sample: "on 10.3.0.2: ss -tnp sport = :22"
measures:
  description: The known measures by name. Times are in seconds, shares in percent.
  returned: with O(detail=full)
  type: dict
  sample:
    time: 0.000862
    connect: 0.000214
    retransmits: 0
    rtt: 0.000031
metrics:
  description: The same measures with their thresholds and states.
  returned: with O(detail=full)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the measure.
      type: str
      returned: always
      sample: time
    value:
      description: The value, in the unit.
      type: float
      returned: always
      sample: 0.000862
    unit:
      description: V(s), V(%) or an empty string.
      type: str
      returned: always
      sample: s
    warning:
      description: The warning threshold as it was given, or null.
      type: str
      returned: always
      sample: 100ms
    critical:
      description: The critical threshold as it was given, or null.
      type: str
      returned: always
      sample: 1s
    state:
      description: The state according to the thresholds.
      type: str
      returned: always
      choices: [OK, WARNING, CRITICAL]
      sample: OK
attempts:
  description: The number of attempts.
  returned: with O(detail=full)
  type: int
  sample: 1
attempt_list:
  description:
    - Every attempt, in order. Of more than 1000 attempts, only the first 500 and the last 500.
    - It is not called RV(attempts), because Ansible shows a value of that name even with C(no_log).
  returned: with O(detail=full)
  type: list
  elements: dict
  contains:
    probe:
      description: The number of the probe, from 1. It is more than 1 only with O(count).
      type: int
      returned: always
      sample: 1
    attempt:
      description: The number of the attempt within its probe, from 1.
      type: int
      returned: always
      sample: 1
    began:
      description: Seconds from the start of the check to the start of the attempt.
      type: float
      returned: always
      sample: 0.0
    address:
      description: The address, or null if no connection was attempted.
      type: str
      returned: always
      sample: 192.0.2.7
    state:
      description: The result of the attempt.
      type: str
      returned: always
      choices: [ok, failed]
      sample: ok
    cause:
      description: Why it failed, or null. The values are those of RV(cause).
      type: str
      returned: always
      sample: refused
    phase:
      description: The phase in which it failed, or null.
      type: str
      returned: always
      sample: connect
    error:
      description: The error message of the operating system or of OpenSSL, or null.
      type: str
      returned: always
      sample: Connection refused
    icmp:
      description: The ICMP message that ended the attempt, or null.
      type: dict
      returned: always
      contains:
        version:
          description: The IP version, V(4) or V(6).
          type: int
          returned: always
          sample: 4
        type:
          description: The type of the message.
          type: int
          returned: always
          sample: 3
        code:
          description: The code of the message.
          type: int
          returned: always
          sample: 13
        offender:
          description: The address that sent it, or null.
          type: str
          returned: always
          sample: 192.0.2.1
    time:
      description: Seconds from the start of the attempt to the last byte, or to the failure.
      type: float
      returned: always
      sample: 0.000862
    resolve:
      description: Seconds of the name lookup, or null.
      type: float
      returned: always
      sample: 0.0004
    connect:
      description: Seconds of the TCP handshake, or null.
      type: float
      returned: always
      sample: 0.000214
    tls:
      description: Seconds of the TLS handshake, or null.
      type: float
      returned: always
      sample: 0.021
    first_byte:
      description: Seconds until the first byte of the answer, or null.
      type: float
      returned: always
      sample: 0.0011
    rtt:
      description: The round-trip time in seconds, as the kernel measured it at the connect, or null.
      type: float
      returned: always
      sample: 0.000031
    retransmits:
      description: The number of SYNs that the kernel retransmitted, or null.
      type: int
      returned: always
      sample: 0
    size:
      description: The number of received bytes.
      type: int
      returned: always
      sample: 14
    received:
      description: The beginning of the answer as one line of printable text, or null. It is also null with O(hide_output).
      type: str
      returned: always
      sample: Hello, client!
    step:
      description: The number of the dialogue's step that failed, from 1, or null.
      type: int
      returned: always
      sample: 3
    captured:
      description: The captured values of the dialogue, by name; empty with O(hide_output).
      type: dict
      returned: always
      sample: {role: master}
    secured:
      description: The result of the TLS handshake with the server's certificates, or null.
      type: dict
      returned: always
      contains:
        protocol:
          description: The TLS version.
          type: str
          returned: always
          sample: TLSv1.3
        cipher:
          description: The cipher suite, as OpenSSL names it.
          type: str
          returned: always
          sample: TLS_AES_256_GCM_SHA384
        alpn:
          description: The negotiated ALPN protocol, or null.
          type: str
          returned: always
          sample: h2
        verification:
          description: >-
            V(verified), V(verified_without_name), V(not verified), or the reason why the certificate is not trusted.
          type: str
          returned: always
          sample: verified
        second_connection:
          description: >-
            Whether these values are from a second connection. It is made without verification, after the verification
            on the first connection has failed.
          type: bool
          returned: always
          sample: false
        client_certificate_asked:
          description: Whether the server asked for a client certificate.
          type: bool
          returned: always
          sample: false
        chain_known:
          description: >-
            Whether RV(ignore:certificates) is the whole chain that the server presented. With Python 3.9 it contains
            only the server's own certificate.
          type: bool
          returned: always
          sample: true
        certificates:
          description: The presented certificates, the server's own first.
          type: list
          elements: dict
          returned: always
          contains:
            error:
              description: Why the certificate cannot be read, or null. If it cannot, there is only the fingerprint.
              type: str
              returned: always
              sample: null
            fingerprint:
              description: The SHA-256 fingerprint of the certificate, in hexadecimal digits.
              type: str
              returned: always
              sample: 4f1d6d0e5c3a97b2c8e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6
            subject:
              description: The name of the subject.
              type: str
              returned: when it can be read
              sample: CN=db.example.org
            issuer:
              description: The name of the issuer.
              type: str
              returned: when it can be read
              sample: CN=Our CA
            serial:
              description: The serial number, in hexadecimal digits.
              type: str
              returned: when it can be read
              sample: 4765b4b01453fa1480f0f6788322687e3c20347e
            not_before:
              description: The start of its validity, in seconds since 1970.
              type: int
              returned: when it can be read
              sample: 1767225600
            not_after:
              description: The end of its validity, in seconds since 1970.
              type: int
              returned: when it can be read
              sample: 1775001600
            dns_names:
              description: The host names that it is valid for, at most 100.
              type: list
              elements: str
              returned: when it can be read
              sample: [db.example.org]
            ip_addresses:
              description: The IP addresses that it is valid for, at most 100.
              type: list
              elements: str
              returned: when it can be read
              sample: []
            key_type:
              description: The type of the key.
              type: str
              returned: when it can be read
              sample: EC
            key_size:
              description: The size of the key in bits, or null.
              type: int
              returned: when it can be read
              sample: 256
            self_signed:
              description: Whether issuer and subject are the same. The signature is not checked.
              type: bool
              returned: when it can be read
              sample: false
        chain:
          description: >-
            The chain that OpenSSL built, with the values of RV(ignore:certificates). The server's own certificate is the
            first, the trusted one the last. Without verification, the chain ends where the presented certificates end.
            Empty with Python 3.9.
          type: list
          elements: dict
          returned: always
          sample: []
    addresses:
      description: The same values for each address, with O(addresses=all) or if several addresses were tried.
      type: list
      elements: dict
      returned: always
      sample: []
service:
  description: The first word of the output line.
  returned: with O(detail=full)
  type: str
  sample: TCP
target:
  description: The target of the check.
  returned: with O(detail=full)
  type: dict
  contains:
    host:
      description: The host as it was given, or null for a Unix socket.
      type: str
      returned: always
      sample: db.example.org
    port:
      description: The port, or null for a Unix socket.
      type: int
      returned: always
      sample: 5432
    path:
      description: The path of the Unix socket, or null.
      type: str
      returned: always
      sample: /run/app.sock
    address:
      description: The value of O(address), or null.
      type: str
      returned: always
      sample: 192.0.2.7
at:
  description: The start of the check, in seconds since 1970.
  returned: with O(detail=full)
  type: float
  sample: 1767225600.0
lag:
  description: The longest time in seconds between two polls of the network. It is not part of any phase.
  returned: with O(detail=full)
  type: float
  sample: 0.0001
count:
  description: The number of requested probes.
  returned: with O(detail=full)
  type: int
  sample: 1
sent:
  description: The number of started probes.
  returned: with O(detail=full)
  type: int
  sample: 1
"""

import os
import traceback

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.settings.mistakes import (
    unknown_setting,
)
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.settings.table import (
    SettingError,
)
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.settings.task import (
    argument_spec,
    environment,
)
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.task import carry_out
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.text.clean import clean


class Module(AnsibleModule):
    """An AnsibleModule that reports which parameters were probably meant by unsupported ones."""

    def fail_json(self, msg: str, **returned: object) -> None:
        """Fail the task. Ansible's own check of the parameters calls it with the list of all supported ones."""
        if msg.startswith("Unsupported parameters"):
            names = sorted(
                ".".join(name) if isinstance(name, tuple) else name
                for name in self.validation_result.unsupported_parameters
            )
            reasons = (
                f"{name}: {unknown_setting(name, 'ansible', tuple(argument_spec()))}" for name in names
            )
            msg = f"{clean('; '.join(reasons), 400)} - {msg}"
        super().fail_json(msg, **returned)


def main() -> None:
    """Carry out the task."""
    module = Module(argument_spec=argument_spec(), supports_check_mode=True)
    done, error = None, {}
    try:
        # The placeholder {env:NAME} reads them. A variable that is set here is in no process list.
        os.environ.update(environment(module.params["secrets"]))
        done = carry_out(module.params)
    except SettingError as problem:
        error = {"msg": clean(str(problem) if problem.name else problem.sentence, 1000)}
    except Exception as problem:  # noqa: BLE001 - the user must get a message, not a traceback
        words = clean(f"{type(problem).__name__}: {problem}", 400)
        error = {"msg": f"internal error: {words}", "exception": traceback.format_exc()}
    if done is None:
        module.fail_json(**error)
    if done.warning and not module.no_log:
        module.warn(done.warning)  # Ansible shows warnings even if the task has no_log
    if done.failed:
        module.fail_json(**done.values)
    module.exit_json(**done.values)


if __name__ == "__main__":
    main()
