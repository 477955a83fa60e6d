package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.postgres.SqlToken.Kind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The tables that a routine's statements write, found by what follows the writing keywords. Where
 * one of them stands in a way that is not understood, every table the body names may be written in
 * any way. Used once, by one thread.
 */
final class WriteTargets {

  /** What may stand where a table would, if the word before it was no statement. */
  private static final Set<String> NO_TABLE =
      Set.of("set", "on", "of", "or", "where", "from", "into", "using", "values", "select", "as");

  private static final Set<String> AFTER_LOCK =
      Set.of("", ";", ")", ",", "of", "nowait", "skip", "loop", "limit", "offset", "for", "union");

  private final List<SqlToken> tokens;
  private final RelationIndex relations;
  private final Set<Relation> inserted = new LinkedHashSet<>();
  private final Set<Change> writes = new LinkedHashSet<>();
  private boolean upsert;
  private boolean notUnderstood;

  private WriteTargets(List<SqlToken> tokens, RelationIndex relations) {
    this.tokens = tokens;
    this.relations = relations;
  }

  static Set<Change> of(List<SqlToken> tokens, RelationIndex relations) {
    WriteTargets targets = new WriteTargets(tokens, relations);
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).kind() == Kind.WORD && !targets.at(i - 1).isSymbol(".")) {
        targets.keyword(i);
      }
    }
    return targets.result();
  }

  /**
   * The relations that the name at this place may mean, in the light of the qualifier before it.
   */
  static List<Relation> named(List<SqlToken> tokens, int index, RelationIndex relations) {
    SqlToken token = tokens.get(index);
    if (token.text().isBlank()) {
      return List.of();
    }
    boolean qualified = index >= 2 && tokens.get(index - 1).isSymbol(".");
    // "new.status" is no table, even where there is a table called status
    return qualified && tokens.get(index - 2).isName()
        ? relations.named(new TableName(tokens.get(index - 2).text(), token.text()))
        : relations.named(TableName.of(token.text()));
  }

  private Set<Change> result() {
    if (notUnderstood) {
      writes.clear();
      for (int i = 0; i < tokens.size(); i++) {
        if (tokens.get(i).isName() && !isTypeReference(i)) {
          named(tokens, i, relations).forEach(r -> writes.add(TableChange.anything(r.name())));
        }
      }
    } else if (upsert) {
      inserted.forEach(relation -> add(relation, Operation.UPDATE));
    }
    return writes;
  }

  private void keyword(int i) {
    switch (tokens.get(i).text()) {
      case "insert" -> {
        if (at(i + 1).isWord("into")) {
          target(i + 2, Operation.INSERT);
        } else {
          notUnderstood = true;
        }
      }
      case "update" -> update(i);
      case "delete" -> {
        if (at(i + 1).isWord("from")) {
          target(skip(i + 2, "only"), Operation.DELETE);
        } else {
          notUnderstood = true;
        }
      }
      case "copy" -> {
        // the other form copies a query's result out
        if (!at(i + 1).isSymbol("(")) {
          target(i + 1, Operation.INSERT);
        }
      }
      case "truncate" -> targets(skip(i + 1, "table"), Operation.TRUNCATE);
      case "drop" -> {
        if (at(i + 1).isWord("table")) {
          targets(skip(i + 2, "if", "exists"), Operation.ANY);
        } else {
          notUnderstood = true;
        }
      }
      case "refresh" -> target(skip(i + 1, "materialized", "view", "concurrently"), Operation.ANY);
      case "merge", "alter" -> notUnderstood = true;
      default -> {
        // writes nothing
      }
    }
  }

  private void update(int i) {
    if (at(i - 1).isWord("do")) {
      upsert = true;
    } else if (!isLock(i)) {
      target(skip(i + 1, "only"), Operation.UPDATE);
    }
  }

  /** SELECT ... FOR UPDATE, and not OPEN cursor FOR UPDATE table SET ... RETURNING. */
  private boolean isLock(int i) {
    if (at(i - 1).isWord("key")) {
      return true;
    }
    return at(i - 1).isWord("for")
        && AFTER_LOCK.contains(at(i + 1).text())
        && at(i + 1).kind() != Kind.QUOTED
        && !at(i + 2).isWord("set");
  }

  private void targets(int first, Operation operation) {
    int next = target(skip(first, "only"), operation);
    while (at(next).isSymbol("*") || at(next).isSymbol(",")) {
      next = at(next).isSymbol(",") ? target(skip(next + 1, "only"), operation) : next + 1;
    }
  }

  /** Takes the name that begins here, and answers with the place after it. */
  private int target(int first, Operation operation) {
    int last = first;
    while (at(last).isName() && at(last + 1).isSymbol(".")) {
      last += 2;
    }
    if (!at(last).isName()
        || (at(last).kind() == Kind.WORD && NO_TABLE.contains(at(last).text()))) {
      notUnderstood = true;
      return last;
    }
    // a name that is no relation is a temporary table
    named(tokens, last, relations).forEach(relation -> add(relation, operation));
    return last + 1;
  }

  private void add(Relation relation, Operation operation) {
    writes.add(new TableChange(relation.name(), operation, ColumnSet.ALL));
    if (operation == Operation.INSERT) {
      inserted.add(relation);
    }
  }

  private int skip(int index, String... words) {
    int next = index;
    for (String word : words) {
      if (at(next).isWord(word)) {
        next++;
      }
    }
    return next;
  }

  private boolean isTypeReference(int i) {
    return at(i + 1).isSymbol("%") && List.of("type", "rowtype").contains(at(i + 2).text());
  }

  private SqlToken at(int index) {
    return index >= 0 && index < tokens.size() ? tokens.get(index) : SqlToken.NONE;
  }
}
