package io.freshet.cli;

import io.freshet.change.TableName;
import java.util.regex.Pattern;

/** Text for SQL commands that people read and run. Stateless. */
final class SqlText {

  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

  private SqlText() {}

  static String literal(String text) {
    String quoted = "'" + text.replace("'", "''") + "'";
    return text.contains("\\") ? "e" + quoted.replace("\\", "\\\\") : quoted;
  }

  static String identifier(String name) {
    return PLAIN.matcher(name).matches() ? name : "\"" + name.replace("\"", "\"\"") + "\"";
  }

  static String qualified(TableName name) {
    String schema = name.schema();
    return schema == null
        ? identifier(name.name())
        : identifier(schema) + "." + identifier(name.name());
  }
}
