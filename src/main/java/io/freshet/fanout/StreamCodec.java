package io.freshet.fanout;

import io.freshet.change.ChangeSetCodec;
import io.freshet.change.LogPosition;
import io.freshet.change.TrackedTable;
import java.io.ByteArrayOutputStream;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The messages of a bus as compact JSON in UTF-8. Stateless and thread-safe.
 *
 * <pre>{@code
 * {"v":1,"s":"relay-7f3a","e":1700000000000000,"q":17,
 *  "d":{"k":"wal","b":"7312/5","f":{"h":"7312/1","o":5},"g":"12 99","t":[{"s":"public","t":"product","k":["id"],"w":[]}]},
 *  "x":"why everything is suspect", "w":"why nothing can be told at the moment",
 *  "c":{...}, "a":{"node-51c0":4}, "n":{"node-51c0":3}, "p":{"h":"7312/1","o":9}, "g":true}
 *
 * {"v":1,"n":"node-51c0","r":4,"d":true,"c":{...}}
 * }</pre>
 *
 * <p>The first is a message of a stream: source {@code s}, epoch {@code e} and sequence {@code q},
 * then the parts of {@link Content} in its order, each left out where there is nothing to say. The
 * second is a request. {@code c} is what {@link ChangeSetCodec} writes. Fields that are not listed
 * here are skipped; a version {@code v} other than 1 is not read.
 *
 * <p>Messages hold the values of key columns and of watched columns, and no others.
 */
public final class StreamCodec {

  /** The version that is written, and the only one that is read. */
  public static final int VERSION = 1;

  /**
   * The most bytes of a message, but for one that describes a source with thousands of tables. What
   * is more is split: brokers take far more, but one message should not hold up those behind it.
   */
  public static final int MOST_BYTES = 256 * 1024;

  static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private StreamCodec() {}

  /** The message as a bus carries it. */
  public static byte[] encode(StreamMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = generator(bytes)) {
      Content content = message.content();
      json.writeStartObject();
      json.writeName("v").writeNumber(VERSION);
      json.writeName("s").writeString(message.stream().source());
      json.writeName("e").writeNumber(message.stream().epoch());
      json.writeName("q").writeNumber(message.sequence());
      content.description().ifPresent(description -> write(json, description));
      content.notes().reset().ifPresent(reason -> json.writeName("x").writeString(reason));
      content.notes().waiting().ifPresent(reason -> json.writeName("w").writeString(reason));
      if (!content.changes().isEmpty()) {
        json.writeName("c");
        ChangeSetCodec.write(json, content.changes());
      }
      write(json, "a", content.answers());
      write(json, "n", content.announced());
      content.notes().position().ifPresent(position -> write(json, "p", position));
      if (content.notes().goodbye()) {
        json.writeName("g").writeBoolean(true);
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /** The request as a bus carries it. */
  public static byte[] encode(Request request) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = generator(bytes)) {
      json.writeStartObject();
      json.writeName("v").writeNumber(VERSION);
      json.writeName("n").writeString(request.node());
      json.writeName("r").writeNumber(request.number());
      if (request.describes()) {
        json.writeName("d").writeBoolean(true);
      }
      if (!request.announced().isEmpty()) {
        json.writeName("c");
        ChangeSetCodec.write(json, request.announced());
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /**
   * Reads a message of a stream.
   *
   * @throws UnreadableMessageException if it is none, or one of another version; says what is wrong
   */
  public static StreamMessage decode(byte[] message) throws UnreadableMessageException {
    return MessageReader.message(message);
  }

  /**
   * Reads a request.
   *
   * @throws UnreadableMessageException if it is none, or one of another version; says what is wrong
   */
  public static Request decodeRequest(byte[] message) throws UnreadableMessageException {
    return MessageReader.request(message);
  }

  private static JsonGenerator generator(ByteArrayOutputStream bytes) {
    return JSON.createGenerator(ObjectWriteContext.empty(), bytes, JsonEncoding.UTF8);
  }

  private static void write(JsonGenerator json, Description description) {
    json.writeName("d").writeStartObject();
    json.writeName("k").writeString(description.kind().code());
    json.writeName("b").writeString(description.database());
    description.from().ifPresent(from -> write(json, "f", from));
    json.writeName("g").writeString(description.signature());
    json.writeName("t").writeStartArray();
    for (TrackedTable table : description.tables()) {
      json.writeStartObject();
      @Nullable String schema = table.table().schema();
      if (schema != null) {
        json.writeName("s").writeString(schema);
      }
      json.writeName("t").writeString(table.table().name());
      write(json, "k", table.key());
      write(json, "w", table.watched());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, LogPosition position) {
    json.writeName(name).writeStartObject();
    json.writeName("h").writeString(position.history());
    json.writeName("o").writeNumber(position.offset());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, Map<String, Long> numbers) {
    if (numbers.isEmpty()) {
      return;
    }
    json.writeName(name).writeStartObject();
    // sorted, so that equal messages are equal text
    new TreeMap<>(numbers).forEach((node, number) -> json.writeName(node).writeNumber(number));
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, Collection<String> texts) {
    json.writeName(name).writeStartArray();
    new TreeSet<>(texts).forEach(json::writeString);
    json.writeEndArray();
  }
}
