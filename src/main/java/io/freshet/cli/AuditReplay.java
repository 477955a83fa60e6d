package io.freshet.cli;

import io.freshet.postgres.feed.FeedTarget;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/** Asks the database again for the rows of earlier reports. For one thread. */
final class AuditReplay {

  private static final String COLUMN_TYPE =
      """
      select pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod)
      from pg_catalog.pg_attribute a
      where a.attrelid = ?::bigint::oid and a.attnum > 0 and not a.attisdropped
        and pg_catalog.lower(a.attname) = pg_catalog.lower(?)""";

  private final Shell shell;
  private final boolean json;

  /** What the database says of a row now. */
  enum Verdict {
    AS_CACHED("equals what was cached"),
    AS_DATABASE("equals what the database held"),
    OTHER("is something else by now"),
    GONE("is gone");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }
  }

  /**
   * A value that differed.
   *
   * @param column the column, as the report wrote it
   */
  private record Difference(String column, @Nullable String cached, @Nullable String database) {}

  private record Row(String table, Map<String, String> key, List<Difference> differences) {
    String text() {
      return table
          + key.entrySet().stream()
              .map(one -> "  " + one.getKey() + "=" + one.getValue())
              .collect(Collectors.joining());
    }
  }

  private record Column(String quoted, String type) {}

  AuditReplay(Shell shell, boolean json) {
    this.shell = shell;
    this.json = json;
  }

  int run(Path file, FeedTarget target) throws CliException {
    List<Row> rows = parse(lines(file));
    int cached =
        ConnectionOptions.connected(
            target,
            connection -> {
              int stale = 0;
              for (Row row : rows) {
                Verdict verdict = verdict(connection, row);
                stale += verdict == Verdict.AS_CACHED ? 1 : 0;
                report(row, verdict);
              }
              return stale;
            });
    if (!json) {
      shell.print(
          "%d row(s) asked for again, %d equal(s) what was cached".formatted(rows.size(), cached));
    }
    return cached < rows.size() ? ExitCode.FOUND : ExitCode.OK;
  }

  private static List<String> lines(Path file) throws CliException {
    try {
      return file.toString().equals("-")
          ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()
          : Files.readAllLines(file);
    } catch (IOException e) {
      throw new CliException(ExitCode.USAGE, "--keys %s cannot be read: %s".formatted(file, e), e);
    }
  }

  /** All lines before anything is asked: half an answer would be mistaken for a whole one. */
  private static List<Row> parse(List<String> lines) throws CliException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      try {
        Map<String, @Nullable Object> object = Json.object(lines.get(i));
        if (object.containsKey("stale") || object.containsKey("unproven")) {
          for (String sort : List.of("stale", "unproven")) {
            for (Map<?, ?> finding : AuditText.findings(object, sort)) {
              if (finding.containsKey("table")) {
                rows.add(row(finding)); // collections and queries have no row of their own
              }
            }
          }
        } else {
          rows.add(row(object));
        }
      } catch (CliException e) {
        throw new CliException(
            ExitCode.USAGE, "--keys, line %d: %s".formatted(i + 1, e.getMessage()), e);
      }
    }
    return rows;
  }

  private static Row row(Map<?, ?> finding) throws CliException {
    if (!(finding.get("table") instanceof String table)
        || !(finding.get("row") instanceof Map<?, ?> key)
        || key.isEmpty()) {
      throw CliException.usage(
          "a row has a \"table\", and the columns of its key with their values as \"row\"");
    }
    Map<String, String> columns = new LinkedHashMap<>();
    key.forEach((column, value) -> columns.put(String.valueOf(column), String.valueOf(value)));
    List<Difference> differences = new ArrayList<>();
    for (Map<?, ?> one : AuditText.maps(finding.get("differences"))) {
      if (!(one.get("column") instanceof String column)) {
        throw CliException.usage("a difference has a \"column\", \"cached\" and \"database\"");
      }
      differences.add(
          new Difference(column, orNull(one.get("cached")), orNull(one.get("database"))));
    }
    return new Row(table, columns, differences);
  }

  private static @Nullable String orNull(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static Verdict verdict(Connection connection, Row row) throws SQLException, CliException {
    Tables.Found table = Tables.find(connection, row.table);
    List<String> conditions = new ArrayList<>();
    List<Object> parameters = new ArrayList<>();
    for (Map.Entry<String, String> one : row.key.entrySet()) {
      Column column = column(connection, table, one.getKey());
      conditions.add("%s = cast(? as %s)".formatted(column.quoted, column.type));
      parameters.add(one.getValue());
    }
    String where =
        " from %s where %s"
            .formatted(SqlText.qualified(table.name()), String.join(" and ", conditions));
    if (Query.list(connection, "select 1" + where, found -> 1, parameters.toArray()).isEmpty()) {
      return Verdict.GONE;
    }
    if (equal(connection, table, row, true, where, parameters)) {
      return Verdict.AS_CACHED;
    }
    return equal(connection, table, row, false, where, parameters)
        ? Verdict.AS_DATABASE
        : Verdict.OTHER;
  }

  /** Whether the database takes all the texts for the values it holds. */
  private static boolean equal(
      Connection connection,
      Tables.Found table,
      Row row,
      boolean cached,
      String where,
      List<Object> key)
      throws SQLException, CliException {
    for (Difference one : row.differences) {
      if (row.key.containsKey(one.column)) {
        // the row itself was not there, or was: what differed is that
        if ((cached ? one.cached : one.database) == null) {
          return false;
        }
        continue;
      }
      Column column = column(connection, table, one.column);
      List<Object> parameters = new ArrayList<>();
      String text = cached ? one.cached : one.database;
      if (text != null) {
        parameters.add(text);
      }
      parameters.addAll(key);
      String comparison =
          text == null
              ? "%s is null".formatted(column.quoted)
              : "%s is not distinct from cast(? as %s)".formatted(column.quoted, column.type);
      if (!Query.truth(connection, "select " + comparison + where, parameters.toArray())) {
        return false;
      }
    }
    return true;
  }

  private static Column column(Connection connection, Tables.Found table, String name)
      throws SQLException, CliException {
    String bare = name.replace("\"", "").replace("`", "");
    List<Column> found =
        Query.list(
            connection,
            COLUMN_TYPE,
            row ->
                new Column(
                    Objects.requireNonNull(row.getString(1)),
                    Objects.requireNonNull(row.getString(2))),
            table.oid(),
            bare);
    if (found.isEmpty()) {
      throw CliException.usage("table %s has no column %s".formatted(table.name(), name));
    }
    return found.get(0);
  }

  private void report(Row row, Verdict verdict) {
    if (!json) {
      shell.print(Visible.text("%s: the row %s".formatted(row.text(), verdict.text)));
      return;
    }
    StringWriter line = new StringWriter();
    try (JsonGenerator out = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), line)) {
      out.writeStartObject();
      out.writeName("table").writeString(row.table);
      out.writeName("row").writeStartObject();
      row.key.forEach((column, value) -> out.writeName(column).writeString(value));
      out.writeEndObject();
      out.writeName("now").writeString(ExitCode.typed(verdict));
      out.writeEndObject();
    }
    shell.print(line.toString());
  }
}
