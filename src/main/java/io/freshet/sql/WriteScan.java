package io.freshet.sql;

import io.freshet.change.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds every place where a query or data-modifying statement can write: each writing keyword must
 * turn out as a write with a readable target, or as a known harmless use. It needs no grammar, so
 * what a parser overlooks is still found.
 */
final class WriteScan {

  private static final Set<String> HARMLESS_BEFORE_UPDATE =
      Set.of("for", "key", "do", "then", "on");
  private static final Set<String> HARMLESS_BEFORE_DELETE = Set.of("then", "on");
  private static final Set<String> INTO_OPTIONS =
      Set.of("temporary", "temp", "local", "global", "unlogged", "table");
  private static final Set<String> AFTER_DELETE_TARGET =
      Set.of("where", "using", "returning", "order", "limit");

  private final Tokens tokens;
  private final List<WriteSite> sites = new ArrayList<>();
  private boolean complete = true;
  private boolean targetsNamed = true;

  private WriteScan(Tokens tokens) {
    this.tokens = tokens;
  }

  /**
   * @param sites the places found, in the order of the text
   * @param complete whether these are all; otherwise any table that the text names may be written
   * @param targetsNamed whether each target is a name in the text; otherwise nothing bounds it
   */
  record Result(List<WriteSite> sites, boolean complete, boolean targetsNamed) {

    boolean writes() {
      return !sites.isEmpty() || !complete;
    }
  }

  static Result scan(Tokens tokens) {
    return new WriteScan(tokens).run();
  }

  private Result run() {
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.at(i);
      boolean partOfName = tokens.isSymbol(i - 1, ".") || tokens.isSymbol(i + 1, ".");
      if (token.kind() == Token.Kind.WORD && !partOfName) {
        visit(i, token.text());
      }
    }
    return new Result(List.copyOf(sites), complete, targetsNamed);
  }

  private void visit(int at, String word) {
    switch (word) {
      case "insert" -> insert(at);
      case "into" -> into(at);
      case "update" -> update(at);
      case "delete" -> delete(at);
      case "merge" -> merge(at);
      case "replace" -> {
        if (at == 0 && !tokens.isWord(1, "into")) {
          incomplete(at + 1);
        }
      }
      default -> {
        // no writing keyword
      }
    }
  }

  private void insert(int at) {
    if (tokens.isWord(at + 1, "into")) {
      target(Operation.INSERT, at, at + 2);
    } else if (!tokens.isSymbol(at + 1, "(") && !tokens.isWord(at - 1, "then")) {
      incomplete(at + 1);
    }
  }

  private void into(int at) {
    if (tokens.isWord(at - 1, "insert") || tokens.isWord(at - 1, "merge")) {
      return;
    }
    int name = at + 1;
    while (tokens.isAnyWord(name, INTO_OPTIONS) && tokens.at(name + 1).isIdentifier()) {
      name++;
    }
    target(Operation.ANY, at, name);
  }

  private void merge(int at) {
    if (tokens.isWord(at + 1, "into")) {
      target(Operation.ANY, at, at + 2);
    } else {
      incomplete(at + 1);
    }
  }

  private void target(Operation operation, int verb, int start) {
    QualifiedName name = QualifiedName.read(tokens, skipOnly(start));
    if (name == null) {
      incomplete(start);
    } else {
      sites.add(new WriteSite(operation, verb, name, name.end(tokens), null));
    }
  }

  private void update(int at) {
    if (tokens.isAnyWord(at - 1, HARMLESS_BEFORE_UPDATE)) {
      return;
    }
    QualifiedName name = QualifiedName.read(tokens, skipOnly(at + 1));
    if (name == null) {
      incomplete(at + 1);
      return;
    }
    int end = name.end(tokens);
    if (tokens.isWord(end, "set") && !tokens.isWord(end + 1, "set")) {
      sites.add(new WriteSite(Operation.UPDATE, at, name, end, null));
      return;
    }
    int alias = tokens.isWord(end, "as") ? end + 1 : end;
    if (tokens.isWord(alias + 1, "set") && tokens.at(alias).name() != null) {
      sites.add(new WriteSite(Operation.UPDATE, at, name, alias + 1, tokens.at(alias).name()));
    } else {
      incomplete(at + 1);
    }
  }

  private void delete(int at) {
    if (tokens.isAnyWord(at - 1, HARMLESS_BEFORE_DELETE)) {
      return;
    }
    QualifiedName name =
        tokens.isWord(at + 1, "from") ? QualifiedName.read(tokens, skipOnly(at + 2)) : null;
    if (name == null) {
      incomplete(tokens.isWord(at + 1, "from") ? at + 2 : at + 1);
      return;
    }
    int end = name.end(tokens);
    if (endsDeleteTarget(end)) {
      sites.add(new WriteSite(Operation.DELETE, at, name, end, null));
      return;
    }
    int alias = tokens.isWord(end, "as") ? end + 1 : end;
    if (tokens.at(alias).name() != null && endsDeleteTarget(alias + 1)) {
      sites.add(new WriteSite(Operation.DELETE, at, name, alias + 1, tokens.at(alias).name()));
    } else {
      incomplete(at + 2);
    }
  }

  private boolean endsDeleteTarget(int at) {
    return tokens.at(at).kind() == Token.Kind.END
        || tokens.isSymbol(at, ")")
        || tokens.isAnyWord(at, AFTER_DELETE_TARGET);
  }

  private void incomplete(int expectedName) {
    complete = false;
    Token token = tokens.at(expectedName);
    targetsNamed &= token.name() != null || token.isSymbol("(");
  }

  private int skipOnly(int at) {
    return tokens.isWord(at, "only") && !tokens.isSymbol(at + 1, ".") ? at + 1 : at;
  }

  /** The alias that follows INSERT's target, as a position, or -1. */
  static int insertAlias(Tokens tokens, WriteSite site) {
    return tokens.isWord(site.end(), "as") ? site.end() + 1 : -1;
  }

  /** Where the statement that this site belongs to has the word at its own level, or -1. */
  static int find(Tokens tokens, WriteSite site, String word) {
    return find(tokens, site.end(), word);
  }

  static int find(Tokens tokens, int start, String word) {
    int end = tokens.scopeEnd(start);
    for (int i = start; i < end; i = tokens.next(i)) {
      if (tokens.isWord(i, word)) {
        return i;
      }
    }
    return -1;
  }

  static @Nullable String nameAt(Tokens tokens, int at) {
    Token token = tokens.at(at);
    boolean reserved =
        token.kind() == Token.Kind.WORD
            && (Keywords.RESERVED.contains(token.text())
                || Keywords.PSEUDO_COLUMNS.contains(token.text()));
    return reserved ? null : token.name();
  }
}
