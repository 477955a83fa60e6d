package io.freshet.sql;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads one statement by its verb. What it does not know positively is an unknown change. */
final class StatementReader {

  private static final Set<String> QUERY_VERBS =
      Set.of("select", "with", "values", "table", "insert", "update", "delete", "merge", "replace");

  /** Statements that write no row, whatever follows. */
  private static final Set<String> HARMLESS_VERBS =
      Set.of(
          "abort",
          "analyze",
          "analyse",
          "checkpoint",
          "close",
          "comment",
          "deallocate",
          "discard",
          "fetch",
          "grant",
          "listen",
          "lock",
          "move",
          "notify",
          "reindex",
          "release",
          "reset",
          "revoke",
          "savepoint",
          "set",
          "show",
          "unlisten",
          "use",
          "vacuum");

  private static final Set<String> TEMPORARY = Set.of("temp", "temporary");

  private static final Set<String> TRANSACTION_VERBS =
      Set.of("begin", "start", "commit", "end", "rollback");

  private static final Set<String> TRANSACTION_WORDS =
      Set.of(
          "work",
          "transaction",
          "isolation",
          "level",
          "read",
          "write",
          "only",
          "committed",
          "uncommitted",
          "repeatable",
          "serializable",
          "not",
          "deferrable",
          "and",
          "no",
          "chain",
          "to",
          "savepoint");

  /** Kinds of object whose definition says nothing of rows but those of the objects named. */
  private static final Set<String> NAMED_OBJECTS =
      Set.of(
          "table",
          "view",
          "materialized",
          "index",
          "sequence",
          "foreign",
          "unique",
          "or",
          "temporary",
          "temp",
          "local",
          "global",
          "unlogged",
          "recursive",
          "trigger",
          "function",
          "procedure",
          "rule",
          "policy",
          "constraint",
          "concurrently",
          "statistics",
          "publication",
          "subscription",
          "role",
          "user",
          "group");

  private static final Set<String> CASCADES_WITHIN_NAMED =
      Set.of("table", "view", "materialized", "index", "sequence", "foreign");

  /** Words at the top of a WITH statement that hint at a statement which is no query. */
  private static final List<String> FOREIGN_TO_WITH =
      List.of("create", "call", "execute", "exec", "do", "alter", "drop", "truncate", "copy");

  /** A statement that writes in more places than this is not read more closely. */
  private static final int MAX_SITES = 200;

  private final Tokens tokens;

  private StatementReader(Tokens tokens) {
    this.tokens = tokens;
  }

  /** Whether the statement creates or alters something that outlives the session. */
  static boolean definesSchema(Tokens statement) {
    if (statement.isWord(0, "alter")) {
      return true;
    }
    boolean temporary =
        statement.isAnyWord(1, TEMPORARY)
            || (statement.isAnyWord(1, Set.of("local", "global"))
                && statement.isAnyWord(2, TEMPORARY));
    return statement.isWord(0, "create") && !temporary;
  }

  /** What the statement writes; nothing for a read. */
  static List<Write> read(Tokens tokens) {
    return new StatementReader(tokens).read();
  }

  private List<Write> read() {
    if (tokens.size() == 0) {
      return List.of();
    }
    int head = 0;
    while (tokens.isSymbol(head, "(")) {
      head++;
    }
    Token token = tokens.at(head);
    String verb = token.kind() == Token.Kind.WORD ? token.text() : "";
    if (QUERY_VERBS.contains(verb)) {
      return query(verb);
    }
    if (head > 0) {
      return unknown("a statement in parentheses that is no query");
    }
    if (HARMLESS_VERBS.contains(verb)) {
      return List.of();
    }
    if (TRANSACTION_VERBS.contains(verb)) {
      return transaction();
    }
    return switch (verb) {
      case "explain" -> explain();
      case "truncate" -> truncate();
      case "copy" -> copy();
      case "declare" -> declare();
      case "create", "alter", "drop" -> definition(verb);
      case "refresh", "cluster", "rename" -> named(tokens);
      default -> unknown("a statement that starts with \"" + excerpt(token) + "\"");
    };
  }

  /** A statement within another: a query, or CREATE TABLE AS. */
  private static List<Write> inner(Tokens tokens) {
    int head = 0;
    while (tokens.isSymbol(head, "(")) {
      head++;
    }
    return tokens.isAnyWord(head, QUERY_VERBS) || tokens.isWord(0, "create")
        ? read(tokens)
        : unknown("a statement within another that is no query");
  }

  private List<Write> query(String verb) {
    if (verb.equals("with")) {
      for (String word : FOREIGN_TO_WITH) {
        if (WriteScan.find(tokens, 0, word) >= 0) {
          return unknown("WITH and " + word);
        }
      }
    }
    WriteScan.Result scan = WriteScan.scan(tokens);
    if (!scan.targetsNamed()) {
      return unknown("a write whose target is no name");
    }
    if (!scan.complete()) {
      return named(tokens);
    }
    if (scan.sites().isEmpty()) {
      return List.of();
    }
    if (scan.sites().size() > MAX_SITES) {
      return scan.sites().stream()
          .map(WriteSite::table)
          .distinct()
          .map(table -> (Write) new Write.Fixed(TableChange.anything(table)))
          .toList();
    }
    boolean plain = scan.sites().stream().allMatch(site -> site.operation() == Operation.ANY);
    // where no row can be told the parser has nothing to add
    Structure structure = Structure.of(plain ? new Tokens(List.of()) : tokens, scan.sites());
    return new RowReader(tokens, structure).read(scan.sites());
  }

  private List<Write> transaction() {
    for (int i = 1; i < tokens.size(); i++) {
      boolean savepointName = tokens.isWord(i - 1, "to") || tokens.isWord(i - 1, "savepoint");
      if (!tokens.isAnyWord(i, TRANSACTION_WORDS)
          && !tokens.isSymbol(i, ",")
          && !(savepointName && tokens.isWord(0, "rollback"))) {
        // a procedural block, or COMMIT PREPARED of what another transaction wrote
        return unknown("more than the start or end of a transaction");
      }
    }
    return List.of();
  }

  private List<Write> explain() {
    int at = 1;
    boolean executes = false;
    if (tokens.isSymbol(1, "(")) {
      at = tokens.next(1);
      executes = tokens.range(1, at).containsWord("analyze");
      executes |= tokens.range(1, at).containsWord("analyse");
    }
    while (tokens.isWord(at, "analyze")
        || tokens.isWord(at, "analyse")
        || tokens.isWord(at, "verbose")
        || tokens.isWord(at, "plan")
        || tokens.isWord(at, "for")) {
      executes |= tokens.at(at).text().startsWith("analy");
      at++;
    }
    return executes ? inner(tokens.from(at)) : List.of();
  }

  private List<Write> truncate() {
    List<Write> writes = new ArrayList<>();
    int at = tokens.isWord(1, "table") ? 1 : 0;
    do {
      int start = tokens.isWord(at + 1, "only") ? at + 2 : at + 1;
      QualifiedName name = QualifiedName.read(tokens, start);
      if (name == null) {
        return unknown("TRUNCATE of something that is no name");
      }
      writes.add(new Write.Fixed(new TableChange(name.table(), Operation.TRUNCATE, ColumnSet.ALL)));
      at = name.end(tokens);
    } while (tokens.isSymbol(at, ","));
    return writes;
  }

  private List<Write> copy() {
    if (tokens.isSymbol(1, "(")) {
      return inner(tokens.range(2, tokens.next(1) - 1));
    }
    QualifiedName name = QualifiedName.read(tokens, tokens.isWord(1, "binary") ? 2 : 1);
    if (name == null) {
      return unknown("COPY of something that is no name");
    }
    int at = name.last() + 1;
    if (tokens.isSymbol(at, "(")) {
      at = tokens.next(at);
    }
    if (tokens.isWord(at, "to")) {
      return List.of();
    }
    return tokens.isWord(at, "from")
        ? List.of(new Write.Fixed(new TableChange(name.table(), Operation.INSERT, ColumnSet.ALL)))
        : unknown("COPY neither FROM nor TO");
  }

  private List<Write> declare() {
    int cursor = WriteScan.find(tokens, 0, "cursor");
    int query = cursor < 0 ? -1 : WriteScan.find(tokens, cursor, "for");
    return query < 0 ? unknown("DECLARE of no cursor") : inner(tokens.from(query + 1));
  }

  private List<Write> definition(String verb) {
    Token kind = tokens.at(1);
    boolean creates = verb.equals("create");
    boolean prepared = tokens.containsWord("execute") && tokens.containsWord("table");
    if (kind.kind() != Token.Kind.WORD || prepared || tokens.containsWord("call")) {
      return unknown(verb + " of something unforeseen");
    }
    boolean bounded = creates || NAMED_OBJECTS.contains(kind.text());
    boolean reachesOthers =
        verb.equals("drop")
            && tokens.containsWord("cascade")
            && !CASCADES_WITHIN_NAMED.contains(kind.text());
    // a schema, type or extension holds or shapes tables that the statement does not name
    return bounded && !reachesOthers && !tokens.containsWord("all")
        ? named(tokens)
        : unknown(verb + " " + excerpt(kind) + " may reach tables it does not name");
  }

  /** Anything may have happened to whatever the statement names. */
  private static List<Write> named(Tokens tokens) {
    Set<TableName> tables = new LinkedHashSet<>();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.at(i);
      if (token.isIdentifier() && token.isCutOff()) {
        return unknown("a name that the database may cut off");
      }
      boolean keyword = token.kind() == Token.Kind.WORD && Keywords.RESERVED.contains(token.text());
      boolean qualifier = tokens.isSymbol(i + 1, ".") && tokens.at(i + 2).isIdentifier();
      if (token.name() != null && !qualifier && !(keyword && !tokens.isSymbol(i - 1, "."))) {
        String schema = tokens.isSymbol(i - 1, ".") ? tokens.at(i - 2).name() : null;
        tables.add(new TableName(schema, token.name()));
      }
    }
    List<Write> writes = new ArrayList<>();
    tables.forEach(table -> writes.add(new Write.Fixed(TableChange.anything(table))));
    return writes;
  }

  static List<Write> unknown(String reason) {
    return List.of(new Write.Fixed(new UnknownChange(reason)));
  }

  private static String excerpt(Token token) {
    return token.text().length() <= 20 ? token.text() : token.text().substring(0, 20);
  }
}
