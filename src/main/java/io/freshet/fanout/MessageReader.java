package io.freshet.fanout;

import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.LogPosition;
import io.freshet.change.MalformedChangeSetException;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.fanout.Content.Notes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/** Reads one message of a bus from its JSON. Used once, by one thread. */
final class MessageReader {

  private final JsonParser json;

  private MessageReader(JsonParser json) {
    this.json = json;
  }

  /** What reads an object's fields, one at a time: the parser is at the value. */
  @FunctionalInterface
  private interface Field {
    void read(String name) throws UnreadableMessageException, MalformedChangeSetException;
  }

  /** What reads a whole message. */
  @FunctionalInterface
  private interface Whole<T> {
    T read(MessageReader reader) throws UnreadableMessageException, MalformedChangeSetException;
  }

  static StreamMessage message(byte[] bytes) throws UnreadableMessageException {
    return read(bytes, MessageReader::message);
  }

  static Request request(byte[] bytes) throws UnreadableMessageException {
    return read(bytes, MessageReader::request);
  }

  private static <T> T read(byte[] bytes, Whole<T> whole) throws UnreadableMessageException {
    try (JsonParser json = StreamCodec.JSON.createParser(ObjectReadContext.empty(), bytes)) {
      json.nextToken();
      T read = whole.read(new MessageReader(json));
      if (json.nextToken() != null) {
        throw new UnreadableMessageException("more text after the message", null);
      }
      return read;
    } catch (JacksonException e) {
      throw new UnreadableMessageException("not JSON: " + e.getOriginalMessage(), e);
    } catch (MalformedChangeSetException | IllegalArgumentException | NullPointerException e) {
      throw new UnreadableMessageException(String.valueOf(e.getMessage()), e);
    }
  }

  private StreamMessage message() throws UnreadableMessageException, MalformedChangeSetException {
    Parts parts = new Parts();
    object(
        "a message",
        name -> {
          switch (name) {
            case "v" -> parts.version = version();
            case "s" -> parts.source = text();
            case "e" -> parts.epoch = number();
            case "q" -> parts.sequence = number();
            case "d" -> parts.description = Optional.of(description());
            case "x" -> parts.reset = Optional.of(text());
            case "w" -> parts.waiting = Optional.of(text());
            case "c" -> parts.changes = ChangeSetCodec.read(json);
            case "a" -> parts.answers = numbers();
            case "n" -> parts.announced = numbers();
            case "p" -> parts.position = Optional.of(position());
            case "g" -> parts.goodbye = json.currentToken() == JsonToken.VALUE_TRUE;
            default -> json.skipChildren();
          }
        });
    needed(parts.version, "the version \"v\"");
    return new StreamMessage(
        new StreamId(needed(parts.source, "the source \"s\""), needed(parts.epoch, "\"e\"")),
        needed(parts.sequence, "the sequence \"q\""),
        new Content(
            parts.description,
            new Notes(parts.reset, parts.waiting, parts.position, parts.goodbye),
            parts.changes,
            parts.answers,
            parts.announced));
  }

  private Request request() throws UnreadableMessageException, MalformedChangeSetException {
    Parts parts = new Parts();
    boolean[] describes = new boolean[1];
    object(
        "a request",
        name -> {
          switch (name) {
            case "v" -> parts.version = version();
            case "n" -> parts.source = text();
            case "r" -> parts.sequence = number();
            case "d" -> describes[0] = json.currentToken() == JsonToken.VALUE_TRUE;
            case "c" -> parts.changes = ChangeSetCodec.read(json);
            default -> json.skipChildren();
          }
        });
    needed(parts.version, "the version \"v\"");
    return new Request(
        needed(parts.source, "the node \"n\""),
        needed(parts.sequence, "the number \"r\""),
        describes[0],
        parts.changes);
  }

  private Description description() throws UnreadableMessageException, MalformedChangeSetException {
    Parts parts = new Parts();
    List<TrackedTable> tables = new ArrayList<>();
    Description.Kind[] kind = new Description.Kind[1];
    @Nullable String[] database = new @Nullable String[1];
    object(
        "a description",
        name -> {
          switch (name) {
            case "k" -> kind[0] = Description.Kind.of(text());
            case "b" -> database[0] = text();
            case "f" -> parts.position = Optional.of(position());
            case "g" -> parts.source = text();
            case "t" -> tables.addAll(tables());
            default -> json.skipChildren();
          }
        });
    return new Description(
        needed(kind[0], "the kind \"k\""),
        needed(database[0], "the database \"b\""),
        parts.position,
        needed(parts.source, "the signature \"g\""),
        tables);
  }

  private List<TrackedTable> tables()
      throws UnreadableMessageException, MalformedChangeSetException {
    expect(JsonToken.START_ARRAY, "tables");
    List<TrackedTable> tables = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      tables.add(table());
    }
    return tables;
  }

  private TrackedTable table() throws UnreadableMessageException, MalformedChangeSetException {
    @Nullable String[] names = new @Nullable String[2];
    Set<String> key = new HashSet<>();
    Set<String> watched = new HashSet<>();
    object(
        "a table",
        name -> {
          switch (name) {
            case "s" -> names[0] = text();
            case "t" -> names[1] = text();
            case "k" -> key.addAll(texts());
            case "w" -> watched.addAll(texts());
            default -> json.skipChildren();
          }
        });
    return new TrackedTable(
        new TableName(names[0], needed(names[1], "a table's name")), key, watched);
  }

  private LogPosition position() throws UnreadableMessageException, MalformedChangeSetException {
    Parts parts = new Parts();
    object(
        "a position",
        name -> {
          switch (name) {
            case "h" -> parts.source = text();
            case "o" -> parts.sequence = number();
            default -> json.skipChildren();
          }
        });
    return new LogPosition(
        needed(parts.source, "the history \"h\""), needed(parts.sequence, "the offset \"o\""));
  }

  private Map<String, Long> numbers()
      throws UnreadableMessageException, MalformedChangeSetException {
    Map<String, Long> numbers = new HashMap<>();
    object("numbers by name", name -> numbers.put(name, number()));
    return numbers;
  }

  private void object(String what, Field field)
      throws UnreadableMessageException, MalformedChangeSetException {
    expect(JsonToken.START_OBJECT, what);
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      json.nextToken();
      field.read(name);
    }
  }

  private List<String> texts() throws UnreadableMessageException {
    expect(JsonToken.START_ARRAY, "columns");
    List<String> texts = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      texts.add(text());
    }
    return texts;
  }

  private long version() throws UnreadableMessageException {
    long version = number();
    if (version != StreamCodec.VERSION) {
      throw new UnreadableMessageException(
          "version %d, but only %d is known".formatted(version, StreamCodec.VERSION), null);
    }
    return version;
  }

  private String text() throws UnreadableMessageException {
    expect(JsonToken.VALUE_STRING, "a text");
    return json.getString();
  }

  private long number() throws UnreadableMessageException {
    expect(JsonToken.VALUE_NUMBER_INT, "a number");
    return json.getLongValue();
  }

  private void expect(JsonToken token, String what) throws UnreadableMessageException {
    if (json.currentToken() != token) {
      throw new UnreadableMessageException(
          "%s was expected where %s is".formatted(what, json.currentToken()), null);
    }
  }

  private static <T> T needed(@Nullable T value, String what) {
    return Objects.requireNonNull(value, what + " is missing");
  }

  /** What was read so far. */
  private static final class Parts {
    @Nullable Long version;
    @Nullable String source;
    @Nullable Long epoch;
    @Nullable Long sequence;
    Optional<Description> description = Optional.empty();
    Optional<String> reset = Optional.empty();
    Optional<String> waiting = Optional.empty();
    ChangeSet changes = ChangeSet.EMPTY;
    Map<String, Long> answers = Map.of();
    Map<String, Long> announced = Map.of();
    Optional<LogPosition> position = Optional.empty();
    boolean goodbye;
  }
}
