"""Builds, starts a PostgreSQL, a Kafka and a Redis of its own under
build/test/ on shifted ports, runs ctest and stops them again. Called by tools/test after set-up.
"""

import os
import pathlib
import subprocess
import sys
import time

TOOLS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TOOLS.parent
PORT_SHIFT = 1000
SIDE_BY_SIDE = 5  # they mostly wait; see tests/CMakeLists.txt


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
            return subprocess.run(
                ["ctest", "--test-dir", str(ROOT / "build" / "cmake"), "--output-on-failure",
                 "-j", str(SIDE_BY_SIDE), *sys.argv[1:]], env=variables).returncode
        finally:
            environment.down(stack)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"tools/test: {error}", file=sys.stderr)
        sys.exit(1)
