package io.freshet.sql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits an SQL text into tokens as PostgreSQL does (with standard_conforming_strings on), and
 * additionally knows backtick identifiers and JDBC's parameter markers. Comments and white space
 * are dropped.
 */
final class Lexer {

  /** The characters of PostgreSQL's operators, without {@code ?} and the backtick. */
  private static final String OPERATOR_CHARACTERS = "+-*/<>=~!@#%^&|";

  private static final String SINGLE_CHARACTERS = "()[]{},;.";

  private final String sql;
  private final List<Token> tokens = new ArrayList<>();
  private final QuotedText quoted;
  private int at;
  private int markers;
  private boolean numberedParameters;
  private boolean ambiguousMarkers;
  private @Nullable String defect;

  private Lexer(String sql) {
    this.sql = sql;
    this.quoted = new QuotedText(sql);
  }

  /**
   * @param tokens in the order of the text
   * @param defect why the tokens cannot be trusted, or null
   * @param positionsKnown whether each parameter's position is certain; not where a {@code ?} may
   *     be a JSON operator, or plain and numbered markers are mixed
   */
  record Result(List<Token> tokens, @Nullable String defect, boolean positionsKnown) {}

  static Result lex(String sql) {
    return new Lexer(sql).run();
  }

  private Result run() {
    while (at < sql.length() && defect == null) {
      char c = sql.charAt(at);
      if (isSpace(c)) {
        at++;
      } else if (c == '-' && peek(1) == '-') {
        skipLine();
      } else if (c == '/' && peek(1) == '*') {
        skipComment();
      } else if (!readQuoted()) {
        readPlain(c);
      }
    }
    if (defect == null && tokens.stream().anyMatch(token -> token.isWord("uescape"))) {
      defect = "Unicode escapes with an escape character of their own";
    }
    boolean mixed = markers > 0 && numberedParameters;
    return new Result(List.copyOf(tokens), defect, !ambiguousMarkers && !mixed);
  }

  private boolean readQuoted() {
    QuotedText.Part part = quoted.read(at);
    if (part == null) {
      return false;
    }
    if (part.defect() != null) {
      defect = part.defect();
      return true;
    }
    Token.Kind kind = part.identifier() ? Token.Kind.QUOTED : Token.Kind.STRING;
    tokens.add(new Token(kind, sql.substring(at, part.end()), part.value()));
    at = part.end();
    return true;
  }

  private void readPlain(char c) {
    if (isIdentifierStart(c)) {
      int start = at;
      while (at < sql.length() && isIdentifierPart(sql.charAt(at))) {
        at++;
      }
      tokens.add(Token.word(sql.substring(start, at)));
    } else if (isDigit(c) || (c == '.' && isDigit(peek(1)) && !lastIsIdentifier())) {
      readNumber();
    } else if (c == '?') {
      readQuestionMark();
    } else if (c == '$' && isDigit(peek(1))) {
      readNumbered(1);
    } else if (c == ':') {
      readColon();
    } else if (OPERATOR_CHARACTERS.indexOf(c) >= 0) {
      readOperator();
    } else {
      // anything PostgreSQL would refuse, such as a control character, stays a sign of its own
      tokens.add(Token.symbol(SINGLE_CHARACTERS.indexOf(c) >= 0 ? String.valueOf(c) : "\\" + c));
      at++;
    }
  }

  private boolean lastIsIdentifier() {
    return !tokens.isEmpty() && tokens.get(tokens.size() - 1).isIdentifier();
  }

  private void readNumber() {
    int start = at;
    if (sql.charAt(at) == '0' && "xXoObB".indexOf(peek(1)) >= 0) {
      at += 2;
      while (at < sql.length() && isIdentifierPart(sql.charAt(at))) {
        at++;
      }
    } else {
      skipDigits();
      if (peek(0) == '.' && peek(1) != '.') {
        at++;
        skipDigits();
      }
      int exponent = "+-".indexOf(peek(1)) >= 0 ? 2 : 1;
      if ("eE".indexOf(peek(0)) >= 0 && isDigit(peek(exponent))) {
        at += exponent;
        skipDigits();
      }
    }
    String text = sql.substring(start, at);
    boolean whole = text.chars().allMatch(c -> isDigit((char) c));
    tokens.add(new Token(Token.Kind.NUMBER, text, whole ? text : null));
  }

  private void skipDigits() {
    while (isDigit(peek(0)) || (peek(0) == '_' && isDigit(peek(1)))) {
      at++;
    }
  }

  private void readQuestionMark() {
    if (peek(1) == '?') {
      readJsonOperator(2);
    } else if (isDigit(peek(1))) {
      readNumbered(1);
    } else if (followsOperand()) {
      // PostgreSQL's own "?" operator, or a marker in a place this lexer does not foresee
      ambiguousMarkers = true;
      readJsonOperator(1);
    } else {
      markers++;
      tokens.add(new Token(Token.Kind.PARAMETER, "?", String.valueOf(markers)));
      at++;
    }
  }

  private void readJsonOperator(int questionMarks) {
    at += questionMarks;
    while (peek(0) == '|' || peek(0) == '&') {
      at++;
    }
    tokens.add(Token.symbol("??"));
  }

  private boolean followsOperand() {
    if (tokens.isEmpty()) {
      return false;
    }
    Token last = tokens.get(tokens.size() - 1);
    return switch (last.kind()) {
      case QUOTED, STRING, NUMBER, PARAMETER -> true;
      case WORD -> !Keywords.BEFORE_PARAMETER.contains(last.text());
      case SYMBOL -> last.text().equals(")") || last.text().equals("]");
      case END -> false;
    };
  }

  private void readNumbered(int prefix) {
    int start = at;
    at += prefix;
    while (isDigit(peek(0))) {
      at++;
    }
    numberedParameters = true;
    tokens.add(
        new Token(
            Token.Kind.PARAMETER, sql.substring(start, at), sql.substring(start + prefix, at)));
  }

  private void readColon() {
    if (peek(1) == ':' || peek(1) == '=') {
      tokens.add(Token.symbol(sql.substring(at, at + 2)));
      at += 2;
    } else if (isIdentifierStart(peek(1)) || isDigit(peek(1))) {
      int start = at;
      at++;
      while (at < sql.length() && isIdentifierPart(sql.charAt(at))) {
        at++;
      }
      tokens.add(new Token(Token.Kind.PARAMETER, sql.substring(start, at), null));
    } else {
      tokens.add(Token.symbol(":"));
      at++;
    }
  }

  private void readOperator() {
    int end = at;
    boolean mayEndInSign = false;
    while (end < sql.length() && OPERATOR_CHARACTERS.indexOf(sql.charAt(end)) >= 0) {
      if (sql.startsWith("--", end) || sql.startsWith("/*", end)) {
        break;
      }
      mayEndInSign |= "~!@#%^&|".indexOf(sql.charAt(end)) >= 0;
      end++;
    }
    // PostgreSQL's rule: "=-1" is "=" and "-1", while "@-" is one operator
    while (!mayEndInSign && end - at > 1 && "+-".indexOf(sql.charAt(end - 1)) >= 0) {
      end--;
    }
    tokens.add(Token.symbol(sql.substring(at, end)));
    at = end;
  }

  private void skipLine() {
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at++;
    }
  }

  private void skipComment() {
    if (peek(2) == '!') {
      defect = "a conditional comment, which some databases execute";
      return;
    }
    int depth = 0;
    while (at < sql.length()) {
      if (sql.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        depth--;
        at += 2;
        if (depth == 0) {
          return;
        }
      } else {
        at++;
      }
    }
    defect = "an unterminated comment";
  }

  private char peek(int offset) {
    return at + offset < sql.length() ? sql.charAt(at + offset) : '\0';
  }

  /** PostgreSQL's white space; a no-break space belongs to an identifier. */
  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean isIdentifierStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  static boolean isIdentifierPart(char c) {
    return isIdentifierStart(c) || isDigit(c) || c == '$';
  }
}
