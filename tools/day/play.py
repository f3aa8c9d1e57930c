"""Starts a stack and plays the day on it."""

import dataclasses
import tempfile
import time

from stack import environment, services, settings

from . import (cast, documents, hotline, load, overdue, partner, progress, province, report,
               sharing, storm, story)
from .client import Client
from .story import Unexpected

__all__ = ["Unexpected", "check", "play", "start"]

PERSONS_A_COMMUNE_MIN = 20   # each scene of the story needs another one, of an age that fits


def check(stack, seed=None, citizens=None):
    """A StackError when these options cannot be played; needs no build and makes nothing.

    Units must be in the catalogue and suffice for the day, seed and citizens fit what is loaded, and
    the ports of a new run directory be free.
    """
    plan = progress.wanted(stack, seed, citizens)
    with tempfile.TemporaryDirectory() as folder:  # where a catalogue of some units is written
        aside = dataclasses.replace(stack, run=folder)
        chosen = province.Province(aside, plan["seed"])
        cast.choose(chosen)
        communes = len(chosen.units_of_kind("COMMUNE"))
        if plan["citizens"] < PERSONS_A_COMMUNE_MIN * communes:
            raise settings.StackError(
                f"{plan['citizens']} citizens are too few for the scenes of the day in {communes} "
                f"communes: at least {PERSONS_A_COMMUNE_MIN * communes}")
        if not stack.run.exists():  # otherwise they may be those of a stack that was left running
            environment.require_free_ports(aside)


def play(stack, seed=None, citizens=None):
    """Starts everything, plays what is not finished, and returns the report.Report.

    The caller holds the stack's lock and stops it afterwards, whatever happens.
    """
    seconds, started_at = {}, time.time()
    start(stack, seconds)
    done = progress.Progress(stack, seed, citizens)
    progress.say(f"              seed {done.seed}, {done.citizens} citizens")
    with Client(stack) as client:
        day = cast.Day(stack, client, province.Province(stack, done.seed), done)
        progress.say(f"              business time {day.now():%Y-%m-%d %H:%M %z}")
        for step in (load, story, documents, hotline, overdue, partner, sharing, storm):
            step.play(day)
        begin = time.monotonic()
        made = report.make(day, started_at)
        seconds["report"] = round(time.monotonic() - begin, 1)
        made.seconds = seconds | made.seconds
        progress.say(f"{seconds['report']:9.2f} s  asked every copy, recomputed by tools/verify")
        return made


def start(stack, seconds):
    """PostgreSQL, Redis, Kafka, Prometheus; then migrations, services, replicas. Fills `seconds`."""
    with progress.timed("certificates, PostgreSQL, Redis, Kafka, Prometheus") as spent:
        environment.up(stack)
    seconds["environment"] = spent[0]
    with progress.timed("schemas up to date") as spent:
        services.migrate_all(stack)
    seconds["migrate"] = spent[0]
    with progress.timed(f"services and copies of {len(services.databases(stack)) - len(settings.OWNERS)}"
                        " units") as spent:
        services.serve_all(stack)
    seconds["services"] = spent[0]
