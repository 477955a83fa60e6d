package io.freshet.change;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A table as a statement, a mapping or a catalog names it, without quotes. Immutable.
 *
 * <p>Names are compared without regard to case, and a missing schema matches every schema: two
 * different tables may be taken for one (a wider eviction), never one table for two (a stale hit).
 *
 * @param schema the schema, or null where the name was not qualified
 * @param name the table's own name
 */
public record TableName(@Nullable String schema, String name) {

  /**
   * @throws IllegalArgumentException if the name is blank
   */
  public TableName {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a table name must not be blank");
    }
    if (schema != null && schema.isBlank()) {
      schema = null;
    }
  }

  /** An unqualified name, as it stands. */
  public static TableName of(String name) {
    return new TableName(null, name);
  }

  /**
   * Reads {@code table}, {@code schema.table} or {@code catalog.schema.table}, each part optionally
   * in double quotes, backticks or brackets. The catalog is dropped: a statement cannot leave its
   * database in PostgreSQL.
   *
   * @throws IllegalArgumentException if the text holds no name
   */
  public static TableName parse(String text) {
    List<String> parts = split(text.strip());
    String name = parts.get(parts.size() - 1);
    return new TableName(parts.size() > 1 ? parts.get(parts.size() - 2) : null, name);
  }

  /** Whether the two may name one table: the names are equal, and the schemas do not differ. */
  public boolean mayBe(TableName other) {
    return name.equalsIgnoreCase(other.name)
        && (schema == null || other.schema == null || schema.equalsIgnoreCase(other.schema));
  }

  /** The name alone in lower case: what an index over tables is keyed by. */
  public String foldedName() {
    return name.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return schema == null ? name : schema + "." + name;
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    char closing = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (closing != 0) {
        if (c != closing) {
          part.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == closing) {
          part.append(c);
          i++;
        } else {
          closing = 0;
        }
      } else if (c == '"' || c == '`') {
        closing = c;
      } else if (c == '[') {
        closing = ']';
      } else if (c == '.') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }
}
