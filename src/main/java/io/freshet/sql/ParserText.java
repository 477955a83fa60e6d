package io.freshet.sql;

import io.freshet.change.Operation;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text that JSqlParser reads in place of a statement: names, literals and parameters are
 * replaced by the positions of their tokens. Words stay as they are unless they are certainly
 * names.
 */
final class ParserText {

  private static final Pattern PLACEHOLDER = Pattern.compile("\"(\\d{1,9})\"");

  private static final Set<String> KNOWN_SYMBOLS =
      Set.of(
          "(", ")", "[", "]", "{", "}", ",", ".", ":", "::", ":=", "=", "<>", "!=", "<", ">", "<=",
          ">=", "+", "-", "*", "/", "%");

  private final Tokens tokens;

  /** Tokens that are names, whatever word they are. */
  private final Set<Integer> names = new HashSet<>();

  /** Tokens that do not matter here and that the parser may not know. */
  private final Set<Integer> dropped = new HashSet<>();

  ParserText(Tokens tokens, List<WriteSite> sites) {
    this.tokens = tokens;
    for (WriteSite site : sites) {
      for (int i = site.target().start(); i <= site.target().last(); i += 2) {
        names.add(i);
      }
      if (tokens.isWord(site.target().start() - 1, "only")) {
        dropped.add(site.target().start() - 1);
      }
      if (tokens.isSymbol(site.target().last() + 1, "*")) {
        dropped.add(site.target().last() + 1);
      }
      addInsertColumns(site);
    }
  }

  /** The position of the token that a name from the parsed text stands for, or -1. */
  static int position(@Nullable String name) {
    Matcher matcher = PLACEHOLDER.matcher(name == null ? "" : name);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
  }

  String render() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < tokens.size(); i++) {
      if (!dropped.contains(i)) {
        append(text, i);
      }
    }
    return text.toString();
  }

  private void append(StringBuilder text, int at) {
    Token token = tokens.at(at);
    // "a . b" is read differently from "a.b" by some grammars
    if (!token.isSymbol(".") && !tokens.isSymbol(at - 1, ".")) {
      text.append(' ');
    }
    switch (token.kind()) {
      case STRING -> text.append('\'').append(at).append('\'');
      case NUMBER -> text.append(at);
      case PARAMETER -> text.append('?').append(at);
      case QUOTED -> text.append('"').append(at).append('"');
      case WORD -> {
        if (names.contains(at) || isName(at)) {
          text.append('"').append(at).append('"');
        } else {
          text.append(token.text());
        }
      }
      default -> text.append(isOtherOperator(token) ? "||" : token.text());
    }
  }

  /**
   * PostgreSQL gives all operators but those of SQL one precedence, that of {@code ||}; JSqlParser
   * knows some of them only, and reads the arrows of JSON wrongly.
   */
  private static boolean isOtherOperator(Token token) {
    return token.kind() == Token.Kind.SYMBOL && !KNOWN_SYMBOLS.contains(token.text());
  }

  private boolean isName(int at) {
    if (tokens.isSymbol(at - 1, ".") || tokens.isSymbol(at + 1, ".")) {
      return true;
    }
    if (Keywords.RESERVED.contains(tokens.at(at).text())) {
      return false;
    }
    boolean compared =
        tokens.isSymbol(at + 1, "=")
            || (tokens.isWord(at + 1, "in") && tokens.isSymbol(at + 2, "("));
    boolean comparedTo = tokens.isSymbol(at - 1, "=") && !tokens.isSymbol(at + 1, "(");
    return compared
        || (comparedTo
            && switch (tokens.at(at - 2).kind()) {
              case STRING, NUMBER, PARAMETER -> true;
              default -> false;
            });
  }

  private void addInsertColumns(WriteSite site) {
    if (site.operation() != Operation.INSERT) {
      return;
    }
    int alias = WriteScan.insertAlias(tokens, site);
    int open = alias < 0 ? site.end() : alias + 1;
    int i = open;
    while (tokens.isSymbol(i, i == open ? "(" : ",") && tokens.at(i + 1).isIdentifier()) {
      names.add(i + 1);
      i += 2;
    }
    if (!tokens.isSymbol(i, ")")) {
      // not a plain list of columns: perhaps a query
      for (int j = open + 1; j <= i; j += 2) {
        names.remove(j);
      }
    }
  }
}
