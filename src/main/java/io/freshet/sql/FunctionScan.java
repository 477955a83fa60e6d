package io.freshet.sql;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds every name in a text that may call a function: a name before a parenthesis. */
final class FunctionScan {

  private static final Set<String> QUERY_STARTS =
      Set.of("select", "with", "values", "insert", "update", "delete", "merge", "table");

  private FunctionScan() {}

  /** The names in lower case, qualified as in the text. */
  static Set<String> scan(Tokens tokens) {
    Set<String> functions = new TreeSet<>();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.at(i);
      if (token.isIdentifier() && token.value() != null && tokens.isSymbol(i + 1, "(")) {
        String name = name(tokens, i);
        if (name != null) {
          functions.add(name);
          if (token.isCutOff()) {
            functions.add(cutOff(token.value()));
          }
        }
      }
    }
    return functions;
  }

  private static @Nullable String name(Tokens tokens, int at) {
    String name = nullToEmpty(tokens.at(at).value()).toLowerCase(Locale.ROOT);
    if (tokens.isSymbol(at - 1, ".")) {
      int start = at - 2;
      while (tokens.isSymbol(start - 1, ".")) {
        start -= 2;
      }
      String schema = nullToEmpty(tokens.at(at - 2).value()).toLowerCase(Locale.ROOT);
      return isTarget(tokens, start) ? null : schema + "." + name;
    }
    boolean word = tokens.at(at).kind() == Token.Kind.WORD;
    boolean keyword =
        word
            && (Keywords.NOT_A_FUNCTION.contains(name)
                || startsStatement(tokens, at)
                || (Keywords.INFIX.contains(name) && !beginsExpression(tokens, at))
                || (name.equals("conflict") && tokens.isWord(at - 1, "on")));
    return keyword || isTarget(tokens, at) || isQueryName(tokens, at) ? null : name;
  }

  private static boolean startsStatement(Tokens tokens, int at) {
    return tokens.at(at - 1).kind() == Token.Kind.END || tokens.isSymbol(at - 1, ";");
  }

  private static boolean beginsExpression(Tokens tokens, int at) {
    Token before = tokens.at(at - 1);
    return tokens.isAnyWord(at - 1, Keywords.BEFORE_EXPRESSION)
        || (before.kind() == Token.Kind.SYMBOL && !before.isSymbol(")") && !before.isSymbol("]"));
  }

  /** INSERT's target with its column list, an alias with its columns, or a type of a cast. */
  private static boolean isTarget(Tokens tokens, int start) {
    return (tokens.isWord(start - 1, "into") && tokens.isWord(start - 2, "insert"))
        || tokens.isWord(start - 1, "as")
        || tokens.isSymbol(start - 1, "::");
  }

  /** A name that WITH gives to a query, with its columns. */
  private static boolean isQueryName(Tokens tokens, int at) {
    int next = tokens.next(at + 1);
    if (!tokens.isWord(next, "as")) {
      return false;
    }
    boolean first = tokens.isWord(at - 1, "with") || tokens.isWord(at - 1, "recursive");
    int open = next + 1;
    while (tokens.isWord(open, "not") || tokens.isWord(open, "materialized")) {
      open++;
    }
    // "f(x) as (column type)" is a function call whose result is described
    return tokens.isSymbol(open, "(")
        && (first || (tokens.isSymbol(at - 1, ",") && startsQuery(tokens, open + 1)));
  }

  private static boolean startsQuery(Tokens tokens, int at) {
    return tokens.isWord(at, "select")
        || tokens.isWord(at, "with")
        || tokens.isSymbol(at, "(")
        || (tokens.isAnyWord(at, QUERY_STARTS)
            && WriteScan.scan(tokens.range(at, at + 8)).writes());
  }

  /** The name as PostgreSQL cuts it off, should it be too long. */
  private static String cutOff(String written) {
    String name = written.toLowerCase(Locale.ROOT);
    int end = name.length();
    while (name.substring(0, end).getBytes(StandardCharsets.UTF_8).length > Token.MAX_NAME_BYTES) {
      end--;
    }
    return name.substring(0, end);
  }

  private static String nullToEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
