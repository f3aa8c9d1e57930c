"""Ends of processes, copies, metrics, the broker away, officials."""

import concurrent.futures
import contextlib
import datetime
import subprocess
import time
import uuid

from stack import catalogue, kafka, metrics, postgres, processes, redis, services, settings

from day import copies, numbers, protos, storm, story, waiting

from .case import (COMMUNE, DISTRICT, EQUAL_SECONDS_MAX, POSITION, REPLICA, SECONDS_MAX,
                   Case)
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

KNOWN_TO_END = """SELECT count(*) FROM feed_record WHERE record_type = 'official'
  AND record_id = %s AND value LIKE '%%"endsAt"%%'"""
NOT_IN_UNIT = ("PERMISSION_DENIED", "OFFICIAL_NOT_IN_UNIT")
SNAPSHOT_AGE_SECONDS = 8    # longer than the pause between two barriers on a feed that is idle
APPOINTED_SECONDS = 10      # longer than the registry's copy takes to know it


class Processes(Case):
    """How processes end, and what they say when what they stand on does not answer."""

    def test_each_ends_with_0_when_it_is_asked_to(self):
        for name in services.names(self.stack):
            self.assertEqual(services.stop(self.stack, name), 0, name)
            services.serve(self.stack, name)
            services.wait_healthy(self.stack, name)

    def test_each_says_so_when_its_database_hangs_and_serves_again_after(self):
        having = [name for name in services.names(self.stack) if name != settings.PORTAL]
        processes.pause(self.stack, postgres.NAME)
        try:
            for name in having:
                waiting.until(f"{name} is not serving", SECONDS_MAX,
                              lambda name=name: not services.is_healthy(self.stack, name))
        finally:
            processes.resume(self.stack, postgres.NAME)
        for name in services.names(self.stack):
            services.wait_healthy(self.stack, name)

    def test_each_ends_though_its_database_hangs(self):
        processes.pause(self.stack, postgres.NAME)
        try:
            names = services.names(self.stack)
            with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
                codes = list(pool.map(lambda name: services.stop(self.stack, name), names))
        finally:
            processes.resume(self.stack, postgres.NAME)
        self.assertEqual(codes, [0] * len(names))
        services.serve_all(self.stack)


class Copies(Case):
    """A unit's copy as a whole: from its feed alone, whatever is in the feed."""

    def test_a_copy_begins_from_an_empty_database(self):
        before = copies.count(self.day, COMMUNE, "citizen")
        self.assertGreater(before, 0)
        services.stop(self.stack, REPLICA)
        postgres.drop_database(self.stack, settings.replica_database(COMMUNE))
        services.prepare_databases(self.stack)
        services.start(self.stack, REPLICA)
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)
        self.assertEqual(copies.count(self.day, COMMUNE, "citizen"), before)

    def test_a_message_that_nobody_can_read_waits_alone_until_its_record_is_sent_again(self):
        written = kafka.kcat(
            self.stack, "service-registry", "-P", "-t", catalogue.feed(COMMUNE), "-k", "citizen/x",
            "-H", "ce_source=/lienthong/registry", "-H", "ce_sequence=one", text="{")
        self.assertEqual(written.returncode, 0, written.stderr)
        story.Story(self.day).enterprise({})  # arrives in the copies of the commune and its district
        unit = self.day.client.consistency()[COMMUNE]
        self.assertEqual((unit.parked, unit.equal), (1, False))
        parked = {"name": "lienthong_parked_events", "consumer": COMMUNE}
        self.wait_metric(REPLICA, lambda number: number == 1, **parked)
        journal = protos.module("journal", "journal")
        replica = protos.stubs("replica", "replica").ReplicaServiceStub
        events = self.day.client.call(REPLICA, replica, "ListParkedEvents",
                                      journal.ListParkedEventsRequest()).events
        self.assertEqual([(event.unit, event.topic) for event in events],
                         [(COMMUNE, catalogue.feed(COMMUNE))])
        self.day.client.journal(
            "registry", "Republish",
            journal.RepublishRequest(feed=journal.FEED_OWN, keys=["citizen/x"]),
            system=f"unit-{COMMUNE}")
        waiting.until("nothing is parked", SECONDS_MAX,
                      lambda: not self.day.client.consistency()[COMMUNE].parked)
        self.wait_metric(REPLICA, lambda number: number == 0, **parked)

    def test_what_an_owner_cannot_read_is_listed_and_replayed_until_it_is_sent_again(self):
        topic, key = catalogue.feed("service-registry"), "unit/x"
        written = kafka.kcat(
            self.stack, "service-directory", "-P", "-t", topic, "-k", key,
            "-H", "ce_source=/lienthong/directory", "-H", "ce_sequence=one", text="{")
        self.assertEqual(written.returncode, 0, written.stderr)
        journal = protos.module("journal", "journal")

        def parked():
            answer = self.day.client.journal("registry", "ListParkedEvents",
                                             journal.ListParkedEventsRequest())
            return [(event.topic, event.key, event.unit) for event in answer.events]

        waiting.until("it is parked", SECONDS_MAX, parked)
        self.assertEqual(parked(), [(topic, key, "")])
        self.assertEqual(self.refusal(self.register().id), ("OK", ""))   # others' rights still hold
        replayed = self.day.client.journal("registry", "ReplayParkedEvents",
                                           journal.ReplayParkedEventsRequest())
        self.assertEqual((replayed.applied, replayed.still_parked), (0, 1))
        self.day.client.journal("directory", "Republish",
                                journal.RepublishRequest(feed=journal.FEED_OWN, keys=[key]),
                                system="service-registry")
        waiting.until("nothing is parked", SECONDS_MAX, lambda: not parked())


class Limits(Case):
    """Redis, which counts what the copies of a service were asked."""

    def test_calls_are_answered_while_it_is_away_and_counted_there_after(self):
        processes.kill(self.stack, redis.NAME)
        try:
            self.assertEqual(self.refusal(self.register().id), ("OK", ""))
        finally:
            redis.start(self.stack)

        def counted():
            self.register()
            return redis.ask(self.stack, "DBSIZE") != ":0"

        waiting.until("a call is counted by Redis", SECONDS_MAX, counted)


class Metrics(Case):
    """The series that alarms are built on: there under their names and labels, and they move."""

    def test_every_promised_series_is_there_with_its_labels(self):
        self.register()
        shown = [sample for name in services.names(self.stack)
                 for sample in metrics.read(self.stack, name)]
        for name, (label, wanted) in metrics.promised(self.stack).items():
            found = {labels.get(label, "") for other, labels, _ in shown if other == name}
            self.assertEqual(found, wanted, name)
        for unit in self.day.client.consistency().values():
            held = {kind.record_type for owner in unit.owners for kind in owner.types}
            found = {labels["type"] for name, labels, _ in shown
                     if name == "lienthong_feed_divergent_records"
                     and labels["unit"] == unit.unit_id}
            self.assertEqual(found, held, unit.unit_id)

    def test_every_process_says_which_version_it_is(self):
        versions = {name: [labels["version"] for other, labels, number
                           in metrics.read(self.stack, name)
                           if other == "lienthong_build_info" and number == 1]
                    for name in services.names(self.stack)}
        first = next(iter(versions.values()))
        self.assertEqual(len(first), 1)
        self.assertEqual(versions, dict.fromkeys(versions, first))

    def test_figures_of_documents_and_reports_are_there_of_every_unit(self):
        units = set(catalogue.Catalogue(self.stack).units)
        figures = ("received", "on_time", "late", "overdue", "returned")
        for service, names in (("document", figures), ("hotline", (*figures, "ratings"))):
            shown = metrics.read(self.stack, service)
            for name in names:
                series = f"lienthong_{service}_{name}"
                found = {labels["unit"] for other, labels, _ in shown if other == series}
                # Units that no unit with a system carries are counted together.
                self.assertEqual(found - {"other"}, units, series)

    def test_certificates_end_in_days_and_clocks_of_one_machine_agree(self):
        now = time.time()
        for name in services.names(self.stack):
            for series, labels, number in metrics.read(self.stack, name):
                if series == "lienthong_certificate_expiry_timestamp_seconds":
                    self.assertGreater(number, now + 86_400, (name, labels))
                if series == "lienthong_clock_offset_seconds":
                    self.assertLess(abs(number), 1, (name, labels))

    def test_a_change_moves_calls_batches_and_the_time_verified(self):
        feed = {"name": "lienthong_feed_verified_timestamp_seconds", "unit": COMMUNE}
        call = {"name": metrics.HANDLED, "grpc_method": "RegisterCitizen", "grpc_code": "OK"}
        commits = {"name": "lienthong_commit_batch_size_count", "service": "registry"}
        self.register()
        calls, batches = self.metric("registry", **call), self.metric("registry", **commits)
        verified = self.metric(REPLICA, **feed)
        self.register()
        self.wait_metric("registry", lambda number: number > calls, **call)
        self.wait_metric("registry", lambda number: number > batches, **commits)
        self.wait_metric(REPLICA, lambda number: number > verified, **feed)

    def test_a_row_altered_by_hand_counts_as_divergent_until_it_is_healed(self):
        name, labels = "lienthong_feed_divergent_records", {"unit": COMMUNE, "type": "citizen"}
        self.assertEqual(self.metric(REPLICA, name, **labels), 0)
        processes.pause(self.stack, "registry")  # it heals: not before this was looked at
        try:
            altered = storm.Altered(self.day, COMMUNE)
            self.wait_metric(REPLICA, lambda number: number > 0, name, EQUAL_SECONDS_MAX, **labels)
        finally:
            processes.resume(self.stack, "registry")
        altered.wait()
        self.wait_metric(REPLICA, lambda number: number == 0, name, EQUAL_SECONDS_MAX, **labels)

    def test_the_relay_shows_how_long_it_waits_for_a_writer(self):
        name, labels = "lienthong_relay_fence_wait_seconds", {"service": "registry"}
        with postgres.connect(self.stack, "registry") as writer, writer.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE journal IN ROW EXCLUSIVE MODE")  # as an INSERT holds it
            self.register()
            self.wait_metric("registry", lambda number: number > 1, name, **labels)
            cursor.execute("ROLLBACK")


class Broker(Case):
    """While Kafka is away, who changes and who reads at the owner does not notice."""

    @contextlib.contextmanager
    def away(self):
        """The broker killed, and started again at the end of the block."""
        processes.kill(self.stack, kafka.NAME)
        try:
            yield
        finally:
            kafka.start(self.stack)

    def test_changes_are_acknowledged_while_it_is_away_and_reach_every_copy_after(self):
        backlog = {"name": "lienthong_relay_backlog_rows", "service": "registry"}
        with self.away():
            citizen = self.register()
            self.wait_metric("registry", lambda number: number > 0, **backlog)
            self.assertEqual(self.refusal(citizen.id), ("OK", ""))
            self.assertIsNone(copies.record(self.day, COMMUNE, "citizen", citizen.id))
        copies.arrives(self.day, [COMMUNE, DISTRICT], "citizen", citizen.id, citizen.version)
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)
        self.wait_metric("registry", lambda number: number == 0, **backlog)

    def test_verify_says_within_seconds_that_it_does_not_answer(self):
        with self.away():
            done = subprocess.run(
                [settings.ROOT / "tools" / "verify", "--run", self.stack.run], text=True,
                capture_output=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr,
                         rf"\A.*Kafka does not answer at {self.stack.kafka_brokers}.*\n\Z")

    def test_calls_are_refused_once_the_directory_is_too_old_until_it_is_known_again(self):
        lag = {"name": "lienthong_feed_lag_seconds", "unit": COMMUNE}
        citizen = self.register()
        services.stop(self.stack, "registry")
        services.serve(self.stack, "registry",
                       {"LIENTHONG_SNAPSHOT_AGE_SECONDS": str(SNAPSHOT_AGE_SECONDS)})
        try:
            services.wait_healthy(self.stack, "registry")
            self.wait_refusal(("OK", ""), citizen.id, limit_seconds=EQUAL_SECONDS_MAX)
            with self.away():
                self.wait_refusal(("UNAVAILABLE", "DIRECTORY_STALE"), citizen.id,
                                  limit_seconds=SNAPSHOT_AGE_SECONDS + SECONDS_MAX)
                self.wait_metric(REPLICA, lambda number: number > 0, **lag)
            self.wait_refusal(("OK", ""), citizen.id, limit_seconds=EQUAL_SECONDS_MAX)
            self.wait_metric(REPLICA, lambda number: number == 0, **lag)
        finally:
            services.stop(self.stack, "registry")
            services.serve(self.stack, "registry")
            services.wait_healthy(self.stack, "registry")


class Officials(Case):
    """What the directory says of an official counts at the registry, within moments."""

    def setUp(self):
        super().setUp()
        self.directory = protos.module("directory", "directory")
        self.citizen = self.register().id
        self.official = self.day.client.directory(
            "CreateOfficial", self.directory.CreateOfficialRequest(
                request_id=str(uuid.uuid4()),
                official=protos.module("directory", "records").Official(
                    full_name=self.people.name(numbers.MALE)))).id
        self.wait_refusal(NOT_IN_UNIT, self.citizen, self.official)

    def appoint(self):
        """Makes the official a registrar of the commune, and waits until that is known."""
        request = self.directory.AppointOfficialRequest(
            request_id=str(uuid.uuid4()), official_id=self.official)
        request.appointment.unit_id = COMMUNE
        request.appointment.position_id = POSITION
        request.appointment.starts_at.FromDatetime(self.day.now())
        self.day.client.directory("AppointOfficial", request)
        self.wait_refusal(("OK", ""), self.citizen, self.official)

    def end(self, seconds=None):
        """Ends that, now or in some seconds."""
        request = self.directory.EndAppointmentRequest(
            request_id=str(uuid.uuid4()), official_id=self.official, unit_id=COMMUNE,
            position_id=POSITION)
        if seconds:
            request.ends_at.FromDatetime(self.day.now() + datetime.timedelta(seconds=seconds))
        self.day.client.directory("EndAppointment", request)

    def test_a_position_that_was_ended_permits_nothing_any_more(self):
        self.appoint()
        self.end()
        self.wait_refusal(NOT_IN_UNIT, self.citizen, self.official)

    def test_a_position_ends_at_its_time_also_while_nothing_comes_from_the_directory(self):
        self.appoint()
        self.end(seconds=APPOINTED_SECONDS)
        waiting.until("the registry knows when it ends", SECONDS_MAX, lambda: postgres.query(
            self.stack, "registry", KNOWN_TO_END, (self.official,))[0][0])
        processes.pause(self.stack, "directory")
        try:
            self.assertEqual(self.refusal(self.citizen, self.official), ("OK", ""))
            self.wait_refusal(NOT_IN_UNIT, self.citizen, self.official)
        finally:
            processes.resume(self.stack, "directory")
