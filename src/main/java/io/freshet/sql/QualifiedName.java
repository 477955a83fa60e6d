package io.freshet.sql;

import io.freshet.change.TableName;
import org.jspecify.annotations.Nullable;

/**
 * A name as it stands in a text, with its qualification.
 *
 * @param table the last part with the one before it as schema
 * @param start the first token
 * @param last the token of the name itself
 */
record QualifiedName(TableName table, int start, int last) {

  /** The name that starts at this token, or null where none does or its meaning is uncertain. */
  static @Nullable QualifiedName read(Tokens tokens, int start) {
    String schema = null;
    int at = start;
    String name = tokens.at(at).name();
    while (name != null && tokens.isSymbol(at + 1, ".") && tokens.at(at + 2).isIdentifier()) {
      schema = name;
      at += 2;
      name = tokens.at(at).name();
    }
    return name == null ? null : new QualifiedName(new TableName(schema, name), start, at);
  }

  /** The position after the name and after PostgreSQL's {@code *}, "with its descendants". */
  int end(Tokens tokens) {
    return tokens.isSymbol(last + 1, "*") ? last + 2 : last + 1;
  }
}
