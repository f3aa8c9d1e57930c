import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The copy in SQLite: offset, guards and rows change in one transaction. One thread. */
final class Copy implements AutoCloseable {
  static final String FEED_ALL = "lienthong.feed.all";
  /** min.compaction.lag.ms: older barriers are not compared. */
  private static final Duration COMPACTION_LAG = Duration.ofHours(1);
  /** delete.retention.ms: after that tombstones are gone. */
  private static final Duration AWAY_MAX = Duration.ofDays(7);
  private static final String[] SCHEMA = {
      "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA busy_timeout = 30000", """
      CREATE TABLE IF NOT EXISTS position (
        topic TEXT PRIMARY KEY, next INTEGER NOT NULL, applied_at INTEGER NOT NULL)""", """
      -- (epoch, sequence) is the guard of the key; it stays when the record is gone (value NULL).
      CREATE TABLE IF NOT EXISTS record (
        topic TEXT, key TEXT, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
        sequence INTEGER NOT NULL, version INTEGER NOT NULL, value BLOB,
        suspect INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (topic, key))""",
      "CREATE INDEX IF NOT EXISTS record_owner ON record (topic, owner)", """
      -- (epoch, sequence) is the highest seen of the owner.
      CREATE TABLE IF NOT EXISTS owner (
        topic TEXT, owner TEXT, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
        complete INTEGER NOT NULL, PRIMARY KEY (topic, owner))""", """
      CREATE TABLE IF NOT EXISTS parked (
        topic TEXT, key BLOB, owner TEXT NOT NULL, message_offset INTEGER NOT NULL,
        reason TEXT NOT NULL, headers TEXT NOT NULL, value BLOB, PRIMARY KEY (topic, key))""", """
      -- What your own programs read: the unit's own feed wins over feed.all.
      CREATE VIEW IF NOT EXISTS live AS
        SELECT key, version, CAST(value AS TEXT) AS value FROM record r
        WHERE value IS NOT NULL AND (topic <> 'lienthong.feed.all' OR NOT EXISTS (
          SELECT 1 FROM record o
          WHERE o.key = r.key AND o.topic <> r.topic AND o.value IS NOT NULL))"""};

  /** What a barrier says and what the copy holds. */
  record Comparison(String topic, Protocol.Barrier barrier, Map<String, Protocol.Total> ours,
      List<String> differing, long parked, long suspects) {
    boolean isEqual() {
      return differing.isEmpty() && parked == 0;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(isEqual() ? "equal" : "different");
      text.append(" %s %s %d/%d".formatted(topic, barrier.owner(), barrier.place().epoch(),
          barrier.place().sequence()));
      if (!isEqual()) {
        text.append(" differing=%s parked=%d".formatted(String.join(",", differing), parked));
      }
      ours.forEach((name, total) ->
          text.append(" %s=%d:%s".formatted(name, total.count(), total.digest())));
      return text.toString();
    }
  }

  record Live(String key, long version, byte[] value) {}

  interface Work {
    void run() throws SQLException;
  }

  interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private record Owner(Protocol.Place seen, long complete) {}

  private record Row(String owner, Protocol.Place guard) {}

  private final Connection database;
  /** The stored offsets, as this process knows them; a topic without one is not in it. */
  private final Map<String, Long> expected = new HashMap<>();

  Copy(String path) throws SQLException {
    database = DriverManager.getConnection("jdbc:sqlite:" + path);
    try (Statement statement = database.createStatement()) {
      for (String one : SCHEMA) statement.execute(one);
    }
  }

  @Override
  public void close() throws SQLException {
    database.close();
  }

  /** How many rows a statement changed. */
  int update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < values.length; ++i) statement.setObject(i + 1, values[i]);
      return statement.executeUpdate();
    }
  }

  <T> List<T> query(Reader<T> reader, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < values.length; ++i) statement.setObject(i + 1, values[i]);
      List<T> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) found.add(reader.read(rows));
      }
      return found;
    }
  }

  void transact(Work work) throws SQLException {
    update("BEGIN IMMEDIATE");
    boolean isDone = false;
    try {
      work.run();
      update("COMMIT");
      isDone = true;
    } finally {
      if (!isDone) update("ROLLBACK");
    }
  }

  /** The offset to go on at, null = from the beginning; an outdated copy is emptied. */
  Long next(String topic) throws SQLException {
    expected.remove(topic);
    long oldest = System.currentTimeMillis() - AWAY_MAX.toMillis();
    List<long[]> rows = query(row -> new long[] {row.getLong(1), row.getLong(2)},
        "SELECT next, applied_at FROM position WHERE topic = ?", topic);
    if (rows.isEmpty()) return null;
    if (rows.get(0)[1] < oldest) {
      startOver(topic, "away for longer than tombstones are kept");
      return null;
    }
    expected.put(topic, rows.get(0)[0]);
    return rows.get(0)[0];
  }

  void startOver(String topic, String reason) throws SQLException {
    System.out.println("starting over " + topic + " " + reason);
    transact(() -> {
      for (String table : List.of("position", "record", "owner", "parked")) {
        update("DELETE FROM " + table + " WHERE topic = ?", topic);
      }
    });
  }

  /** One batch of a topic in one transaction; what its barriers were compared with. */
  List<Comparison> apply(String topic, List<ConsumerRecord<byte[], byte[]>> messages)
      throws SQLException {
    long following = messages.get(messages.size() - 1).offset() + 1;
    // Of an owner's barriers only the last of a batch is compared: far behind there are many.
    Map<String, Long> last = new HashMap<>();
    for (var message : messages) last.put(textOf(message.key()), message.offset());
    List<Comparison> compared = new ArrayList<>();
    transact(() -> {
      move(topic, following);
      for (var message : messages) {
        applyOne(message, last.get(textOf(message.key())) == message.offset(), compared);
      }
    });
    expected.put(topic, following);
    return compared;
  }

  /** Compare-and-swap of the offset: nobody else may have gone on or started over. */
  private void move(String topic, long following) throws SQLException {
    long now = System.currentTimeMillis();
    int moved = expected.containsKey(topic)
        ? update("UPDATE position SET next = ?, applied_at = ? WHERE topic = ? AND next = ?",
            following, now, topic, expected.get(topic))
        : update("INSERT OR IGNORE INTO position VALUES (?, ?, ?)", topic, following, now);
    if (moved != 1) throw new SQLException("another reader moved the offset of " + topic);
  }

  private void applyOne(ConsumerRecord<byte[], byte[]> message, boolean isLast,
      List<Comparison> compared) throws SQLException {
    Map<String, String> headers = new TreeMap<>();
    message.headers().forEach(header -> headers.put(header.key(), textOf(header.value())));
    String owner = "";
    try {
      String key = Protocol.parseKey(message.key());
      owner = Protocol.ownerOf(headers);
      if (key.startsWith("barrier/")) {
        long age = System.currentTimeMillis() - message.timestamp();
        boolean mayCompare = isLast && age < COMPACTION_LAG.toMillis();
        applyBarrier(message.topic(), Protocol.parseBarrier(key, message.value()), mayCompare,
            compared);
      } else {
        applyChange(message.topic(), key, headers, message.value());
      }
    } catch (Protocol.Unreadable error) {
      park(message, headers, owner, error.getMessage());
    }
  }

  private void applyChange(String topic, String key, Map<String, String> headers, byte[] value)
      throws SQLException, Protocol.Unreadable {
    Protocol.Change change = Protocol.parseChange(headers, value);
    List<Row> rows = query(row -> new Row(row.getString(1), place(row, 2)),
        "SELECT owner, epoch, sequence FROM record WHERE topic = ? AND key = ?", topic, key);
    if (!rows.isEmpty() && !rows.get(0).owner().equals(change.owner())) {
      throw new Protocol.Unreadable("the record belongs to another owner");
    }
    Owner known = owner(topic, change.owner());
    if (change.place().compareTo(known.seen()) > 0) {
      noteOwner(topic, change.owner(), change.place(), known.complete());
    }
    Protocol.Place guard = rows.isEmpty() ? Protocol.Place.BEFORE_ALL : rows.get(0).guard();
    if (change.place().compareTo(guard) < 0 || change.place().epoch() < known.complete()) {
      // The compacted log may keep this stale message as its last: it is asked for again.
      update("INSERT INTO record VALUES (?, ?, ?, 0, 0, 0, NULL, 1)"
          + " ON CONFLICT (topic, key) DO UPDATE SET suspect = 1", topic, key, change.owner());
      return;
    }
    update("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, 0)", topic, key,
        change.owner(), change.place().epoch(), change.place().sequence(), change.version(), value);
    unpark(topic, key);
  }

  private void applyBarrier(String topic, Protocol.Barrier barrier, boolean mayCompare,
      List<Comparison> compared) throws SQLException {
    String owner = barrier.owner();
    unpark(topic, "barrier/" + owner);
    Owner known = owner(topic, owner);
    if (barrier.complete() > known.complete()) {  // after a restore: everything came again
      update("UPDATE record SET value = NULL WHERE topic = ? AND owner = ? AND epoch < ?", topic,
          owner, barrier.complete());
      noteOwner(topic, owner, known.seen(), barrier.complete());
    }
    if (!mayCompare || barrier.place().compareTo(known.seen()) < 0) return;
    Map<String, Protocol.Total> ours = sums(topic, owner);
    TreeSet<String> differing = new TreeSet<>(ours.keySet());
    differing.addAll(barrier.types().keySet());
    differing.removeIf(name -> ours.getOrDefault(name, Protocol.NONE)
        .equals(barrier.types().getOrDefault(name, Protocol.NONE)));
    compared.add(new Comparison(topic, barrier, ours, List.copyOf(differing),
        count("parked WHERE topic = ? AND owner IN (?, '')", topic, owner),
        count("record WHERE topic = ? AND owner = ? AND suspect", topic, owner)));
  }

  /** Count and digest of each record type, from the bytes of the live rows. */
  private Map<String, Protocol.Total> sums(String topic, String owner) throws SQLException {
    Map<String, List<BigInteger>> numbers = new TreeMap<>();
    for (Live row : live(topic, owner, "")) {
      numbers.computeIfAbsent(row.key().substring(0, row.key().indexOf('/')),
          name -> new ArrayList<>()).add(Protocol.viewHash(row.key(), row.version(), row.value()));
    }
    Map<String, Protocol.Total> sums = new TreeMap<>();
    numbers.forEach((name, ofType) -> sums.put(name, Protocol.total(ofType)));
    return sums;
  }

  /** CAST: whoever edits by hand may leave text. */
  List<Live> live(String topic, String owner, String start) throws SQLException {
    return query(row -> new Live(row.getString(1), row.getLong(2), row.getBytes(3)),
        "SELECT key, version, CAST(value AS BLOB) FROM record WHERE topic = ? AND owner = ?"
            + " AND value IS NOT NULL AND key LIKE ? || '%'", topic, owner, start);
  }

  private long count(String what, String topic, String owner) throws SQLException {
    return query(row -> row.getLong(1), "SELECT count(*) FROM " + what, topic, owner).get(0);
  }

  private Owner owner(String topic, String owner) throws SQLException {
    List<Owner> found = query(row -> new Owner(place(row, 1), row.getLong(3)),
        "SELECT epoch, sequence, complete FROM owner WHERE topic = ? AND owner = ?", topic, owner);
    return found.isEmpty() ? new Owner(Protocol.Place.BEFORE_ALL, 0) : found.get(0);
  }

  private void noteOwner(String topic, String owner, Protocol.Place seen, long complete)
      throws SQLException {
    update("INSERT OR REPLACE INTO owner VALUES (?, ?, ?, ?, ?)", topic, owner, seen.epoch(),
        seen.sequence(), complete);
  }

  /** Keeps what cannot be applied. Without an owner it counts as different for all of them. */
  private void park(ConsumerRecord<byte[], byte[]> message, Map<String, String> headers,
      String owner, String reason) throws SQLException {
    update("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?, ?)", message.topic(),
        message.key() == null ? new byte[0] : message.key(), owner, message.offset(), reason,
        headers.toString(), message.value());
    System.out.println(
        "parked %s offset %d %s".formatted(message.topic(), message.offset(), reason));
  }

  void unpark(String topic, String key) throws SQLException {
    update("DELETE FROM parked WHERE topic = ? AND key = ?", topic,
        key.getBytes(StandardCharsets.UTF_8));
  }

  /** Of feed.all: nothing of these keys was ever for everyone, so no message will come. */
  void remove(String topic, String owner, List<String> keys) throws SQLException {
    if (keys.isEmpty()) return;
    transact(() -> {
      long complete = owner(topic, owner).complete();
      for (String key : keys) {
        update("UPDATE record SET value = NULL, suspect = 0, epoch = ?, sequence = 0"
            + " WHERE topic = ? AND key = ?", complete, topic, key);
        unpark(topic, key);
      }
    });
  }

  private static Protocol.Place place(ResultSet row, int column) throws SQLException {
    return new Protocol.Place(row.getLong(column), row.getLong(column + 1));
  }

  private static String textOf(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }
}
