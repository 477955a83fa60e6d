package io.freshet.sql;

import java.util.Set;

/**
 * Tells from the tokens alone whether a condition is one of those that a WHERE joins by AND at the
 * top. The parser's word is not enough: JSqlParser reads {@code a = 1 and b ->> 'c' = 'd' or true}
 * as if the OR belonged to the right side of the arrow.
 */
final class Conjuncts {

  private static final Set<String> AFTER_CONDITION = Set.of("and", "returning", "order", "limit");
  private static final Set<String> ALTERNATIVES = Set.of("or", "xor");

  private final Tokens tokens;
  private final int where;

  Conjuncts(Tokens tokens, WriteSite site) {
    this.tokens = tokens;
    this.where = WriteScan.find(tokens, site, "where");
  }

  /** Whether the tokens from start to end are a whole condition that every written row meets. */
  boolean contains(int start, int end) {
    int level = where + 1;
    while (where >= 0) {
      int item = level;
      while (item < start && tokens.next(item) <= start) {
        item = tokens.next(item);
      }
      if (item == start) {
        return isConjunct(level, start, end);
      }
      boolean group = item < start && tokens.isSymbol(item, "(");
      if (!group || !isConjunct(level, item, tokens.next(item))) {
        return false;
      }
      level = item + 1;
    }
    return false;
  }

  /** Within the parentheses that begin at level: does AND alone join this part to the others? */
  private boolean isConjunct(int level, int start, int end) {
    int levelEnd = tokens.scopeEnd(level);
    if (end > levelEnd) {
      return false;
    }
    int cases = 0;
    int betweens = 0;
    for (int i = level; i < levelEnd; i = tokens.next(i)) {
      // MySQL reads "||" as OR
      if (tokens.isAnyWord(i, ALTERNATIVES) || tokens.isSymbol(i, "||")) {
        return false;
      }
      if (i >= start) {
        continue;
      }
      if (tokens.isWord(i, "case")) {
        cases++;
      } else if (tokens.isWord(i, "end")) {
        cases--;
      } else if (tokens.isWord(i, "between")) {
        betweens++;
      } else if (tokens.isWord(i, "and") && betweens > 0 && i < start - 1) {
        betweens--;
      }
    }
    boolean begins = start == level || tokens.isWord(start - 1, "and");
    return begins && cases == 0 && betweens == 0 && endsCondition(end);
  }

  private boolean endsCondition(int at) {
    return tokens.at(at).kind() == Token.Kind.END
        || tokens.isSymbol(at, ")")
        || tokens.isAnyWord(at, AFTER_CONDITION);
  }
}
