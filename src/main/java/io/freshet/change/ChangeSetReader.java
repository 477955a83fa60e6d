package io.freshet.change;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** Reads one change set from its JSON. Used once, by one thread. */
final class ChangeSetReader {

  private final JsonParser json;

  private ChangeSetReader(JsonParser json) {
    this.json = json;
  }

  static ChangeSet read(JsonFactory factory, String text) throws MalformedChangeSetException {
    try (JsonParser json = factory.createParser(ObjectReadContext.empty(), text)) {
      json.nextToken();
      ChangeSetReader reader = new ChangeSetReader(json);
      ChangeSet changes = reader.changeSet();
      if (json.nextToken() != null) {
        throw reader.malformed("more text after the change set");
      }
      return changes;
    } catch (JacksonException e) {
      throw new MalformedChangeSetException(
          "not JSON: " + e.getOriginalMessage() + where(e.getLocation()), e);
    }
  }

  /** Reads the object that the parser has come to. */
  static ChangeSet read(JsonParser json) throws MalformedChangeSetException {
    return new ChangeSetReader(json).changeSet();
  }

  private ChangeSet changeSet() throws MalformedChangeSetException {
    expect(JsonToken.START_OBJECT, "a change set");
    boolean versioned = false;
    List<Change> changes = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "v" -> {
          expect(JsonToken.VALUE_NUMBER_INT, "the version \"v\"");
          if (!json.getString().equals(Integer.toString(ChangeSetCodec.VERSION))) {
            throw malformed(
                "version "
                    + json.getString()
                    + ", but only "
                    + ChangeSetCodec.VERSION
                    + " is known");
          }
          versioned = true;
        }
        case "c" -> changes = changes();
        default -> json.skipChildren();
      }
    }
    if (!versioned) {
      throw malformed("the version \"v\" is missing");
    }
    if (changes == null) {
      throw malformed("the changes \"c\" are missing");
    }
    return new ChangeSet(changes);
  }

  private List<Change> changes() throws MalformedChangeSetException {
    expect(JsonToken.START_ARRAY, "the changes \"c\"");
    List<Change> changes = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      changes.add(change());
    }
    return changes;
  }

  private Change change() throws MalformedChangeSetException {
    expect(JsonToken.START_OBJECT, "a change");
    Fields fields = new Fields();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "t" -> fields.table = string("the table \"t\"");
        case "s" -> fields.schema = string("the schema \"s\"");
        case "o" -> fields.operation = operation();
        case "b" -> fields.before = values("the old row \"b\"");
        case "a" -> fields.after = values("the new row \"a\"");
        case "k" -> fields.changed = ColumnSet.of(columns("the columns \"k\""));
        case "e" -> fields.changed = ColumnSet.allExcept(columns("the columns \"e\""));
        case "u" -> fields.unknown = string("the reason \"u\"");
        default -> json.skipChildren();
      }
    }
    return build(fields);
  }

  private Change build(Fields fields) throws MalformedChangeSetException {
    if (fields.unknown != null) {
      return new UnknownChange(fields.unknown);
    }
    if (fields.table == null) {
      throw malformed("a change has neither a table \"t\" nor a reason \"u\"");
    }
    if (fields.operation == null) {
      throw malformed("the change of " + fields.table + " has no operation \"o\"");
    }
    try {
      TableName table = new TableName(fields.schema, fields.table);
      if (fields.before == null && fields.after == null) {
        return new TableChange(table, fields.operation, fields.changed);
      }
      RowValues before = fields.before == null ? RowValues.UNKNOWN : fields.before;
      RowValues after = fields.after == null ? RowValues.UNKNOWN : fields.after;
      return new RowChange(table, fields.operation, before, after, fields.changed);
    } catch (IllegalArgumentException e) {
      throw new MalformedChangeSetException(e.getMessage() + here(), e);
    }
  }

  private Operation operation() throws MalformedChangeSetException {
    String code = string("the operation \"o\"");
    for (Operation operation : Operation.values()) {
      if (ChangeSetCodec.code(operation).equals(code)) {
        return operation;
      }
    }
    throw malformed("the operation \"" + code + "\" is none of I, U, D, T, *");
  }

  private List<String> columns(String what) throws MalformedChangeSetException {
    expect(JsonToken.START_ARRAY, what);
    List<String> columns = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      columns.add(string("one of " + what));
    }
    return columns;
  }

  private RowValues values(String what) throws MalformedChangeSetException {
    expect(JsonToken.START_OBJECT, what);
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String column = json.currentName();
      json.nextToken();
      values.put(column, value(column));
    }
    return new RowValues(values);
  }

  private @Nullable Object value(String column) throws MalformedChangeSetException {
    return switch (json.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_STRING -> json.getString();
      case VALUE_NUMBER_INT ->
          json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? (Object) json.getBigIntegerValue()
              : (Object) json.getLongValue();
      case VALUE_NUMBER_FLOAT -> json.getDecimalValue();
      default -> throw malformed("the value of column " + column + " is an object or array");
    };
  }

  private String string(String what) throws MalformedChangeSetException {
    expect(JsonToken.VALUE_STRING, what);
    return json.getString();
  }

  private void expect(JsonToken expected, String what) throws MalformedChangeSetException {
    JsonToken found = json.currentToken();
    if (found != expected) {
      throw malformed(what + " should be " + name(expected) + ", but is " + name(found));
    }
  }

  private static String name(@Nullable JsonToken token) {
    if (token == null) {
      return "missing";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "an integer";
      case VALUE_NUMBER_FLOAT -> "a decimal number";
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      default -> token.name();
    };
  }

  private MalformedChangeSetException malformed(String what) {
    return new MalformedChangeSetException(what + here());
  }

  private String here() {
    return where(json.currentTokenLocation());
  }

  private static String where(@Nullable TokenStreamLocation location) {
    return location == null
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }

  /** What was read of one change so far. */
  private static final class Fields {
    @Nullable String table;
    @Nullable String schema;
    @Nullable Operation operation;
    @Nullable RowValues before;
    @Nullable RowValues after;
    @Nullable String unknown;
    ColumnSet changed = ColumnSet.ALL;
  }
}
