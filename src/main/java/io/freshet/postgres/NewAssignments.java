package io.freshet.postgres;

import io.freshet.change.ColumnSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The columns of NEW that a PL/pgSQL trigger function may give another value. Where one is assigned
 * in a way that is not understood: all. Used once, by one thread.
 */
final class NewAssignments {

  /** After one of these a statement begins; only there can {@code new.x = 1} be an assignment. */
  private static final Set<String> BEFORE_STATEMENT =
      Set.of("", ";", "begin", "then", "else", "loop", ">");

  /** Statements that can assign to variables in other ways. */
  private static final Set<String> OTHER_WAYS = Set.of("diagnostics", "call", "alias");

  private final List<SqlToken> tokens;
  private final Set<String> columns = new LinkedHashSet<>();
  private boolean all;

  private NewAssignments(List<SqlToken> tokens) {
    this.tokens = tokens;
  }

  static ColumnSet of(List<SqlToken> tokens) {
    NewAssignments assignments = new NewAssignments(tokens);
    for (int i = 0; i < tokens.size() && !assignments.all; i++) {
      assignments.token(i);
    }
    return assignments.all ? ColumnSet.ALL : ColumnSet.of(assignments.columns);
  }

  private void token(int i) {
    SqlToken token = tokens.get(i);
    if (isNew(token)) {
      if (isAssigned(i)) {
        assigned(i);
      }
    } else if (token.kind() == SqlToken.Kind.WORD) {
      keyword(i, token.text());
    }
  }

  private void keyword(int i, String word) {
    if (OTHER_WAYS.contains(word)) {
      all = true;
    } else if (word.equals("into") && !at(i - 1).isWord("insert") && !at(i - 1).isWord("merge")) {
      into(at(i + 1).isWord("strict") ? i + 2 : i + 1);
    } else if (word.equals("return")) {
      all |= !returnsTheRow(i + 1);
    }
  }

  /** In quotes it is the same variable. */
  private static boolean isNew(SqlToken token) {
    return token.isName() && token.text().equals("new");
  }

  /** NEW may stand behind the label of its block, which is the function's name. */
  private boolean isAssigned(int i) {
    int first = i;
    while (at(first - 1).isSymbol(".") && at(first - 2).isName()) {
      first -= 2;
    }
    SqlToken before = at(first - 1);
    return before.isWord("for")
        || before.isWord("foreach")
        || (before.kind() != SqlToken.Kind.QUOTED && BEFORE_STATEMENT.contains(before.text()));
  }

  /** {@code new.x}: one column; anything else: all. */
  private void assigned(int i) {
    if (at(i + 1).isSymbol(".") && at(i + 2).isName()) {
      columns.add(at(i + 2).text());
    } else {
      all = true;
    }
  }

  private void into(int first) {
    int next = first;
    while (at(next).isName()) {
      boolean found = isNew(at(next));
      int variable = next;
      while (at(next + 1).isSymbol(".") && at(next + 2).isName()) {
        next += 2;
        variable = found ? variable : next;
        found |= isNew(at(next));
      }
      if (found) {
        assigned(variable);
      }
      if (at(next + 1).isSymbol("[")) {
        all = true;
      }
      next += at(next + 1).isSymbol(",") ? 2 : tokens.size();
    }
  }

  /** OLD and NULL leave the row as it was: less is changed than the statement meant to. */
  private boolean returnsTheRow(int i) {
    if (at(i).isWord("coalesce")) {
      return at(i + 1).isSymbol("(")
          && at(i + 2).isWord("new")
          && at(i + 3).isSymbol(",")
          && at(i + 4).isWord("old")
          && at(i + 5).isSymbol(")")
          && at(i + 6).isSymbol(";");
    }
    return at(i + 1).isSymbol(";")
        && (at(i).isWord("new") || at(i).isWord("old") || at(i).isWord("null"));
  }

  private SqlToken at(int index) {
    return index >= 0 && index < tokens.size() ? tokens.get(index) : SqlToken.NONE;
  }
}
