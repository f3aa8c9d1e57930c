import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Keeps a copy of a unit's feed and of lienthong.feed.all in SQLite, and proves it equal.
 *
 * <p>Settings come from the environment, see ../README.md. At a barrier the digest of every record
 * type is computed anew from the stored bytes, so that an edited, added or deleted row shows too,
 * and a line says `equal` or `different`. What differs, is suspect or could not be read is asked
 * for again. The rules are those of proto/PROTOCOL.md, "Reading a feed well". SIGTERM ends it, with
 * code 143 as Java does; 1 = Kafka or the database refuses; 2 = a setting is missing.
 */
public final class FeedReader {
  private static final List<String> NEEDED = List.of("LIENTHONG_KAFKA", "LIENTHONG_OWNERS",
      "LIENTHONG_UNIT", "LIENTHONG_SYSTEM", "LIENTHONG_TLS_CA", "LIENTHONG_TLS_CERT",
      "LIENTHONG_TLS_KEY", "LIENTHONG_PROTOSET", "DATABASE");
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int END_SECONDS_MAX = 60;

  private FeedReader() {}

  public static void main(String[] arguments) {
    Map<String, String> settings = new HashMap<>(Map.of("BATCH_MESSAGES", "500"));
    settings.putAll(System.getenv());
    List<String> missing =
        NEEDED.stream().filter(name -> settings.getOrDefault(name, "").isEmpty()).toList();
    if (!missing.isEmpty()) {
      System.err.println("not set: " + String.join(", ", missing));
      System.exit(2);
    }
    AtomicBoolean stopping = new AtomicBoolean();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      stopping.set(true);
      try {
        ended.await(END_SECONDS_MAX, TimeUnit.SECONDS);  // the batch under way is finished
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
      }
    }));
    int code = 0;
    try {
      read(settings, stopping);
    } catch (Exception error) {
      System.err.println("ended: " + error);
      code = 1;
    }
    ended.countDown();
    if (code != 0) System.exit(code);
  }

  private static Properties kafka(Map<String, String> settings) throws java.io.IOException {
    Properties kafka = new Properties();
    kafka.put("bootstrap.servers", settings.get("LIENTHONG_KAFKA"));
    kafka.put("security.protocol", "SSL");
    kafka.put("ssl.truststore.type", "PEM");
    kafka.put("ssl.truststore.certificates", text(settings, "LIENTHONG_TLS_CA"));
    kafka.put("ssl.keystore.type", "PEM");
    kafka.put("ssl.keystore.certificate.chain", text(settings, "LIENTHONG_TLS_CERT"));
    kafka.put("ssl.keystore.key", text(settings, "LIENTHONG_TLS_KEY"));
    kafka.put("group.id", settings.get("LIENTHONG_SYSTEM"));  // the only group that it may use
    kafka.put("enable.auto.commit", "false");
    kafka.put("auto.offset.reset", "none");
    kafka.put("max.poll.records", settings.get("BATCH_MESSAGES"));
    kafka.put("max.partition.fetch.bytes", "1048576");
    return kafka;
  }

  private static String text(Map<String, String> settings, String name)
      throws java.io.IOException {
    return Files.readString(Path.of(settings.get(name)));
  }

  private static void read(Map<String, String> settings, AtomicBoolean stopping)
      throws Exception {
    List<TopicPartition> feeds = List.of(
        new TopicPartition("lienthong.feed." + settings.get("LIENTHONG_UNIT"), 0),
        new TopicPartition(Copy.FEED_ALL, 0));
    var bytes = new ByteArrayDeserializer();
    try (Copy copy = new Copy(settings.get("DATABASE"));
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(kafka(settings), bytes, bytes)) {
      Repair repair = new Repair(copy, settings);
      consumer.assign(feeds);
      seek(consumer, copy, feeds);
      while (!stopping.get()) {
        try {
          var messages = consumer.poll(POLL);
          for (TopicPartition feed : messages.partitions()) {
            for (Copy.Comparison found : copy.apply(feed.topic(), messages.records(feed))) {
              System.out.println(found);
              repair.consider(found);
            }
          }
        } catch (OffsetOutOfRangeException error) {
          for (TopicPartition feed : error.partitions()) {
            copy.startOver(feed.topic(), "the log does not go on where this copy ended");
          }
          seek(consumer, copy, feeds);
        }
      }
    }
  }

  /** Offsets come from the copy, never from Kafka. */
  private static void seek(KafkaConsumer<byte[], byte[]> consumer, Copy copy,
      List<TopicPartition> feeds) throws java.sql.SQLException {
    for (TopicPartition feed : feeds) {
      Long next = copy.next(feed.topic());
      if (next == null) {
        consumer.seekToBeginning(List.of(feed));
      } else {
        consumer.seek(feed, next);
      }
    }
  }
}
