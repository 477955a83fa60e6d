package io.freshet.sql;

import io.freshet.change.ColumnSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a SET clause assigns.
 *
 * @param columns the assigned columns; all where the clause is not understood
 * @param values by column in lower case, where the new value can be told
 * @param count how many assignments the clause has
 */
record Assignments(ColumnSet columns, Map<String, Value> values, int count) {

  private static final Set<String> AFTER_SET =
      Set.of("from", "where", "returning", "order", "limit");

  /** Reads the clause whose SET stands at this position. */
  static Assignments read(Tokens tokens, int set) {
    Set<String> columns = new HashSet<>();
    Map<String, Value> values = new LinkedHashMap<>();
    int count = 0;
    int at = set;
    do {
      int equals = target(tokens, at + 1, columns);
      if (equals < 0) {
        return new Assignments(ColumnSet.ALL, Map.of(), -1);
      }
      count++;
      ValueReader.Read read = ValueReader.read(tokens, equals + 1);
      String name = equals == at + 2 ? WriteScan.nameAt(tokens, at + 1) : null;
      at = endOfExpression(tokens, equals + 1);
      if (name != null && read != null && read.end() == at) {
        values.put(name.toLowerCase(Locale.ROOT), read.value());
      }
    } while (tokens.isSymbol(at, ","));
    return new Assignments(ColumnSet.of(columns), values, count);
  }

  /** Adds the assigned columns and returns the position of the equals sign, or -1. */
  private static int target(Tokens tokens, int start, Set<String> columns) {
    int equals = start;
    boolean list = tokens.isSymbol(start, "(");
    int end = list ? tokens.next(start) : tokens.size();
    for (int i = list ? start + 1 : start; i < end; i++) {
      Token token = tokens.at(i);
      if (token.isSymbol("=")) {
        break;
      }
      if (token.isIdentifier()) {
        // "a.b" is column b of a, or field b of column a
        if (token.name() == null) {
          return -1;
        }
        columns.add(token.name());
      }
      equals = i + 1;
    }
    return equals > start && tokens.isSymbol(equals, "=") ? equals : -1;
  }

  private static int endOfExpression(Tokens tokens, int start) {
    int at = start;
    while (at < tokens.size() && !endsExpression(tokens, at)) {
      at = tokens.next(at);
    }
    return at;
  }

  private static boolean endsExpression(Tokens tokens, int at) {
    return tokens.isSymbol(at, ",")
        || tokens.isSymbol(at, ")")
        || (tokens.isAnyWord(at, AFTER_SET) && !tokens.isWord(at - 1, "distinct"));
  }
}
