"""Waiting for conditions: never for a fixed time, always with a limit."""

import time

POLL_SECONDS = 0.1


class TooLate(Exception):
    """A condition did not come true within its limit; the text says which and what was there."""


def until(text, limit_seconds, condition, poll_seconds=POLL_SECONDS):
    """Polls `condition()` until it gives something true and returns that.

    `text` names what is waited for. A condition may give (False, what is there) to explain itself.
    """
    deadline = time.monotonic() + limit_seconds
    while True:
        found = condition()
        explained = isinstance(found, tuple) and len(found) == 2 and found[0] is False
        if found and not explained:
            return found
        if time.monotonic() > deadline:
            there = f"; there is: {found[1]}" if explained else ""
            raise TooLate(f"after {limit_seconds} s not yet: {text}{there}")
        time.sleep(poll_seconds)
