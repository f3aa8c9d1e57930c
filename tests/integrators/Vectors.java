import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Digest and buckets of the sets on standard input (selftest.py), by the sample in Java. */
final class Vectors {
  private Vectors() {}

  public static void main(String[] arguments) {
    var input = new InputStreamReader(System.in, StandardCharsets.UTF_8);
    for (JsonElement vector : JsonParser.parseReader(input).getAsJsonArray()) {
      List<BigInteger> numbers = new ArrayList<>();
      StringBuilder buckets = new StringBuilder();
      for (JsonElement one : vector.getAsJsonObject().getAsJsonArray("messages")) {
        JsonArray message = one.getAsJsonArray();
        String key = message.get(0).getAsString();
        numbers.add(Protocol.viewHash(key, message.get(1).getAsLong(),
            message.get(2).getAsString().getBytes(StandardCharsets.UTF_8)));
        buckets.append(' ').append(Protocol.bucket(key));
      }
      System.out.println(Protocol.total(numbers).digest() + buckets);
    }
  }
}
