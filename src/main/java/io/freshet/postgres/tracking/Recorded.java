package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What the comment on publication {@code freshet} holds for Freshet: which columns have to be told
 * of each table, since the write-ahead log tells of all; and what has to be taken back with it. A
 * line of its own, whatever else people write there. Immutable.
 *
 * <pre>{@code
 * {"freshet":1,"created":true,"tables":[
 *   {"s":"public","t":"product","k":["id"],"w":["category_id"],"full":true}]}
 * }</pre>
 *
 * @param created whether Freshet has made the publication
 * @param tables by qualified name as the catalog spells it: the columns of all services together
 * @param full tables that had the default replica identity until Freshet set it to FULL
 */
record Recorded(boolean created, Map<TableName, Columns> tables, Set<TableName> full) {

  private static final Logger LOG = LoggerFactory.getLogger(Recorded.class);

  static final Recorded NOTHING = new Recorded(false, Map.of(), Set.of());

  private static final String LINE_START = "{\"freshet\":";
  private static final int VERSION = 1;

  private static final Comparator<TableName> BY_NAME = Comparator.comparing(TableName::toString);

  private static final JsonFactory JSON = new JsonFactory();

  private static final String COMMENT =
      """
      select pg_catalog.obj_description(p.oid, 'pg_publication')
      from pg_catalog.pg_publication p where p.pubname = 'freshet'""";

  private static final String EXISTING =
      """
      select n.nspname, c.relname
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and c.relpersistence <> 't'""";

  /** What is told of one table. */
  record Columns(Set<String> key, Set<String> watched) {
    Columns {
      key = Set.copyOf(key);
      watched = Set.copyOf(watched);
    }

    Columns and(Columns other) {
      Set<String> keys = new LinkedHashSet<>(key);
      keys.addAll(other.key);
      Set<String> rest = new LinkedHashSet<>(watched);
      rest.addAll(other.watched);
      rest.removeAll(keys);
      return new Columns(keys, rest);
    }
  }

  Recorded {
    tables = Map.copyOf(tables);
    full = Set.copyOf(full);
  }

  /** What the database has; nothing without publication, or where no line is ours. */
  static Recorded read(Connection connection) throws SQLException {
    return parse(comment(connection));
  }

  /** The whole comment; empty without one. */
  static String comment(Connection connection) throws SQLException {
    List<String> comments = Sql.query(connection, COMMENT, row -> Sql.orEmpty(row.getString(1)));
    return comments.isEmpty() ? "" : comments.get(0);
  }

  /** Finds our line. One that cannot be read counts as none: then less is known of the columns. */
  static Recorded parse(String comment) {
    Optional<String> line =
        comment.lines().map(String::strip).filter(one -> one.startsWith(LINE_START)).findFirst();
    if (line.isEmpty()) {
      return NOTHING;
    }
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), line.get())) {
      return parse(json);
    } catch (JacksonException | IllegalArgumentException e) {
      LOG.debug("The comment on publication freshet holds a line that cannot be read", e);
      return NOTHING;
    }
  }

  /** This, and what one more installation wants told. */
  Recorded with(Coverage coverage, Collection<TableName> madeFull) {
    Map<TableName, Columns> all = new LinkedHashMap<>(tables);
    for (Coverage.Table table : coverage.tables()) {
      Columns wanted = new Columns(Set.copyOf(table.key()), Set.copyOf(table.watched()));
      all.merge(table.name(), wanted, Columns::and);
    }
    Set<TableName> allFull = new LinkedHashSet<>(full);
    allFull.addAll(madeFull);
    return new Recorded(created, all, allFull);
  }

  /** This, by a publication that Freshet has made. */
  Recorded withCreated() {
    return new Recorded(true, tables, full);
  }

  /** This without some tables and replica identities. */
  Recorded without(Collection<TableName> gone, Collection<TableName> identities) {
    Map<TableName, Columns> left = new LinkedHashMap<>(tables);
    left.keySet().removeAll(gone);
    Set<TableName> leftFull = new LinkedHashSet<>(full);
    leftFull.removeAll(identities);
    return new Recorded(created, left, leftFull);
  }

  /** This without tables that are no more. */
  Recorded existing(Connection connection) throws SQLException {
    Set<TableName> existing =
        Set.copyOf(
            Sql.query(
                connection, EXISTING, row -> new TableName(row.getString(1), row.getString(2))));
    Map<TableName, Columns> left = new LinkedHashMap<>(tables);
    left.keySet().retainAll(existing);
    Set<TableName> leftFull = new LinkedHashSet<>(full);
    leftFull.retainAll(existing);
    return new Recorded(created, left, leftFull);
  }

  /** The comment with our line replaced or added, and every other line kept. */
  String inComment(String comment) {
    List<String> lines = new ArrayList<>();
    boolean placed = false;
    for (String line : comment.lines().toList()) {
      if (!line.strip().startsWith(LINE_START)) {
        lines.add(line);
      } else if (!placed) {
        lines.add(toLine());
        placed = true;
      }
    }
    if (!placed) {
      lines.add(toLine());
    }
    return String.join("\n", lines);
  }

  /** The comment without our line. */
  static String withoutLine(String comment) {
    return String.join(
        "\n", comment.lines().filter(line -> !line.strip().startsWith(LINE_START)).toList());
  }

  /** The command that writes a comment. */
  static String command(String comment) {
    return "comment on publication freshet is "
        + (comment.isEmpty() ? "null" : Sql.literal(comment));
  }

  /** Sorted, so that what is equal is equal text. */
  String toLine() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeName("freshet").writeNumber(VERSION);
      json.writeName("created").writeBoolean(created);
      json.writeName("tables").writeStartArray();
      Map<TableName, @Nullable Columns> sorted = new TreeMap<>(BY_NAME);
      full.forEach(name -> sorted.put(name, null));
      sorted.putAll(tables);
      sorted.forEach((name, columns) -> write(json, name, columns));
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }

  private void write(JsonGenerator json, TableName name, @Nullable Columns columns) {
    json.writeStartObject();
    json.writeName("s").writeString(Sql.orEmpty(name.schema()));
    json.writeName("t").writeString(name.name());
    if (columns != null) {
      write(json, "k", columns.key());
      write(json, "w", columns.watched());
    }
    if (full.contains(name)) {
      json.writeName("full").writeBoolean(true);
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String field, Set<String> names) {
    json.writeName(field).writeStartArray();
    new TreeSet<>(names).forEach(json::writeString);
    json.writeEndArray();
  }

  private static Recorded parse(JsonParser json) {
    boolean created = false;
    Map<TableName, Columns> tables = new LinkedHashMap<>();
    Set<TableName> full = new LinkedHashSet<>();
    json.nextToken();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      switch (field) {
        case "freshet" -> {
          if (json.getIntValue() != VERSION) {
            throw new IllegalArgumentException("version " + json.getIntValue());
          }
        }
        case "created" -> created = value == JsonToken.VALUE_TRUE;
        case "tables" -> {
          while (json.nextToken() == JsonToken.START_OBJECT) {
            parseTable(json, tables, full);
          }
        }
        default -> json.skipChildren();
      }
    }
    return new Recorded(created, tables, full);
  }

  private static void parseTable(
      JsonParser json, Map<TableName, Columns> tables, Set<TableName> full) {
    String schema = "";
    String table = "";
    Set<String> key = null;
    Set<String> watched = Set.of();
    boolean isFull = false;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      switch (field) {
        case "s" -> schema = json.getString();
        case "t" -> table = json.getString();
        case "k" -> key = names(json);
        case "w" -> watched = names(json);
        case "full" -> isFull = value == JsonToken.VALUE_TRUE;
        default -> json.skipChildren();
      }
    }
    TableName name = new TableName(schema, table);
    if (key != null) {
      tables.put(name, new Columns(key, watched));
    }
    if (isFull) {
      full.add(name);
    }
  }

  private static Set<String> names(JsonParser json) {
    Set<String> names = new LinkedHashSet<>();
    while (json.nextToken() == JsonToken.VALUE_STRING) {
      names.add(json.getString());
    }
    return names;
  }
}
