"""Builds, starts a PostgreSQL, a Kafka and a Redis of its own under
build/test/ on shifted ports, runs ctest and stops them again. Called by tools/test after set-up.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

TOOLS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TOOLS.parent
PORT_SHIFT = 1000
SIDE_BY_SIDE = 5  # they mostly wait; see tests/CMakeLists.txt
CMAKE = ROOT / "build" / "cmake"
SUMMARY = re.compile(r"\d+% tests passed")
# Of ctest's log: a test's name, and what it wrote.
TESTED = re.compile(
    r"^\d+/\d+ Testing: (\S+)\n(?:.*\n){1,5}?Output:\n-+\n((?:.*\n)*?)<end of output>", re.M)
LAST_LINES = 40


def ctest(variables):
    """Runs it and returns its code. What failed is said again at the end, before the summary: the
    output of all tests is long."""
    begun = subprocess.Popen(
        ["ctest", "--test-dir", str(CMAKE), "--output-on-failure", "-j", str(SIDE_BY_SIDE),
         *sys.argv[1:]], env=variables, stdout=subprocess.PIPE, text=True, errors="replace")
    summary = []
    for line in begun.stdout:
        print(line, end="", flush=True)
        if summary or SUMMARY.match(line):
            summary.append(line)
    if begun.wait():
        print(*failures(CMAKE / "Testing" / "Temporary"), *summary, sep="", flush=True)
    return begun.returncode


def failures(directory):
    """The last lines of each test that failed."""
    try:
        failed = {line.split(":", 1)[1].strip()
                  for line in (directory / "LastTestsFailed.log").read_text().splitlines()}
        log = (directory / "LastTest.log").read_text(errors="replace")
    except FileNotFoundError:  # none was run
        return
    for name, output in TESTED.findall(log):
        if name in failed:
            yield f"\n== {name} failed:\n"
            yield from output.splitlines(keepends=True)[-LAST_LINES:]


def main():
    begin = time.monotonic()
    subprocess.run([TOOLS / "build", "build/cmake", "all", "sabotaged"], cwd=ROOT, check=True)
    print(f"== built: {time.monotonic() - begin:.0f} s", flush=True)
    # Brokers that live for a minute: compiling their busiest methods once more is half their work.
    os.environ["JDK_JAVA_OPTIONS"] = "-XX:TieredStopAtLevel=1"
    sys.path.insert(0, str(TOOLS))
    from stack import environment, settings

    stack = settings.Stack(run=ROOT / "build" / "test" / "stack", port_shift=PORT_SHIFT,
                           units=("H09.718", "H09.718.25747"))
    with stack.lock():
        try:
            environment.up(stack, with_prometheus=False)
            variables = os.environ | {
                "LIENTHONG_TEST_DATABASE": stack.conninfo(user="postgres"),
                "LIENTHONG_TEST_KAFKA": stack.kafka_brokers,
                "LIENTHONG_TEST_PKI": str(stack.pki),
                "LIENTHONG_TEST_REDIS": f"127.0.0.1:{stack.port('REDIS')}",
                "LSAN_OPTIONS": f"suppressions={ROOT / 'tests' / 'support' / 'lsan.supp'}",
                "UBSAN_OPTIONS": "print_stacktrace=1",
            }
            return ctest(variables)
        finally:
            environment.down(stack)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"tools/test: {error}", file=sys.stderr)
        sys.exit(1)
