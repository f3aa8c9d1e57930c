import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a message of a feed says, and its hash: proto/PROTOCOL.md as pure functions. */
final class Protocol {
  static final Total NONE = new Total(0, "0".repeat(32));
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
  private static final Pattern SOURCE = Pattern.compile("/lienthong/(" + NAME + ")");
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,18}");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{32}");
  private static final Gson JSON = new GsonBuilder().setStrictness(Strictness.STRICT).create();

  /** A message that is not as PROTOCOL says; the text says why, without its content. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable(String reason) {
      super(reason);
    }
  }

  /** Place of a message in its owner's journal. */
  record Place(long epoch, long sequence) implements Comparable<Place> {
    static final Place BEFORE_ALL = new Place(0, 0);

    @Override
    public int compareTo(Place other) {
      int byEpoch = Long.compare(epoch, other.epoch);
      return byEpoch != 0 ? byEpoch : Long.compare(sequence, other.sequence);
    }
  }

  /** Count and digest of a set of live messages. */
  record Total(long count, String digest) {}

  /** A message that is no barrier; `version` is 0 on a tombstone. */
  record Change(String owner, Place place, long version) {}

  record Barrier(String owner, Place place, long complete, Map<String, Total> types) {}

  private Protocol() {}

  /** The number of one live message. */
  static BigInteger viewHash(String key, long version, byte[] value) {
    MessageDigest hash = sha256();
    hash.update((key + "\0" + version + "\0").getBytes(StandardCharsets.UTF_8));
    return new BigInteger(1, hash.digest(value), 0, 16);
  }

  static Total total(Collection<BigInteger> numbers) {
    BigInteger sum = numbers.stream().reduce(BigInteger.ZERO, BigInteger::add).mod(MODULUS);
    return new Total(numbers.size(), hex(sum));
  }

  static String hex(BigInteger number) {
    return "%032x".formatted(number);
  }

  /** 0 to 255: the part of a record type in which an owner lists the key. */
  static int bucket(String key) {
    return sha256().digest(key.getBytes(StandardCharsets.UTF_8))[0] & 0xff;
  }

  /** A feed key as text: `&lt;record type>/&lt;id>`, or `barrier/&lt;owner>`. */
  static String parseKey(byte[] bytes) throws Unreadable {
    String text = text(bytes, "the key does not name a record");
    int slash = text.indexOf('/');
    if (slash < 0 || slash + 1 == text.length() || text.indexOf('\0') >= 0
        || !NAME.matcher(text.substring(0, slash)).matches()) {
      throw new Unreadable("the key does not name a record");
    }
    return text;
  }

  static Change parseChange(Map<String, String> headers, byte[] value) throws Unreadable {
    String owner = ownerOf(headers);
    if (owner.isEmpty()) throw new Unreadable("ce_source is missing or wrong");
    Place place = new Place(decimal(headers.get("ce_epoch"), 1, "ce_epoch"),
        decimal(headers.get("ce_sequence"), 0, "ce_sequence"));
    if (value == null) return new Change(owner, place, 0);
    long version = decimal(headers.get("ce_recordversion"), 1, "ce_recordversion");
    jsonObject(value);
    return new Change(owner, place, version);
  }

  static Barrier parseBarrier(String key, byte[] value) throws Unreadable {
    JsonObject found = jsonObject(value);
    String owner = string(found, "owner");
    if (!key.equals("barrier/" + owner) || !(found.get("types") instanceof JsonObject given)) {
      throw new Unreadable("a barrier without owner or types");
    }
    Map<String, Total> types = new HashMap<>();
    for (Map.Entry<String, JsonElement> type : given.entrySet()) {
      String digest = type.getValue() instanceof JsonObject total ? string(total, "digest") : null;
      if (digest == null || !DIGEST.matcher(digest).matches()) {
        throw new Unreadable("a barrier with a wrong digest");
      }
      long count = decimal(string(type.getValue().getAsJsonObject(), "count"), 0, "count");
      types.put(type.getKey(), new Total(count, digest));
    }
    Place place = new Place(decimal(string(found, "epoch"), 1, "epoch"),
        decimal(string(found, "sequence"), 0, "sequence"));
    return new Barrier(owner, place, decimal(string(found, "complete"), 0, "complete"), types);
  }

  /** The service that sent a message, "" when it does not say. */
  static String ownerOf(Map<String, String> headers) {
    Matcher source = SOURCE.matcher(headers.getOrDefault("ce_source", ""));
    return source.matches() ? source.group(1) : "";
  }

  /** A number that is written as a string, in headers and in JSON. */
  private static long decimal(String text, long least, String what) throws Unreadable {
    if (text == null || !DECIMAL.matcher(text).matches() || Long.parseLong(text) < least) {
      throw new Unreadable(what + " is missing or wrong");
    }
    return Long.parseLong(text);
  }

  private static String string(JsonObject object, String name) {
    JsonElement found = object.get(name);
    boolean isString = found != null && found.isJsonPrimitive()
        && found.getAsJsonPrimitive().isString();
    return isString ? found.getAsString() : null;
  }

  private static String text(byte[] bytes, String reason) throws Unreadable {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes == null ? new byte[0] : bytes);
      return StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
    } catch (CharacterCodingException error) {
      throw new Unreadable(reason);
    }
  }

  private static JsonObject jsonObject(byte[] bytes) throws Unreadable {
    String text = text(bytes, "the value is not UTF-8");
    try {
      if (JSON.fromJson(text, JsonElement.class) instanceof JsonObject object) return object;
    } catch (JsonParseException error) {
      // As if it were another kind of value.
    }
    throw new Unreadable("the value is not a JSON object");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);  // every Java has it
    }
  }
}
