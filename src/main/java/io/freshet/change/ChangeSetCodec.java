package io.freshet.change;

import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Change sets as compact JSON, the form in which feeds and buses carry them. Stateless and
 * thread-safe.
 *
 * <pre>{@code
 * {"v":1,"c":[
 *   {"t":"product","s":"public","o":"U","b":{"id":42},"a":{},"k":["price"]},
 *   {"t":"stock","o":"*"},
 *   {"u":"function public.f runs SQL text that it builds itself"}]}
 * }</pre>
 *
 * <p>{@code v} is the version, {@code c} the changes in commit order. {@code t} and {@code s} are
 * the table's name and schema, {@code o} the operation: {@code I}, {@code U}, {@code D}, {@code T}
 * (truncate) or {@code *} (any). A {@link RowChange} has {@code b} (before) or {@code a} (after), a
 * {@link TableChange} neither. {@code k} lists the columns that may differ, {@code e} those that
 * surely do not; without either, any may. {@code u} is the reason of an {@link UnknownChange}.
 * Fields that are not listed here are skipped.
 *
 * <p>Null, booleans, numbers and strings keep their JSON types; integers come back as {@code Long}
 * or {@code BigInteger}, other numbers as {@code BigDecimal}. Values of any other type come back as
 * the text that PostgreSQL prints for them.
 */
public final class ChangeSetCodec {

  /** The version that is written, and the only one that is read. */
  public static final int VERSION = 1;

  /** Longer numbers travel as text: a parser on the other side may refuse them as numbers. */
  private static final int MAX_NUMBER_LENGTH = 100;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private ChangeSetCodec() {}

  /** The change set as JSON on one line. */
  public static String encode(ChangeSet changes) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      write(json, changes);
    }
    return text.toString();
  }

  /** Writes the change set as an object, such as a part of a greater message. */
  public static void write(JsonGenerator json, ChangeSet changes) {
    json.writeStartObject();
    json.writeName("v").writeNumber(VERSION);
    json.writeName("c").writeStartArray();
    for (Change change : changes.changes()) {
      json.writeStartObject();
      write(json, change);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /**
   * Reads what {@link #encode} wrote, here or in a later release that still writes version 1.
   *
   * @throws MalformedChangeSetException if the text is not such a change set; the message says what
   *     is wrong and where
   */
  public static ChangeSet decode(String text) throws MalformedChangeSetException {
    return ChangeSetReader.read(JSON, text);
  }

  /**
   * Reads the object that the parser has come to, up to its end.
   *
   * @throws MalformedChangeSetException as {@link #decode} does
   */
  public static ChangeSet read(JsonParser json) throws MalformedChangeSetException {
    return ChangeSetReader.read(json);
  }

  /** The one letter that stands for an operation. */
  static String code(Operation operation) {
    return switch (operation) {
      case INSERT -> "I";
      case UPDATE -> "U";
      case DELETE -> "D";
      case TRUNCATE -> "T";
      case ANY -> "*";
    };
  }

  private static void write(JsonGenerator json, Change change) {
    if (change instanceof UnknownChange unknown) {
      json.writeName("u").writeString(unknown.reason());
    } else if (change instanceof TableChange table) {
      writeHead(json, table.table(), table.operation());
      writeColumns(json, table.changed());
    } else if (change instanceof RowChange row) {
      writeHead(json, row.table(), row.operation());
      // one of the two is always there: it tells a row of which nothing is known from a table
      if (!row.before().values().isEmpty() || row.after().values().isEmpty()) {
        writeValues(json, "b", row.before());
      }
      if (!row.after().values().isEmpty()) {
        writeValues(json, "a", row.after());
      }
      writeColumns(json, row.changed());
    }
  }

  private static void writeHead(JsonGenerator json, TableName table, Operation operation) {
    json.writeName("t").writeString(table.name());
    if (table.schema() != null) {
      json.writeName("s").writeString(table.schema());
    }
    json.writeName("o").writeString(code(operation));
  }

  private static void writeColumns(JsonGenerator json, ColumnSet columns) {
    if (columns.equals(ColumnSet.ALL)) {
      return;
    }
    json.writeName(columns.all() ? "e" : "k").writeStartArray();
    // sorted, so that equal change sets are equal text
    for (String column : new TreeSet<>(columns.names())) {
      json.writeString(column);
    }
    json.writeEndArray();
  }

  private static void writeValues(JsonGenerator json, String field, RowValues row) {
    json.writeName(field).writeStartObject();
    row.values()
        .forEach(
            (column, value) -> {
              json.writeName(column);
              writeValue(json, value);
            });
    json.writeEndObject();
  }

  private static void writeValue(JsonGenerator json, @Nullable Object value) {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Number number && isJsonNumber(number)) {
      json.writeNumber(number.toString());
    } else {
      json.writeString(PostgresText.of(value));
    }
  }

  private static boolean isJsonNumber(Number number) {
    if (number instanceof Double || number instanceof Float) {
      return Double.isFinite(number.doubleValue());
    }
    boolean known =
        number instanceof Long
            || number instanceof Integer
            || number instanceof Short
            || number instanceof Byte
            || number instanceof BigInteger
            || number instanceof BigDecimal;
    return known && number.toString().length() <= MAX_NUMBER_LENGTH;
  }
}
