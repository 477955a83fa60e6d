package io.freshet.sql;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A word, literal or sign of an SQL text. Immutable.
 *
 * @param kind what it is
 * @param text as it stands in the text; a WORD in lower case
 * @param value a QUOTED identifier or STRING without quotes, a whole NUMBER's digits, a WORD folded
 *     as PostgreSQL folds it; null where the token has no plain value
 */
record Token(Kind kind, String text, @Nullable String value) {

  /** What a token is. */
  enum Kind {
    WORD,
    QUOTED,
    STRING,
    NUMBER,
    PARAMETER,
    SYMBOL,
    END
  }

  /** Stands before the first and after the last token. */
  static final Token END = new Token(Kind.END, "", null);

  /** PostgreSQL cuts longer identifiers off, so that such a name may mean another object. */
  static final int MAX_NAME_BYTES = 63;

  static Token word(String text) {
    String folded = foldAscii(text);
    return new Token(Kind.WORD, folded, folded);
  }

  static Token symbol(String text) {
    return new Token(Kind.SYMBOL, text, null);
  }

  boolean isWord(String word) {
    return kind == Kind.WORD && text.equals(word);
  }

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  /** Whether this can name something: a quoted identifier or any unquoted word. */
  boolean isIdentifier() {
    return kind == Kind.WORD || kind == Kind.QUOTED;
  }

  /** The name this token stands for; null where it is none or the database would cut it off. */
  @Nullable String name() {
    return isIdentifier() && value != null && !value.isBlank() && !isCutOff() ? value : null;
  }

  boolean isCutOff() {
    return value != null
        && value.length() > MAX_NAME_BYTES / 3
        && value.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
  }

  /** PostgreSQL folds ASCII letters only; other alphabets keep their case. */
  private static String foldAscii(String text) {
    StringBuilder folded = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      folded.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
    }
    return folded.toString();
  }
}
