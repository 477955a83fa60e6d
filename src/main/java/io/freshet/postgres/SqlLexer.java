package io.freshet.postgres;

import io.freshet.postgres.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits SQL or PL/pgSQL into tokens by PostgreSQL's lexical rules (with
 * standard_conforming_strings on), so that words in comments and strings are not taken for code.
 * Used once, by one thread.
 */
final class SqlLexer {

  private final String text;
  private final List<SqlToken> tokens = new ArrayList<>();
  private int at;

  private SqlLexer(String text) {
    this.text = text;
  }

  static List<SqlToken> tokens(String text) {
    SqlLexer lexer = new SqlLexer(text);
    while (lexer.at < text.length()) {
      lexer.next();
    }
    return lexer.tokens;
  }

  private void next() {
    char c = text.charAt(at);
    if (c <= ' ') {
      at++;
    } else if (text.startsWith("--", at)) {
      skipLine();
    } else if (text.startsWith("/*", at)) {
      skipBlock();
    } else if (c == '\'') {
      skipString(false);
    } else if (c == '"') {
      tokens.add(new SqlToken(Kind.QUOTED, quoted()));
    } else if (c == '$' && skipDollarString()) {
      tokens.add(new SqlToken(Kind.LITERAL, ""));
    } else if (isNameStart(c)) {
      word();
    } else if (isDigit(c)) {
      number();
    } else {
      String symbol = text.startsWith(":=", at) ? ":=" : String.valueOf(c);
      at += symbol.length();
      tokens.add(new SqlToken(Kind.SYMBOL, symbol));
    }
  }

  private void skipLine() {
    while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
      at++;
    }
  }

  /** Block comments nest in PostgreSQL. */
  private void skipBlock() {
    int depth = 0;
    do {
      if (text.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (text.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0 && at < text.length());
  }

  private void skipString(boolean backslashEscapes) {
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '\\' && backslashEscapes) {
        at++;
      } else if (c == '\'') {
        if (at < text.length() && text.charAt(at) == '\'') {
          at++;
        } else {
          break;
        }
      }
    }
    tokens.add(new SqlToken(Kind.LITERAL, ""));
  }

  private String quoted() {
    StringBuilder name = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        if (at < text.length() && text.charAt(at) == '"') {
          at++;
        } else {
          break;
        }
      }
      name.append(c);
    }
    return name.toString();
  }

  /** Skips {@code $tag$ ... $tag$}; false where the dollar begins something else. */
  private boolean skipDollarString() {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != '$') {
      char c = text.charAt(end);
      if (!isNameStart(c) && !(isDigit(c) && end > at + 1)) {
        return false;
      }
      end++;
    }
    if (end >= text.length()) {
      return false;
    }
    String tag = text.substring(at, end + 1);
    int close = text.indexOf(tag, end + 1);
    at = close < 0 ? text.length() : close + tag.length();
    return true;
  }

  private void word() {
    int start = at;
    while (at < text.length() && isNamePart(text.charAt(at))) {
      at++;
    }
    String word = text.substring(start, at).toLowerCase(Locale.ROOT);
    if (word.equals("e") && text.startsWith("'", at)) {
      skipString(true);
    } else if (word.equals("u") && text.startsWith("&\"", at)) {
      at++;
      tokens.add(new SqlToken(Kind.UNREADABLE, quoted()));
    } else {
      tokens.add(new SqlToken(Kind.WORD, word));
    }
  }

  /**
   * A dot ends the number: in a range such as {@code 1..10} it is none of it. What is left of
   * {@code 1.5e3} is a symbol and another number, which does no harm.
   */
  private void number() {
    while (at < text.length() && isNamePart(text.charAt(at))) {
      at++;
    }
    tokens.add(new SqlToken(Kind.LITERAL, ""));
  }

  private static boolean isNameStart(char c) {
    return c == '_' || c > 0x7f || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c) || c == '$' || isDigit(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
