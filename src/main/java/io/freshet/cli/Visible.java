package io.freshet.cli;

import org.jspecify.annotations.Nullable;

/** Text of a database on a terminal, which must not obey it. Stateless. */
final class Visible {

  private static final int LONGEST = 120;

  private Visible() {}

  /** Without control characters. */
  static String text(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                safe.append("\\u%04x".formatted(c));
              } else {
                safe.appendCodePoint(c);
              }
            });
    return safe.toString();
  }

  /** A column's value; text that would not read as one word is quoted, long text is cut. */
  static String value(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    String text = text(value.toString());
    if (text.length() > LONGEST) {
      text = text.substring(0, LONGEST) + "...";
    }
    boolean oneWord =
        !text.isEmpty()
            && !text.equals("null")
            && text.chars().noneMatch(c -> c == ' ' || c == '\'');
    return oneWord ? text : "'" + text.replace("'", "''") + "'";
  }
}
