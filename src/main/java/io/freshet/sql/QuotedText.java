package io.freshet.sql;

import org.jspecify.annotations.Nullable;

/**
 * Reads what stands in quotes: strings with their prefixes, dollar-quoted strings, identifiers in
 * double quotes and backticks.
 */
final class QuotedText {

  private final String sql;

  QuotedText(String sql) {
    this.sql = sql;
  }

  /**
   * @param end the position after it
   * @param identifier an identifier, otherwise a string
   * @param value the text without quotes; null where it depends on escapes or is no character
   *     string
   * @param defect why it cannot be read, or null
   */
  record Part(int end, boolean identifier, @Nullable String value, @Nullable String defect) {

    static Part broken(String defect) {
      return new Part(0, false, null, defect);
    }
  }

  /** The quoted text that starts here, prefix included; null where none does. */
  @Nullable Part read(int at) {
    char c = sql.charAt(at);
    if (c == '\'') {
      return string(at, false, true);
    }
    if (c == '"' || c == '`') {
      return identifier(at, c);
    }
    if (c == '$') {
      return dollar(at);
    }
    if ("eE".indexOf(c) >= 0 && charAt(at + 1) == '\'') {
      return string(at + 1, true, true);
    }
    if ("nNbBxX".indexOf(c) >= 0 && charAt(at + 1) == '\'') {
      return string(at + 1, false, false);
    }
    if ("uU".indexOf(c) >= 0 && charAt(at + 1) == '&') {
      return unicode(at);
    }
    return null;
  }

  private @Nullable Part unicode(int at) {
    if (charAt(at + 2) == '\'') {
      return string(at + 2, false, true);
    }
    if (charAt(at + 2) != '"') {
      return null;
    }
    Part part = identifier(at + 2, '"');
    return part.value() != null && part.value().indexOf('\\') >= 0
        ? Part.broken("an identifier written in Unicode escapes")
        : part;
  }

  private Part string(int open, boolean backslashEscapes, boolean plain) {
    boolean simple = plain;
    int i = open + 1;
    while (i < sql.length()) {
      char c = sql.charAt(i);
      if (c == '\\') {
        // a backslash means itself to one database and an escape to another: no plain value
        simple = false;
        i += backslashEscapes ? 2 : 1;
      } else if (c != '\'') {
        i++;
      } else if (charAt(i + 1) == '\'') {
        i += 2;
      } else {
        String value = simple ? sql.substring(open + 1, i).replace("''", "'") : null;
        return new Part(i + 1, false, value, null);
      }
    }
    return Part.broken("an unterminated string");
  }

  private Part identifier(int open, char quote) {
    int i = open + 1;
    while (i < sql.length()) {
      if (sql.charAt(i) != quote) {
        i++;
      } else if (charAt(i + 1) == quote) {
        i += 2;
      } else {
        String one = String.valueOf(quote);
        return new Part(i + 1, true, sql.substring(open + 1, i).replace(one + one, one), null);
      }
    }
    return Part.broken("an unterminated identifier");
  }

  private @Nullable Part dollar(int at) {
    int i = at + 1;
    if (Lexer.isIdentifierStart(charAt(i))) {
      while (Lexer.isIdentifierPart(charAt(i)) && charAt(i) != '$') {
        i++;
      }
    }
    if (charAt(i) != '$') {
      return null;
    }
    String tag = sql.substring(at, i + 1);
    int close = sql.indexOf(tag, i + 1);
    return close < 0
        ? Part.broken("an unterminated dollar-quoted string")
        : new Part(close + tag.length(), false, sql.substring(i + 1, close), null);
  }

  private char charAt(int index) {
    return index < sql.length() ? sql.charAt(index) : '\0';
  }
}
