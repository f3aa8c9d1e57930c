"""The stack's Redis: counters of limits and quotas, nothing kept over a restart."""

import os
import socket

from . import processes, settings

NAME = "redis"
START_SECONDS_MAX = 20


def start(stack):
    """Starts the server on loopback and waits until it answers."""
    launch(stack)
    processes.wait_until(stack, NAME, lambda: is_ready(stack), START_SECONDS_MAX)


def launch(stack):
    """Starts the server without waiting for it."""
    processes.require_free_port(stack.port("REDIS"), NAME)
    home = stack.run / "redis"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "redis.conf"
    settings.write_if_changed(configuration, settings.render(
        settings.DEPLOY / "redis" / "redis.conf",
        {"PORT": stack.port("REDIS"), "DATA": home}))
    binary = "/usr/bin/redis-server"
    processes.start(stack, NAME, [binary, configuration], dict(os.environ))


def stop(stack):
    processes.stop(stack, NAME)


def is_ready(stack):
    try:
        return ask(stack, "PING") == "+PONG"
    except OSError:
        return False


def ask(stack, command):
    """The answer to a command without arguments that answers one line; OSError while it is away."""
    with socket.create_connection(("127.0.0.1", stack.port("REDIS")), timeout=1) as session:
        session.sendall(f"{command}\r\n".encode())
        return session.recv(64).decode().strip()
