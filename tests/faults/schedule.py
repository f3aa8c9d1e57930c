"""What is done to which process and when, from a seed alone.

"When" is counted in answers of the clients, not in seconds, so that a slow machine sees the same.
"""

import dataclasses
import random

KILL, PAUSE = "kill", "pause"
TARGETS = ("registry", "directory", "document", "hotline", "replica-0", "kafka", "postgres")
FAULTS = 14
ANSWERS_MIN, ANSWERS_MAX = 4, 20
PAUSE_MS_MIN, PAUSE_MS_MAX = 300, 2500


@dataclasses.dataclass(frozen=True)
class Fault:
    """`action` on `target` once every client has had `after_answers` more answers."""

    action: str
    target: str
    after_answers: int
    pause_ms: int = 0


def kills(seed, targets):
    """Kills of these targets in this order, at times drawn from the seed."""
    generator = random.Random(f"kills/{seed}")
    return [Fault(KILL, target, generator.randint(ANSWERS_MIN, ANSWERS_MAX)) for target in targets]


def make(seed, faults=FAULTS):
    """The faults of a seed: every target is killed at least once, the rest is drawn."""
    generator = random.Random(f"faults/{seed}")
    actions = [(KILL, target) for target in TARGETS]
    while len(actions) < faults:
        # Pauses and kills alike; the services more often than what they stand on.
        target = generator.choices(TARGETS, (4, 2, 3, 3, 3, 1, 2))[0]
        actions.append((generator.choice((KILL, PAUSE, PAUSE)), target))
    generator.shuffle(actions)
    return [Fault(action, target, generator.randint(ANSWERS_MIN, ANSWERS_MAX),
                  generator.randint(PAUSE_MS_MIN, PAUSE_MS_MAX) if action == PAUSE else 0)
            for action, target in actions]
