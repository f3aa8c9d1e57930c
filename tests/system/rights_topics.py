"""Who may read and write which topic: as the matrix says, and as the broker answers."""

import uuid

import confluent_kafka

from stack import catalogue, kafka

ANSWER_SECONDS = 30
# More than the broker takes in one message: whoever may write is told so, and nothing is written.
TOO_LARGE = 1_500_000
DENIED = "Group authorization failed"


class Grants:
    """The rows of the matrix about topics, for the systems of a catalogue."""

    def __init__(self, rows, named):
        self._rows, self._catalogue = rows, named

    def topics(self, system, operation):
        """Names of all topics that a system may "read" or "write"."""
        row = self._rows[self._kind(system)][f"{operation}s"]
        return {topic for word in row for topic in self._meant(word, system)}

    def _kind(self, system):
        name = system.removeprefix("service-")
        if name in self._catalogue.services:
            return "service" if self._catalogue.services[name]["feed"] else name
        if system.startswith("unit-"):
            return "further" if catalogue.unit_of(system) else "unit"
        return name.split("-")[0]   # "integrator-statistics"

    def _meant(self, word, system):
        """What a word means to a system."""
        named = self._catalogue
        if word == "own":
            unit = catalogue.unit_of(system) or system.removeprefix("unit-")
            return [catalogue.feed(unit)]
        if word == "granted":
            return next(one["reads"] for one in named.systems if one["name"] == system)
        if word == "own-domain":
            return named.domain_topics(system.removeprefix("service-"))
        return {"all": [catalogue.FEED_ALL], "feeds": named.feeds(), "seals": named.seals(),
                "own-seals": [f"lienthong.{system.removeprefix('service-')}.seals.v1"]}[word]


class Broker:
    """Asks it as any system. Any thread."""

    def __init__(self, stack, certificates):
        self._stack, self._certificates = stack, certificates

    def read(self, system, topic):
        """May a system read a topic?"""
        consumer = confluent_kafka.Consumer(self._settings(system) | {
            "group.id": system, "enable.auto.commit": False, "enable.partition.eof": True})
        try:
            # Whoever writes a topic may know of it; whoever may not even that is told so here.
            unknown = consumer.list_topics(topic, ANSWER_SECONDS).topics[topic].error
            if unknown:
                return self._refused(unknown)
            place = confluent_kafka.TopicPartition(topic, 0)
            place.offset, _ = consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
            consumer.assign([place])
            # A system that nobody knows is refused its group too.
            error = self._polled(consumer, f"{system} reads {topic}",
                                 confluent_kafka.KafkaError.GROUP_AUTHORIZATION_FAILED).error()
        finally:
            consumer.close()
        if error is None or error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
            return True
        return self._refused(error)

    def write(self, system, topic):
        """May a system write to a topic? Nothing is written."""
        told = []
        producer = confluent_kafka.Producer(self._settings(system) | {
            "message.max.bytes": 2 * TOO_LARGE, "message.timeout.ms": ANSWER_SECONDS * 1000})
        producer.produce(topic, uuid.uuid4().hex * (TOO_LARGE // 32),
                         on_delivery=lambda error, _: told.append(error))
        producer.flush(ANSWER_SECONDS)
        if not told or told[0] is None:
            raise AssertionError(f"{system} writes to {topic}: {told}")
        if told[0].code() == confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE:
            return True
        return self._refused(told[0])

    def join(self, system, group, topic):
        """"" when a system joins a group as a reader of a topic, otherwise why not."""
        consumer = confluent_kafka.Consumer(self._settings(system) | {
            "group.id": group, "enable.auto.commit": False, "enable.partition.eof": True,
            "auto.offset.reset": "earliest"})
        try:
            consumer.subscribe([topic])
            error = self._polled(consumer, f"{system} joins {group}").error()
        finally:
            consumer.close()
        if error is None or error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
            return ""
        if error.code() == confluent_kafka.KafkaError.GROUP_AUTHORIZATION_FAILED:
            return DENIED
        raise confluent_kafka.KafkaException(error)

    def _settings(self, system):
        chain, key = self._certificates.files(system)
        return kafka.client_settings(self._stack, system) | {
            "ssl.certificate.location": str(chain), "ssl.key.location": str(key),
            "log_level": 2}     # what it is refused it also writes to the terminal

    @staticmethod
    def _polled(consumer, doing, passed_over=None):
        """The first message or error, but for errors of a code."""
        while message := consumer.poll(ANSWER_SECONDS):
            if not message.error() or message.error().code() != passed_over:
                return message
        raise AssertionError(f"{doing}: no answer within {ANSWER_SECONDS} s")

    @staticmethod
    def _refused(error):
        if error.code() == confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED:
            return False
        raise confluent_kafka.KafkaException(error)
