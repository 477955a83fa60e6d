package io.freshet.postgres;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How names are compared. Stateless. */
public final class Identifiers {

  /** PostgreSQL cuts longer names off, without an error. */
  private static final int MAX_BYTES = 63;

  private Identifiers() {}

  /** The form in which two names are equal if they may name the same thing, in whichever case. */
  public static String fold(String name) {
    // upper case first: some letters (long s, dotless i) have only that in common with others
    return clip(name).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  private static String clip(String name) {
    if (name.length() * 3 <= MAX_BYTES) {
      return name;
    }
    int bytes = 0;
    int end = 0;
    while (end < name.length()) {
      int point = name.codePointAt(end);
      bytes += Character.toString(point).getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_BYTES) {
        break;
      }
      end += Character.charCount(point);
    }
    return name.substring(0, end);
  }
}
