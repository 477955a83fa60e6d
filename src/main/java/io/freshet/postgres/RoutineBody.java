package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a routine does by itself, without what it calls. Immutable.
 *
 * @param writes the tables its statements write
 * @param calls the routines it may call: every one whose name occurs, so that a call without
 *     parentheses ({@code row.function}) counts too
 * @param reach what else it may do
 * @param assigned for a trigger function, the columns of NEW that it may assign
 */
record RoutineBody(Set<Change> writes, Set<Long> calls, Reach reach, ColumnSet assigned) {

  /** How far a routine reaches beyond what can be read in its text. */
  enum Reach {
    /** No further. */
    LISTED,
    /** It runs SQL it was given, in which PostgreSQL refuses writes, but calls of functions not. */
    ANY_CALL,
    /** It may write anything. */
    ANYTHING
  }

  static final RoutineBody HARMLESS =
      new RoutineBody(Set.of(), Set.of(), Reach.LISTED, ColumnSet.ALL);

  /** Freshet's own functions announce changes and make none in a table that could be cached. */
  private static final String OWN_SCHEMA = "freshet";

  private static final Set<String> HARMLESS_TRIGGERS =
      Set.of(
          "suppress_redundant_updates_trigger",
          "tsvector_update_trigger",
          "tsvector_update_trigger_column",
          "lo_manage",
          "moddatetime",
          "autoinc",
          "insert_username",
          "triggered_change_notification");

  /** Functions of the system and of contrib that run a query given as text, read-only. */
  private static final Set<String> QUERY_RUNNERS =
      Set.of(
          "query_to_xml",
          "query_to_xmlschema",
          "query_to_xml_and_xmlschema",
          "ts_stat",
          "ts_rewrite",
          "crosstab",
          "crosstab2",
          "crosstab3",
          "crosstab4",
          "crosstabn",
          "connectby");

  static RoutineBody of(
      Routine routine, RelationIndex relations, Map<String, List<Routine>> callable) {
    if (OWN_SCHEMA.equals(routine.name().schema())) {
      return HARMLESS;
    } else if (routine.isAggregate()) {
      return new RoutineBody(Set.of(), routine.uses(), Reach.LISTED, ColumnSet.ALL);
    } else if (routine.isReadable()) {
      return read(routine, relations, callable);
    }
    return new RoutineBody(Set.of(), routine.uses(), reachOfOther(routine), ColumnSet.ALL);
  }

  /** Whether a function of this name runs a query that it is given as text. */
  static boolean runsQueries(String name) {
    return QUERY_RUNNERS.contains(name);
  }

  private static Reach reachOfOther(Routine routine) {
    if (!routine.isNative()) {
      return routine.traits().mayWrite() ? Reach.ANYTHING : Reach.ANY_CALL;
    }
    if (routine.traits().forTrigger()) {
      boolean harmless = HARMLESS_TRIGGERS.contains(Identifiers.fold(routine.name().name()));
      return harmless ? Reach.LISTED : Reach.ANYTHING;
    }
    // dblink can come back to this very database; xpath_table runs what it is given, writes
    // included
    if (routine.isNamed("dblink") || routine.isNamed("xpath_table")) {
      return Reach.ANYTHING;
    }
    if (runsQueries(Identifiers.fold(routine.name().name()))) {
      return Reach.ANY_CALL;
    }
    boolean trusted = routine.traits().ofExtension() || !routine.traits().mayWrite();
    return trusted ? Reach.LISTED : Reach.ANYTHING;
  }

  private static RoutineBody read(
      Routine routine, RelationIndex relations, Map<String, List<Routine>> callable) {
    List<SqlToken> tokens = SqlLexer.tokens(routine.body());
    Set<Long> calls = new HashSet<>(routine.uses());
    Reach reach = Reach.LISTED;
    for (int i = 0; i < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      SqlToken next = i + 1 < tokens.size() ? tokens.get(i + 1) : SqlToken.NONE;
      if (token.isName()) {
        String name = Identifiers.fold(token.text());
        callable.getOrDefault(name, List.of()).forEach(called -> calls.add(called.oid()));
        if (runsQueries(name) && reach == Reach.LISTED) {
          reach = Reach.ANY_CALL;
        }
      }
      if (runsText(token, next)) {
        reach = Reach.ANYTHING;
      }
    }
    // PostgreSQL refuses to write in a function that is not VOLATILE, but not to call one that is
    boolean mayWrite = routine.traits().mayWrite();
    if (!mayWrite && reach == Reach.ANYTHING) {
      reach = Reach.ANY_CALL;
    }
    Set<Change> writes = mayWrite ? WriteTargets.of(tokens, relations) : Set.of();
    ColumnSet assigned = routine.traits().forTrigger() ? NewAssignments.of(tokens) : ColumnSet.ALL;
    return new RoutineBody(Set.copyOf(writes), Set.copyOf(calls), reach, assigned);
  }

  /** EXECUTE of a text, a DO block, or a name that cannot be read. */
  private static boolean runsText(SqlToken token, SqlToken next) {
    return token.kind() == SqlToken.Kind.UNREADABLE
        || token.isWord("execute")
        || (token.isWord("do")
            && (next.kind() == SqlToken.Kind.LITERAL || next.isWord("language")));
  }
}
