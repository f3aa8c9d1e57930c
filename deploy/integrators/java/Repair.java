import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Asks owners for what is wrong, with growing pauses. Never inside a transaction. */
final class Repair {
  private static final int CALL_SECONDS = 30;
  private static final long PAUSE_MS = 10_000;
  private static final long PAUSE_MS_MAX = 300_000;
  private static final int REPUBLISH_KEYS_MAX = 1000;  // in one call
  private static final int REPAIR_KEYS_MAX = 10_000;   // in one repair
  private static final int BUCKETS = 256;

  private record Pause(long dueNanos, long nextMs) {}

  private final Copy copy;
  private final ServiceDescriptor service;
  private final Map<String, ManagedChannel> owners = new HashMap<>();
  private final Map<String, Pause> pauses = new HashMap<>();

  Repair(Copy copy, Map<String, String> settings)
      throws IOException, DescriptorValidationException {
    this.copy = copy;
    service = journalService(Path.of(settings.get("LIENTHONG_PROTOSET")));
    var credentials = TlsChannelCredentials.newBuilder()
        .trustManager(new File(settings.get("LIENTHONG_TLS_CA")))
        .keyManager(new File(settings.get("LIENTHONG_TLS_CERT")),
            new File(settings.get("LIENTHONG_TLS_KEY")))
        .build();
    for (String pair : settings.get("LIENTHONG_OWNERS").split(",")) {
      String[] parts = pair.split("=", 2);
      owners.put(parts[0], Grpc.newChannelBuilder(parts[1], credentials).build());
    }
  }

  /** The descriptor set lists every file after those that it imports. */
  private static ServiceDescriptor journalService(Path protoset)
      throws IOException, DescriptorValidationException {
    Map<String, FileDescriptor> files = new HashMap<>();
    for (FileDescriptorProto file
        : FileDescriptorSet.parseFrom(Files.readAllBytes(protoset)).getFileList()) {
      FileDescriptor[] imports =
          file.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new);
      files.put(file.getName(), FileDescriptor.buildFrom(file, imports));
    }
    return files.get("lienthong/journal/v1/journal.proto").findServiceByName("JournalService");
  }

  void consider(Copy.Comparison found) throws SQLException {
    String place = found.topic() + " " + found.barrier().owner();
    if (found.isEqual() && found.suspects() == 0) {
      pauses.remove(place);
      return;
    }
    ManagedChannel owner = owners.get(found.barrier().owner());
    Pause pause = pauses.getOrDefault(place, new Pause(System.nanoTime(), PAUSE_MS));
    if (owner == null || System.nanoTime() - pause.dueNanos() < 0) return;
    pauses.put(place, new Pause(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause.nextMs()),
        Math.min(2 * pause.nextMs(), PAUSE_MS_MAX)));
    try {
      System.out.println("asked %s for %d records again".formatted(place, run(found, owner)));
    } catch (StatusRuntimeException error) {
      System.out.println("repair failed %s %s %s".formatted(place, error.getStatus().getCode(),
          error.getStatus().getDescription()));
    }
  }

  private int run(Copy.Comparison found, ManagedChannel owner) throws SQLException {
    String topic = found.topic();
    String name = found.barrier().owner();
    String feed = topic.equals(Copy.FEED_ALL) ? "FEED_ALL" : "FEED_OWN";
    List<String> differing = new ArrayList<>();
    for (String type : found.differing()) differing.addAll(differing(found, owner, feed, type));
    List<String> limited = differing.subList(0, Math.min(differing.size(), REPAIR_KEYS_MAX));
    // A row that differs believes any answer.
    copy.transact(() -> {
      for (String key : limited) {
        copy.update("UPDATE record SET epoch = 0, sequence = 0 WHERE topic = ? AND key = ?", topic,
            key);
      }
    });
    Set<String> wanted = new LinkedHashSet<>(limited);
    wanted.addAll(copy.query(row -> row.getString(1),
        "SELECT key FROM record WHERE topic = ? AND owner = ? AND suspect LIMIT ?", topic, name,
        REPAIR_KEYS_MAX));
    wanted.addAll(copy.query(row -> row.getString(1),
        "SELECT CAST(key AS TEXT) FROM parked WHERE topic = ? AND owner = ?"
            + " AND CAST(key AS TEXT) NOT LIKE 'barrier/%' LIMIT ?", topic, name, REPAIR_KEYS_MAX));
    List<String> keys = new ArrayList<>(wanted);
    for (int first = 0; first < keys.size(); first += REPUBLISH_KEYS_MAX) {
      int end = Math.min(keys.size(), first + REPUBLISH_KEYS_MAX);
      Message answer = call(owner, "Republish",
          Map.of("feed", feed, "keys", List.copyOf(keys.subList(first, end))));
      copy.remove(topic, name, list(answer, "never_published", String.class));
    }
    return keys.size();
  }

  /** Keys of a type whose version or hash the owner states otherwise. */
  private List<String> differing(Copy.Comparison found, ManagedChannel owner, String feed,
      String type) throws SQLException {
    List<Map<String, BigInteger>> hashes = new ArrayList<>();
    List<Map<String, String>> sides = new ArrayList<>();
    for (int i = 0; i < BUCKETS; ++i) {
      hashes.add(new HashMap<>());
      sides.add(new HashMap<>());
    }
    for (Copy.Live row : copy.live(found.topic(), found.barrier().owner(), type + "/")) {
      BigInteger hash = Protocol.viewHash(row.key(), row.version(), row.value());
      int bucket = Protocol.bucket(row.key());
      hashes.get(bucket).put(row.key(), hash);
      sides.get(bucket).put(row.key(), row.version() + " " + Protocol.hex(hash));
    }
    List<Message> theirs = list(call(owner, "ListBucketDigests",
        Map.of("record_type", type, "feed", feed)), "buckets", Message.class);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < BUCKETS; ++i) {
      Message bucket = theirs.get(i);
      if (Protocol.total(hashes.get(i).values()).equals(
          new Protocol.Total((Long) get(bucket, "count"), (String) get(bucket, "digest")))) {
        continue;
      }
      Map<String, String> listed = new HashMap<>();
      for (Message entry : list(call(owner, "ListBucket",
          Map.of("record_type", type, "feed", feed, "bucket", i)), "entries", Message.class)) {
        listed.put(type + "/" + get(entry, "record_id"),
            get(entry, "version") + " " + get(entry, "hash"));
      }
      Map<String, String> held = sides.get(i);
      Set<String> all = new TreeSet<>(held.keySet());
      all.addAll(listed.keySet());
      all.removeIf(key -> held.containsKey(key) && held.get(key).equals(listed.get(key)));
      keys.addAll(all);
    }
    return keys;
  }

  // Calls without generated code: with the descriptor set and names of fields.

  private Message call(ManagedChannel owner, String name, Map<String, ?> fields) {
    var method = service.findMethodByName(name);
    var request = DynamicMessage.newBuilder(method.getInputType());
    fields.forEach((field, value) -> {
      FieldDescriptor descriptor = method.getInputType().findFieldByName(field);
      boolean isEnum = descriptor.getType() == FieldDescriptor.Type.ENUM;
      request.setField(descriptor,
          isEnum ? descriptor.getEnumType().findValueByName((String) value) : value);
    });
    var descriptor = MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service.getFullName(), name))
        .setRequestMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
        .setResponseMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
        .build();
    return ClientCalls.blockingUnaryCall(owner, descriptor,
        CallOptions.DEFAULT.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS), request.build());
  }

  private static Object get(Message message, String field) {
    return message.getField(message.getDescriptorForType().findFieldByName(field));
  }

  private static <T> List<T> list(Message message, String field, Class<T> type) {
    return ((List<?>) get(message, field)).stream().map(type::cast).toList();
  }
}
