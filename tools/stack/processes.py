"""Daemons of a stack: start, wait until ready, stop, kill, and how much memory they take.

Each has its log in `<run>/log/<name>.log` and its process id in `<run>/pids/<name>.pid`; beside it
`<name>.start` tells when that process started, so that a reused id is never taken for ours.
"""

import os
import pathlib
import signal
import socket
import subprocess
import time

from . import settings

POLL_SECONDS = 0.02
_children = {}  # pid -> Popen of this Python process: they must be reaped


def start(stack, name, command, environment=None, directory=None):
    """Starts a daemon in a session of its own (Ctrl-C does not reach it); returns its pid."""
    if is_running(stack, name):
        raise settings.StackError(f"{name} runs already (pid {pid(stack, name)})")
    stack.log.mkdir(parents=True, exist_ok=True)
    stack.pids.mkdir(parents=True, exist_ok=True)
    with open(stack.log / f"{name}.log", "ab") as log:
        child = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, env=environment, cwd=directory or stack.run)
    _children[child.pid] = child
    try:
        (stack.pids / f"{name}.start").write_text(_birth(child.pid) or "", encoding="ascii")
        (stack.pids / f"{name}.pid").write_text(f"{child.pid}\n", encoding="ascii")
    except BaseException:  # Ctrl-C too: without these files nobody would stop it
        child.kill()
        raise
    return child.pid


def wait_until(stack, name, ready, limit_seconds):
    """Polls `ready()` until true; a daemon that ends meanwhile, or the limit, is a StackError."""
    deadline = time.monotonic() + limit_seconds
    while not ready():
        if not is_running(stack, name):
            raise settings.StackError(f"{name} ended while starting\n{log_tail(stack, name)}")
        if time.monotonic() > deadline:
            raise settings.StackError(
                f"{name} is not ready after {limit_seconds} s\n{log_tail(stack, name)}")
        time.sleep(POLL_SECONDS)


def run_once(stack, name, command, environment=None, limit_seconds=300):
    """Runs a step that ends by itself (a migration) with its output in the log of `name`."""
    stack.log.mkdir(parents=True, exist_ok=True)
    with open(stack.log / f"{name}.log", "ab") as log:
        try:
            done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log, env=environment, cwd=stack.run,
                                  timeout=limit_seconds, check=False)
        except subprocess.TimeoutExpired:
            raise settings.StackError(f"{name}: not done after {limit_seconds} s") from None
    if done.returncode != 0:
        raise settings.StackError(
            f"{name}: {command[-1]} failed ({done.returncode})\n{log_tail(stack, name)}")


def pid(stack, name):
    """The process id of a daemon that is alive and still the one started, otherwise None."""
    number = _number(stack, name)
    try:
        started = (stack.pids / f"{name}.start").read_text(encoding="ascii")
    except OSError:
        started = ""
    if number is None or not started:
        return None
    child = _children.get(number)
    if child is not None and child.poll() is not None:
        return None
    return number if _birth(number) == started else None


def is_running(stack, name):
    return pid(stack, name) is not None


def ending(stack, name):
    """How a daemon that is gone ended, in words: its exit code or signal."""
    child = _children.get(_number(stack, name))
    code = child.poll() if child else None
    if code is None:
        return "ended, how is not known"
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was ended by signal {-code} ({signal.strsignal(-code)})"


def names(stack):
    """Names of all daemons with a pid file, alive or not."""
    return sorted(path.stem for path in stack.pids.glob("*.pid"))


def stop(stack, name, limit_seconds=30, signal_number=signal.SIGTERM):
    """Asks a daemon to end and waits; after the limit it and its children are killed.

    Returns the exit code when it was a child of this Python process, otherwise None.
    """
    number = pid(stack, name)
    if number is None:
        _forget(stack, name)
        return None
    family = tree(number)
    send(number, signal_number)
    if not _wait_gone(stack, name, limit_seconds):
        for member in family:
            send(member, signal.SIGKILL)
        _wait_gone(stack, name, 10)
    child = _children.get(number)
    _forget(stack, name)
    return child.wait(10) if child else None  # it may be seen as gone before it was waited for


def kill(stack, name):
    """`kill -9` of a daemon and its children, all before any can react; waits until gone."""
    number = pid(stack, name)
    if number is None:
        raise settings.StackError(f"{name} does not run")
    family = []
    while family != (found := tree(number)):    # held, none of them starts another
        family = found
        for member in family:
            send(member, signal.SIGSTOP)
    births = {member: _birth(member) for member in family}
    for member in family:
        send(member, signal.SIGKILL)
    _wait_gone(stack, name, 10)
    deadline = time.monotonic() + 10
    while any(birth and _birth(member) == birth for member, birth in births.items()):
        if time.monotonic() > deadline:
            raise settings.StackError(f"{name}: a child process does not end")
        time.sleep(POLL_SECONDS)
    _forget(stack, name)


def pause(stack, name):
    """SIGSTOP to a daemon and its children."""
    for member in tree(pid(stack, name)):
        send(member, signal.SIGSTOP)


def resume(stack, name):
    """SIGCONT to a daemon and its children."""
    for member in tree(pid(stack, name)):
        send(member, signal.SIGCONT)


def is_paused(stack, name):
    """Is a daemon stopped, by pause() or by itself?"""
    fields = _stat(pid(stack, name))
    return bool(fields) and fields[0] == "T"


def memory_kib(root_pid):
    """(PSS, RSS) in KiB of a process and its children."""
    pss = rss = 0
    for member in tree(root_pid):
        try:
            text = pathlib.Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue  # it ended, or is a kernel thread
        values = dict(line.split(":", 1) for line in text.splitlines()[1:])
        pss += int(values["Pss"].split()[0])
        rss += int(values["Rss"].split()[0])
    return pss, rss


def memory_report(stack):
    """{name: (PSS, RSS) in KiB} of all daemons that run."""
    running = {name: pid(stack, name) for name in names(stack)}
    return {name: memory_kib(number) for name, number in running.items() if number}


def tree(root_pid):
    """A process and all its descendants, the root first."""
    children = {}
    for path in pathlib.Path("/proc").iterdir():
        if path.name.isdigit():
            fields = _stat(int(path.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(path.name))
    found = [root_pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def require_free_port(port, owner):
    """A clear error before a daemon fails on an address that something else uses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise settings.StackError(
                f"port {port}, wanted by {owner}, is in use by another process "
                "(--port-shift takes others)") from None


def port_answers(port):
    """Whether something accepts connections on a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def log_tail(stack, name, lines=15):
    """The end of a daemon's log, for an error text."""
    path = stack.log / f"{name}.log"
    if not path.exists():
        return ""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        tail = file.read().decode("utf-8", "replace").splitlines()[-lines:]
    return "\n".join([f"--- {path}", *tail])


def _number(stack, name):
    """The process id in a daemon's pid file, alive or not; None when there is none."""
    try:
        return int((stack.pids / f"{name}.pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _stat(number):
    """Fields of /proc/<pid>/stat from the state on (state, ppid, ...), None if it is gone."""
    try:
        text = pathlib.Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _birth(number):
    """Boot and start time of a live process; None for one that is gone or a mere zombie.

    The first thread of a killed process is a zombie while others still hold its ports and files.
    """
    fields = _stat(number)
    if not fields or (fields[0] in ("Z", "X") and _thread_count(number) <= 1):
        return None
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {fields[19]}"


def _thread_count(number):
    try:
        return len(os.listdir(f"/proc/{number}/task"))
    except OSError:
        return 0


def send(number, signal_number):
    """A signal to one process, or to nobody when it is gone."""
    try:
        os.kill(number, signal_number)
    except ProcessLookupError:
        pass


def _wait_gone(stack, name, limit_seconds):
    deadline = time.monotonic() + limit_seconds
    while is_running(stack, name):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _forget(stack, name):
    for end in (".pid", ".start"):
        (stack.pids / f"{name}{end}").unlink(missing_ok=True)
