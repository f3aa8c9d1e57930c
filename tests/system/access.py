"""Who may read and write what: topics, and databases."""

import psycopg2

from stack import catalogue, kafka, postgres, services, settings

from .case import COMMUNE, OTHER, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

DENIED = "authorization failed"


class Topics(Case):
    """Who may read and write what, asked with kcat under the certificates of the stack."""

    def kcat(self, principal, *arguments, text=None):
        return kafka.kcat(self.stack, principal, *arguments, text=text)

    def test_a_unit_reads_its_own_feed_and_the_one_for_all(self):
        for topic in (catalogue.feed(COMMUNE), catalogue.FEED_ALL):
            read = self.kcat(f"unit-{COMMUNE}", "-C", "-t", topic, "-e", "-f", "%k\n")
            self.assertEqual(read.returncode, 0, read.stderr)
            self.assertIn("barrier/registry", read.stdout)

    def test_a_unit_reads_no_other_feed_and_no_domain_topic(self):
        for topic in (catalogue.feed(OTHER), "lienthong.registry.citizen.v1"):
            read = self.kcat(f"unit-{COMMUNE}", "-C", "-t", topic, "-e")
            self.assertIn(DENIED, read.stderr, topic)
            self.assertEqual(read.stdout, "")

    def test_only_owners_write_feeds(self):
        for principal in (f"unit-{COMMUNE}", "service-replica", "ops"):
            written = self.kcat(principal, "-P", "-t", catalogue.feed(COMMUNE), text="x")
            self.assertIn(DENIED, written.stderr, principal)

    def test_an_integrator_reads_what_was_granted_and_nothing_else(self):
        granted = self.kcat("integrator-statistics", "-C", "-t", "lienthong.registry.enterprise.v1",
                            "-e", "-f", "%k\n")
        self.assertEqual(granted.returncode, 0, granted.stderr)
        self.assertTrue(granted.stdout)
        for topic in ("lienthong.registry.citizen.v1", catalogue.FEED_ALL):
            refused = self.kcat("integrator-statistics", "-C", "-t", topic, "-e")
            self.assertIn(DENIED, refused.stderr, topic)


class Databases(Case):
    """Where the SQL role of a unit's own systems may connect: to the unit's copy, nowhere else."""

    reader = "reader_" + settings.replica_database(COMMUNE).removeprefix("replica_")

    def refused(self, database):
        """What is answered to the reader; "" when it may connect."""
        try:
            with postgres.connect(self.stack, database, self.reader):
                return ""
        except psycopg2.OperationalError as error:
            return str(error)

    def test_a_reader_connects_to_the_copy_of_its_unit_only(self):
        self.assertEqual(self.refused(settings.replica_database(COMMUNE)), "")
        for database in (*settings.OWNERS, "postgres", "template1",
                         settings.replica_database(OTHER)):
            self.assertIn(f'permission denied for database "{database}"', self.refused(database))

    def test_databases_that_are_open_are_closed_at_the_next_start(self):
        for database in ("registry", "postgres"):
            postgres.query(self.stack, "postgres",
                           f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO PUBLIC",
                           user=postgres.SUPERUSER)
            self.assertEqual(self.refused(database), "")
        services.prepare_databases(self.stack)
        for database in ("registry", "postgres"):
            self.assertIn("permission denied for database", self.refused(database))
