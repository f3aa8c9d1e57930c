"""Who may do what: the matrix of rights.yaml against the protos, every server and the broker."""

import concurrent.futures

from stack import catalogue, kafka, postgres, services, settings

from . import case
from .case import COMMUNE, OTHER, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name
from .rights_callers import (CALLERS, FOREIGN, FURTHER, INTEGRATOR, NO_CONNECTION, UNIT, Callers,
                             Certificates, Officials)
from .rights_matrix import Matrix
from .rights_topics import DENIED, Broker, Grants
from .rights_walk import listed, serving

AT_ONCE = 16
NEWEST = "SELECT coalesce(max(id), 0) FROM journal"
# Services write by themselves too, so that theirs tell nothing.
CHANGED = """SELECT record_type, event, system FROM journal WHERE id > %s
  AND system NOT LIKE 'service-%%'"""


class RightsMatrix(Case):
    """Every RPC of every process, asked by every kind of caller."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.matrix = Matrix()
        day = case.up()
        cls.officials = Officials(day, cls.matrix.permissions())
        cls.addClassCleanup(cls.officials.end)
        cls.certificates = cls.enterClassContext(Certificates(day.stack))
        cls.callers = cls.enterClassContext(Callers(day.stack, cls.certificates, cls.officials))

    def test_the_matrix_and_the_access_options_say_the_same_of_every_rpc(self):
        self.assertEqual(self.matrix.differences(), [])

    def test_every_process_serves_what_the_matrix_says_and_nothing_else(self):
        for process in services.names(self.stack):
            found = listed(self.callers.channel(process, "ops"))
            self.assertEqual(found - self.matrix.open, self.matrix.services_of(process), process)

    def test_every_rpc_answers_every_kind_of_caller_as_it_is_written(self):
        self.assertEqual(set(CALLERS), set(self.matrix.callers))
        asked = [(kind, rpc) for rpc in self.matrix.rpcs() for kind in CALLERS]
        before = self.newest()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda one: self.callers.answer(*one), asked))
        wrong = []
        for (kind, rpc), answer in zip(asked, answers, strict=True):
            written = rpc.line.answer(self.matrix.callers[kind])
            if answer != written:
                wrong.append(f"{kind}, {rpc}: {answer}, written is {written}")
        self.assertEqual(wrong, [])
        self.assertEqual(self.changed(before), {})

    def test_whether_a_server_serves_is_for_every_certificate_of_the_ca_alone(self):
        for process in services.names(self.stack):
            for certificate in ("not-in-catalogue", INTEGRATOR, UNIT):
                channel = self.callers.channel(process, certificate)
                self.assertEqual(serving(channel), "SERVING", (process, certificate))
            for certificate in ("no-certificate", "other-authority"):
                channel = self.callers.channel(process, certificate)
                self.assertEqual(serving(channel), NO_CONNECTION, (process, certificate))

    def newest(self):
        return {owner: postgres.query(self.stack, owner, NEWEST)[0][0]
                for owner in settings.OWNERS}

    def changed(self, before):
        """{owner: what callers changed since}, without owners of which that is nothing."""
        found = {owner: postgres.query(self.stack, owner, CHANGED, (newest,))
                 for owner, newest in before.items()}
        return {owner: rows for owner, rows in found.items() if rows}


class RightsMatrixTopics(Case):
    """Every topic: in the catalogue, in the broker's own list, and tried."""

    # Kind of system of the matrix -> the one that tries; "nobody" is not in the catalogue.
    TRYING = {"unit": UNIT, "further": FURTHER, "service": "service-registry",
              "directory": "service-directory", "replica": "service-replica",
              "portal": "service-portal", "ops": "ops", "integrator": INTEGRATOR,
              "nobody": "not-in-catalogue"}
    TRIED = (catalogue.feed(COMMUNE), catalogue.feed(OTHER), catalogue.feed("service-registry"),
             catalogue.feed("service-document"), catalogue.FEED_ALL,
             "lienthong.registry.seals.v1", "lienthong.directory.seals.v1",
             "lienthong.registry.enterprise.v1", "lienthong.registry.citizen.v1",
             "lienthong.registry.operation.v1", "lienthong.directory.unit.v1")

    def setUp(self):
        super().setUp()
        self.catalogue = catalogue.Catalogue(self.stack)
        self.grants = Grants(Matrix().topics, self.catalogue)

    def test_the_catalogue_grants_what_the_matrix_says_to_every_system(self):
        acls = self.catalogue.acls()
        for principal in self.catalogue.principals():
            for operation in ("read", "write"):
                granted = {acl.name for acl in acls if acl.resource == "topic" and
                           (acl.principal, acl.operation) == (f"User:{principal}", operation)}
                self.assertEqual(granted, self.grants.topics(principal, operation),
                                 (principal, operation))
            groups = {(acl.name, acl.operation) for acl in acls if acl.resource == "group"
                      and acl.principal == f"User:{principal}"}
            self.assertEqual(groups, {(principal, "read")})

    def test_the_broker_grants_what_the_catalogue_says_and_nothing_else(self):
        with kafka.admin(self.stack) as session:
            self.assertEqual(session.acls() ^ self.catalogue.acls(), set())

    def test_the_broker_answers_every_kind_of_system_as_it_is_written(self):
        asked = [(kind, operation, topic) for kind in self.TRYING
                 for operation in ("read", "write") for topic in self.TRIED]
        with Certificates(self.stack) as certificates:
            broker = Broker(self.stack, certificates)

            def may(one):
                kind, operation, topic = one
                return getattr(broker, operation)(self.TRYING[kind], topic)

            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(may, asked))
        wrong = []
        for (kind, operation, topic), answer in zip(asked, answers, strict=True):
            written = kind != "nobody" and topic in self.grants.topics(self.TRYING[kind], operation)
            if answer != written:
                wrong.append(f"{kind}, {operation} {topic}: {answer}, written is {written}")
        self.assertEqual(wrong, [])

    def test_a_system_joins_the_group_of_its_own_name_and_no_other(self):
        with Certificates(self.stack) as certificates:
            broker = Broker(self.stack, certificates)
            granted = "lienthong.registry.enterprise.v1"
            self.assertEqual(broker.join(INTEGRATOR, INTEGRATOR, granted), "")
            feed, seals = catalogue.feed(COMMUNE), "lienthong.registry.seals.v1"
            for system, group, topic in ((INTEGRATOR, UNIT, granted), (UNIT, FOREIGN, feed),
                                         (FURTHER, UNIT, feed), ("ops", "service-registry", seals)):
                self.assertEqual(broker.join(system, group, topic), DENIED, (system, group))
