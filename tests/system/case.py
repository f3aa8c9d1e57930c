"""The small system that all cases share, and what they ask of it."""

import contextlib
import random
import unittest
import uuid

from stack import metrics, settings

from day import copies, hotline_rules, people, protos, waiting
from day.client import CallError
from support import stage

PORT_SHIFT = 2000
UNITS = ("H09.03", "H09.12", "H09.13", "H09.718", "H09.718.25747", "H09.718.25750", "H09.719",
         "H09.719.25816")
DISTRICT, COMMUNE, OTHER = "H09.718", "H09.718.25747", "H09.719.25816"
REPLICA = "replica-0"
CITIZENS = 120
SECONDS_MAX = 30
EQUAL_SECONDS_MAX = 90
PURPOSE = "Kiểm thử hệ thống"
POSITION = "commune-registrar"

_cleanup = contextlib.ExitStack()
_day = None


def up():
    """The cast.Day of all cases; started by the first module that asks, stopped by down()."""
    global _day
    if _day is None:
        stack = settings.Stack(run=settings.ROOT / "build" / "test" / "system",
                               port_shift=PORT_SHIFT, units=UNITS,
                               barrier_interval_ms=stage.BARRIER_INTERVAL_MS)
        _day = _cleanup.enter_context(stage.fresh(stack, CITIZENS))
        hotline_rules.load(_day, {})
        copies.wait_equal(_day, EQUAL_SECONDS_MAX)
    return _day


def down():
    _cleanup.close()


class Case(unittest.TestCase):
    """Every case begins with a system that is whole, and leaves it so."""

    def setUp(self):
        self.day = up()
        self.stack = self.day.stack
        self.registry = protos.module("registry", "registry")
        self.registrar = self.day.actor(COMMUNE, POSITION)
        self.people = people.People(random.Random(self.id()), self.day.province.communes())

    def tearDown(self):
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)

    def register(self):
        """A new citizen of the commune, registered by its registrar; the answer."""
        citizen = self.people.citizen(self.day.province.commune_of(COMMUNE), numbered=False)
        return self.day.client.registry("RegisterCitizen", self.registry.RegisterCitizenRequest(
            request_id=str(uuid.uuid4()), citizen=citizen), **self.registrar.options)

    def refusal(self, citizen, official=None):
        """Why an official of the commune, its registrar if none is named, may not read a citizen
        now, as (code, reason); ("OK", "") when it is answered."""
        try:
            self.day.client.registry(
                "GetCitizen", self.registry.GetCitizenRequest(
                    citizen_id=citizen, purpose=PURPOSE),
                system=f"unit-{COMMUNE}", official=official or self.registrar.official,
                repeat_seconds=0)
        except CallError as error:
            return error.code, error.reason
        return "OK", ""

    def wait_refusal(self, wanted, citizen, official=None, limit_seconds=SECONDS_MAX):
        """Until GetCitizen is answered as `wanted`, see refusal()."""
        def condition():
            found = self.refusal(citizen, official)
            return found == wanted or (False, found)

        waiting.until(f"GetCitizen: {wanted}", limit_seconds, condition)

    def metric(self, process, name, **labels):
        """A metric that a process shows now, see metrics.total()."""
        return metrics.total(metrics.read(self.stack, process), name, **labels)

    def wait_metric(self, process, fits, name, limit_seconds=SECONDS_MAX, **labels):
        """Until a process shows a number that fits."""
        def condition():
            number = self.metric(process, name, **labels)
            return (number is not None and fits(number)) or (False, number)

        waiting.until(f"{name}{labels} of {process}", limit_seconds, condition)
