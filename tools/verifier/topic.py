"""Reading topics from their beginning to their present end."""

import time

import confluent_kafka

SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 10     # of a broker, at the start
SILENCE_SECONDS_MAX = 20    # while a topic is read
BATCH = 2000


class Unreadable(Exception):
    """A topic could not be read to its end."""


def require_broker(settings):
    """Unreadable within seconds when the broker does not answer."""
    consumer = confluent_kafka.Consumer(settings)
    try:
        consumer.list_topics(timeout=ANSWER_SECONDS_MAX)
    except confluent_kafka.KafkaException as error:
        raise Unreadable(f"Kafka does not answer at {settings['bootstrap.servers']} "
                         f"({error.args[0].str()})") from None
    finally:
        consumer.close()


def read(settings, name, partitions=1):
    """Yields (partition, message) of a topic, each partition in its order."""
    consumer = confluent_kafka.Consumer(settings)
    try:
        assignment = []
        for number in range(partitions):
            place = confluent_kafka.TopicPartition(name, number)
            try:
                place.offset, _ = consumer.get_watermark_offsets(place, timeout=SILENCE_SECONDS_MAX)
            except confluent_kafka.KafkaException as error:
                raise Unreadable(f"{name}: {error.args[0].str()}") from None
            assignment.append(place)
        consumer.assign(assignment)
        open_partitions = set(range(partitions))
        heard = time.monotonic()
        deadline = heard + SECONDS_MAX
        while open_partitions:
            now = time.monotonic()
            if now > deadline or now > heard + SILENCE_SECONDS_MAX:
                raise Unreadable(f"{name}: not read to its end in {SECONDS_MAX} s, or nothing came "
                                 f"for {SILENCE_SECONDS_MAX} s")
            for message in consumer.consume(BATCH, timeout=0.05):
                heard = time.monotonic()
                error = message.error()
                if error is None:
                    if message.partition() in open_partitions:
                        yield message.partition(), message
                elif error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
                else:
                    raise Unreadable(f"{name}: {error.str()}")
    finally:
        consumer.close()
