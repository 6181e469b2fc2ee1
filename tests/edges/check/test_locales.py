# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every program prints the same bytes in every locale, and reads its arguments as the same bytes (field row 49)."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.listener_process import listening
from support.locales import CHARMAPS, LATIN, LOCALES, compile_locales, forging, within
from support.loopback import Stage
from support.scripted import accepts

ROOT = Path(__file__).parents[3]
PLUGIN = str(ROOT / "plugins" / "check_tcp_health")
CONFIG = str(ROOT / "plugins" / "tcp_health_config")
A = "127.0.0.2"

pytestmark = [
    pytest.mark.field(49),
    pytest.mark.engine(CHARMAPS.format("GBK"), "locales"),
]

# GB18030 takes 5 s to compile. For these tests it is GBK with more characters; tests/acceptance/11-3-locales has it.
COMPILED = tuple(each for each in LOCALES if each.codec != "gb18030")
UTF_8 = "C.UTF-8"

# A time, which differs between two runs.
TIME = re.compile(rb"\d+(\.\d+)?(e-\d+)|\d+\.\d+")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment with the compiled locales."""
    return compile_locales(tmp_path_factory.mktemp("locales"), (*COMPILED, LATIN))


def ran(environment: dict[str, str], *words: str | bytes, program: str = PLUGIN) -> bytes:
    """What a program prints, to both streams; its times are replaced."""
    done = subprocess.run(
        [sys.executable, program, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=30,
    )
    return TIME.sub(b"0.0", done.stdout)


@pytest.mark.parametrize(("name", "codec"), [(each.name, each.codec) for each in COMPILED])
def test_no_letter_of_a_banner_becomes_a_bar_or_a_backslash(
    name: str, codec: str, places: dict[str, str]
) -> None:
    bars, slashes = forging(codec, b"|"), forging(codec, b"\\")
    assert bars, "the locale is not one of those of the row"
    banner = f"220 {''.join(bars[:40])}FORGED=9s {''.join(slashes[:40])}n".encode()
    with Stage({A: accepts(banner)}) as stage:
        words = ("-H", A, "-p", str(stage.port), "-e", "220", "-vvv")
        found = ran(within(places, name), *words)
        assert found == ran(within(places, UTF_8), *words)
    assert bars[0].encode() in found
    assert found.partition(b"\n")[0].count(b"|") == 1
    assert b"\\" not in found


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "big5hkscs", "shift_jis", "utf-16"])
@pytest.mark.parametrize("mode", ["0", "1"])
def test_no_variable_of_python_changes_the_output(encoding: str, mode: str) -> None:
    banner = "220 └▅л ✓FORGED=1".encode()
    with Stage({A: accepts(banner)}) as stage:
        words = ("-H", A, "-p", str(stage.port), "-e", "220", "-v")
        environment = within(dict(os.environ), UTF_8)
        odd = {**environment, "PYTHONIOENCODING": f"{encoding}:replace", "PYTHONUTF8": mode}
        found = ran(odd, *words)
        assert found == ran(environment, *words)
    assert "└▅л ✓FORGED=1".encode() in found


@pytest.mark.parametrize("locale", ["C", "zh_CN.GBK", "ja_JP.SJIS", LATIN.name])
@pytest.mark.parametrize("python", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}], ids=["", "bare"])
def test_arguments_are_the_same_bytes_in_every_locale(
    locale: str, python: dict[str, str], places: dict[str, str], tmp_path: Path
) -> None:
    """What is expected, a comment, a file's name, and bytes that are not UTF-8: as check_tcp, which does not decode."""
    (tmp_path / "grüße ✓").write_text("# the läst step\nexpect naïve ✓\n", encoding="utf-8")
    with Stage({A: accepts("220 naïve ✓ \xe9".encode())}) as stage:
        target = ("-H", A, "-p", str(stage.port), "-t", "5", "--trace", "never")
        for words in (
            ("-e", "naïve ✓", "-M", "crit"),
            ("--step", "# schön ✓", "--step", "expect größer", "--expect-timeout", "0.1"),
            ("--dialogue", str(tmp_path / "grüße ✓")),
            ("--dialogue", str(tmp_path / "fehlt: ✗")),
            ("-e", b"na\xc3\xafve \xff", "--expect-timeout", "0.1"),
            ("--größe",),
        ):
            found = ran({**within(places, locale), **python}, *target, *words)
            assert found == ran(within(places, UTF_8), *target, *words)
            assert b"internal error" not in found
            found.decode()  # it is UTF-8


@pytest.mark.parametrize("locale", ["C", "zh_CN.GBK", "ja_JP.SJIS"])
def test_the_other_programs_print_the_same_bytes_too(
    locale: str, places: dict[str, str], tmp_path: Path
) -> None:
    targets = tmp_path / "ziele ✓"
    targets.write_text("h:1 name='naïve ▅└'\n", encoding="utf-8")
    written = []
    for name in (locale, UTF_8):
        environment = {**within(places, name), "PYTHONCOERCECLOCALE": "0"}
        out = tmp_path / f"größe-{name}"
        words = (
            "render",
            "--format",
            "nagios",
            "--targets",
            str(targets),
            "--name",
            "ziele",
            "--output",
            str(out),
        )
        printed = ran(environment, *words, program=CONFIG).replace(name.encode(), b"")
        rendered = b"".join(path.read_bytes() for path in sorted(out.iterdir()))
        with listening("--greeting", "▅└", env=environment) as listener:
            greeting = ran(environment, "-H", listener.host, "-p", str(listener.port), "-e", "▅└")
        greeting = greeting.replace(str(listener.port).encode(), b"")
        written.append((printed, rendered, greeting, ran(environment, "--▅", program=CONFIG)))
    assert written[0] == written[1]
    assert "naïve ▅└".encode() in written[0][1]


def test_a_restarted_check_is_the_same_process_with_the_same_interpreter_options(
    places: dict[str, str],
) -> None:
    """The restart keeps -W and -I, the process id, and the name of the service in the program's name."""
    source = f"import os, sys; os.execv(sys.executable, [sys.executable, '-I', '-W', 'error', {PLUGIN!r}, *sys.argv[1:]])"
    done = subprocess.run(
        [sys.executable, "-c", source, "-H", A, "-p", "0"],
        env=within(places, "zh_CN.GBK"), capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, b"")
    assert done.stdout.startswith(b"TCP UNKNOWN - ")


@pytest.mark.parametrize(
    ("locale", "wanted"),
    [(UTF_8, "220 ě31m ✓".encode()), (LATIN.name, b"220 ?31m ?"), ("zh_CN.GBK", b"220 ?31m ?")],
)
def test_a_terminal_in_another_encoding_gets_ascii(
    locale: str, wanted: bytes, places: dict[str, str]
) -> None:
    """The second byte of ě in UTF-8, 0x9B, begins an escape sequence in a terminal with ISO 8859-1."""
    ours, theirs = pty.openpty()
    with Stage({A: accepts("220 ě31m ✓".encode())}) as stage:
        done = subprocess.run(
            [sys.executable, PLUGIN, "-H", A, "-p", str(stage.port), "-e", "220"],
            env=within(places, locale), stdout=theirs, check=False, timeout=30,
        )  # fmt: skip
    os.close(theirs)
    found = os.read(ours, 4096)
    os.close(ours)
    assert done.returncode == 0
    assert wanted in found
