"""A process that dies while calls share its transactions: nobody was told that a call is stored, and
each repeat gets the one answer, of a call that is stored too."""

import concurrent.futures
import contextlib
import uuid

import psycopg2

from stack import postgres, processes, services

from day import waiting
from day.client import CallError

from .case import COMMUNE, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

CALLS = 24
CALL_SECONDS = 2 * SECONDS_MAX   # a call waits for as long as the test does
BATCHES_MAX = 4     # journal::SharedCommit: transactions under way at the same time
STORED = """SELECT (SELECT count(*) FROM request WHERE request_id = ANY(%(ids)s)),
  (SELECT count(*) FROM journal WHERE request_id = ANY(%(ids)s)),
  (SELECT count(*) FROM citizen WHERE id::text IN
    (SELECT record_id FROM journal WHERE request_id = ANY(%(ids)s)))"""
# But for the work in the background that erases states: it is no call.
AT_WORK = """SELECT count(*) FILTER (WHERE NOT granted), count(*)
  FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE query NOT LIKE '%%UPDATE journal%%' AND relation = %s::regclass AND mode = 'RowExclusiveLock'
  AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


class SharedCommits(Case):
    """kill -9 of the registry while its transactions wait for a table that is locked."""

    # What a batch writes is sent without waiting, COMMIT with it: the server may go on without the
    # one who asked.

    def test_while_the_business_rows_are_written_each_call_is_stored_whole_or_not_at_all(self):
        self.kill_at("citizen")

    def test_while_the_journal_is_written_each_call_is_stored_whole_or_not_at_all(self):
        self.assertGreater(self.kill_at("journal"), 0)

    def kill_at(self, table):
        """Kills it while all calls are under way; how many were stored then. All repeat after."""
        calls = [self.registry.RegisterCitizenRequest(
            request_id=str(uuid.uuid4()), citizen=self.people.citizen(
                self.day.province.commune_of(COMMUNE), numbered=False)) for _ in range(CALLS)]
        ids = [call.request_id for call in calls]
        begun = self.begun()
        with concurrent.futures.ThreadPoolExecutor(CALLS) as pool, self.killed_registry() as kill:
            with self.locked(table):
                answers = [pool.submit(self.outcome, call) for call in calls]
                waiting.until("transactions wait", SECONDS_MAX,
                              lambda: self.are_waiting(table, begun))
                kill()
            self.assertEqual({answer.result() for answer in answers}, {"in doubt"})
            waiting.until("its transactions have ended", SECONDS_MAX,
                          lambda: self.at_work(table)[1] == 0)
            requests, rows, citizens = self.stored(ids)
            self.assertEqual((rows, citizens), (requests, requests))

        people = {self.day.client.registry("RegisterCitizen", call, **self.registrar.options).id
                  for call in calls}
        self.assertEqual(len(people), CALLS)
        self.assertEqual(self.stored(ids), (CALLS, CALLS, CALLS))
        return requests

    @contextlib.contextmanager
    def killed_registry(self):
        """A function that kills it; it serves again after the block."""
        try:
            yield lambda: processes.kill(self.stack, "registry")
        finally:
            if not processes.is_running(self.stack, "registry"):
                services.serve(self.stack, "registry")
            services.wait_healthy(self.stack, "registry")

    def outcome(self, call):
        try:
            self.day.client.registry("RegisterCitizen", call, **self.registrar.options,
                                     deadline_seconds=CALL_SECONDS, repeat_seconds=0)
        except CallError as error:
            return "in doubt" if error.attempts[-1].doubtful else error.code
        return "acknowledged"

    def begun(self):
        return self.metric("registry", "grpc_server_started_total", grpc_method="RegisterCitizen")

    def are_waiting(self, table, begun):
        """Are all calls under way, in transactions that wait, fewer than calls?"""
        found = self.begun() - begun, self.at_work(table)[0]
        return (found[0] == CALLS and 0 < found[1] <= BATCHES_MAX) or (False, found)

    def at_work(self, table):
        """Transactions that wait for the table; all that wait for it or write to it."""
        return postgres.query(self.stack, "registry", AT_WORK, (table,))[0]

    def stored(self, ids):
        return postgres.query(self.stack, "registry", STORED, {"ids": ids})[0]

    @contextlib.contextmanager
    def locked(self, table):
        """Nobody writes to the table meanwhile."""
        session = psycopg2.connect(self.stack.conninfo("registry"))
        try:
            with session.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
        finally:
            session.close()
