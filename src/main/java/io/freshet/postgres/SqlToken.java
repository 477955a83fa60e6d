package io.freshet.postgres;

/**
 * A lexical unit of SQL or PL/pgSQL. Comments and white space are none.
 *
 * @param kind what it is
 * @param text a word in lower case, an identifier without its quotes, a symbol as it stands; empty
 *     for a literal
 */
record SqlToken(Kind kind, String text) {

  /** What a token is. */
  enum Kind {
    /** A keyword or an identifier without quotes. */
    WORD,
    /** An identifier in double quotes: never a keyword. */
    QUOTED,
    /** A string or number. */
    LITERAL,
    /** One character, or {@code :=}. */
    SYMBOL,
    /** An identifier with Unicode escapes, which is not decoded. */
    UNREADABLE
  }

  /** Stands before the first and after the last token. */
  static final SqlToken NONE = new SqlToken(Kind.SYMBOL, "");

  boolean isWord(String word) {
    return kind == Kind.WORD && text.equals(word);
  }

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED;
  }
}
