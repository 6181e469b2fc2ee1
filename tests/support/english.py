# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words that this project avoids in its prose, each with what to write in its place."""

from __future__ import annotations

import re
from typing import NamedTuple

_END = r"(?=\s*(?:[.,;:)!?]|$))"  # of a clause
_SPEAKERS = (
    r"(?:\bRFCs?(?: \d+)?|\b[Ss]tandards?|\b[Ss]pecifications?|\b[Dd]ocumentation|\b[Dd]ocs|\b[Mm]anuals?|\b[Mm]an pages?"
    r"|\b[Gg]uidelines?|\b[Ss]ections?|\b[Uu]sers?|\b[Pp]eople|\b[Rr]eaders?|\w\(\d\)),? (?:\w+ )?"
)
"""Texts and people can say things; programs cannot."""

_MIDDLEBOX = (
    r"(?:firewalls?|NATs?|prox(?:y|ies)|load[- ]balancers?|balancers?|routers?|gateways?|hops?|relays?|switch(?:es)?|VPNs?"
    r"|tunnels?|middleboxe?s?)"
)
_SERVERS = r"(?:servers?|hosts?|services?|backends?|databases?|targets?|daemons?|applications?|machines?)"


class Word(NamedTuple):
    """A word, or a family of words; a space in an expression matches any white space.

    innocent  what allows a match: an expression that matches at a place that includes the match
    for_users the word is avoided only in what users read: their pages, help texts, messages
    """

    word: str
    pattern: str
    better: str
    innocent: str = ""
    for_users: bool = False

    def found(self, text: str) -> list[re.Match[str]]:
        """The matches that nothing allows."""
        matches = list(_compiled(self.pattern).finditer(text))
        if not matches or not self.innocent:
            return matches
        allowed = [each.span() for each in _compiled(self.innocent).finditer(text)]
        return [
            each
            for each in matches
            if not any(start <= each.start() and each.end() <= end for start, end in allowed)
        ]


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+"))  # `re` keeps what it compiled


WORDS = (
    Word("whoever", r"\b[Ww]ho(?:so)?m?ever\b", "the user, the server: name the thing"),
    Word(
        "nobody",
        r"\b[Nn]obody\b",
        "no user, no host: name the thing",
        r"\b(?:user|account|as|group) nobody\b",
    ),
    Word("somebody", r"\b[Ss]omebody\b", "another user, another program: name the thing"),
    Word(
        "none",
        r"\bnone\b",
        "no host, no value, invalid: name the thing",
        # A value that is called so: in a list of values, a cell of a table, as a default. And "none of them".
        r"\bnone of\b|\bnone(?:, \w+){0,3},? or \w+|\bor none\b|\bnone\||\| none \||\(none\)|\bdefault:? none\b|- none\b"
        r"|\bnone:|\bsupport: none\b",
    ),
    Word(
        "each other one",
        r"\b(?:each|every|any|no) other one\b",
        "another host, the other ones: name the thing",
    ),
    Word(
        "behind",
        r"\b[Bb]ehind\b",
        "after",
        rf"\b[Bb]ehind (?:[\w'-]+ ){{0,3}}{_MIDDLEBOX}\b"
        r"|\b(?:fall|falls|falling|fell|fallen|left|leave|leaves|leaving|lag|lags|lagging|are|is) (?:\w+ ){0,3}behind\b(?! (?:the|a|an|it)\b)",
    ),
    Word("in front of", r"\b[Ii]n front\b", "before", rf"\bin front of (?:[\w'-]+ ){{0,3}}{_SERVERS}\b"),
    Word(
        "is told",
        r"\b(?:told|tells?|telling)\b(?! (?:\w+ ){0,5}apart\b| (?:\w+ ){1,4}from\b)",
        "prints, reports, returns; knows, is given",
        _SPEAKERS + r"tells?\b",
    ),
    Word(
        "says",
        r"\b(?:says|said|saying)\b(?!-)"
        r"|\b(?:to|must|can|could|may|might|should|shall|will|would|cannot|not|that|which|they|these|those|both|let it|let them) say\b"
        r"|\b(?:programs?|plugins?|servers?|kernels?|hosts?|scripts?|tests?|tools?) say\b",
        "prints, reports, returns",
        _SPEAKERS + r"(?:says?|said)\b|\bthat is to say\b",
    ),
    Word(
        "stands",
        r"\b[Ss](?:tands?|tood|tanding)\b(?!-)",
        "is, appears",
        r"\b(?:stands?|stood|standing) (?:for|alone)\b|\bstands? in for\b|\blong standing\b",
    ),
    Word("parted", r"\bparted\b|\bparts? (?:it|them|\w+s) by\b", "comma-separated, separated by"),
    Word("blanks", r"\b[Bb]lanks?\b", "spaces", r"\b[Bb]lank lines?\b"),
    Word("an edge", r"\b[Ee]dges?\b", "a program, an interface", r"\bedge cases?\b", for_users=True),
    Word(
        "its kernel is asked",
        r"\bkernels? (?:\w+ )?(?:is|are|was|were|been|be|gets?) asked\b"
        r"|\bask(?:s|ed|ing)? (?:its|the|their|that|another|each|his|our) (?:own |other )?(?:\w+'s )?kernel\b",
        "a keepalive probe is sent",
    ),
    Word(
        "the question is answered",
        r"\bquestions? (?:\w+ )?(?:is|are|was|were|been|be|goes|went|stays?|remains?) (?:un)?answered\b",
        "the probe is acknowledged",
    ),
    Word(
        "takes its leave",
        r"\bt(?:ake|akes|aking|aken|ook) (?:its|their|our|your|his|a) leave\b|\bleave-taking\b|\b[Ff]arewells?\b",
        "sends the quit command",
    ),
    Word(
        "rounds",
        r"\b[Rr]ounds?\b(?!-\s*(?:trip|robin))",
        "polls, checks; the field's word",
        # A round-trip time, arithmetic, shapes, and the repetitions of a measurement.
        r"\bround (?:trips?|robin|in circles|numbers?|brackets?)\b|\brounds? (?:up|down|to|half|off)\b|\b(?:way|turn\w*) (?:\w+ ){0,2}round\b"
        r"|\binterleaved rounds\b|\brounds? of (?:the |a )?(?:measure\w*|benchmark\w*)\b",
    ),
    Word("riddle", r"\b[Rr]iddles?\b", "unexplained"),
    Word("patience", r"\b[Ii]?m?[Pp]atien(?:ce|t|tly)\b", "timeout"),
    Word("curious", r"\b[Cc]urio(?:us|usly|sity)\b", "the field's word"),
    Word("second thoughts", r"\b[Ss]econd thoughts?\b", "the field's word"),
    Word("civil", r"\b(?:un)?[Cc]ivil(?:ly|ity)?\b", "the field's word"),
    Word("the prober", r"\b[Pp]robers?\b", "the monitoring host"),
    Word(
        "one that cannot be",
        rf"\b(?:cannot|can never|can not|could not|must not|may not) be\b{_END}",
        "invalid",
    ),
    # From the table of messages.
    Word("unlike 'x'", r"\bunlike (?=['\"…{])", "invalid port 'x': must be …"),
    Word("what is to be done", r"\bwhat is to be done\b", "missing subcommand"),
    Word(
        "in its name",
        r"\b(?:or|box|filter|firewall|same|answer(?:s|ed|ing)?|sends?|sent) in (?:its|the host's|the server's) name\b",
        "answering for it",
    ),
    Word(
        "has ended (a certificate)",
        r"\b(?:certificates?|authorit(?:y|ies)|chain|CA)\b(?: [\w'-]+){0,4} (?:has|have|had) (?:\w+ )?ended\b",
        "has expired",
    ),
    Word(
        "an authority above it",
        r"\bauthorit(?:y|ies) above\b",
        "an intermediate certificate",
    ),
)

CHECK_TCP = (
    "second response time on",
    "Unexpected response from host/socket",
    "No data received from host",
    "No data was received from host!",
    "Invalid hostname, address or socket",
    "Invalid hostname/address",
    "Invalid hostname or socket",
    "Cannot make SSL connection",
    "Socket timeout after",
    "connect to address",
    "connect to file socket",
    "will expire on",
)
"""What check_tcp prints; it stays word for word."""
