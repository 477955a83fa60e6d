package io.freshet.sql;

import io.freshet.change.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What an SQL text may write. Immutable and thread-safe. */
public final class StatementEffect {

  private final List<Write> writes;
  private final Set<String> functions;
  private final boolean definesSchema;

  StatementEffect(List<Write> writes, Set<String> functions, boolean definesSchema) {
    this.writes = List.copyOf(writes);
    this.functions = Set.copyOf(functions);
    this.definesSchema = definesSchema;
  }

  /** Whether it may write by itself. False: a pure read, apart from the functions it calls. */
  public boolean writes() {
    return !writes.isEmpty();
  }

  /**
   * Every function that the text may call: in lower case, without quotes, qualified by its schema
   * where the text does so. Names that are no functions can be among them; which of them write, the
   * database's catalog knows.
   */
  public Set<String> functions() {
    return functions;
  }

  /**
   * Whether it creates or alters something that lasts, so that what is known of tables, triggers
   * and functions may be out of date. DDL that a procedure hides is not seen.
   */
  public boolean definesSchema() {
    return definesSchema;
  }

  /**
   * What executing the text with these parameters may change; nothing for a read. Parameters are
   * resolved by position: the first {@code ?}, {@code ?1} or {@code $1} is the first element. One
   * that is missing, or that is no simple value, makes the change wider.
   *
   * @param positionalParameters the bound values; elements may be null
   * @param maxRows a write that pins more rows of a table than this is told as a whole table
   */
  public List<Change> changes(List<?> positionalParameters, int maxRows) {
    List<Change> changes = new ArrayList<>();
    for (Write write : writes) {
      changes.addAll(write.changes(positionalParameters, maxRows));
    }
    return List.copyOf(changes);
  }

  /** What executing the text may change, whatever its parameters are. */
  public List<Change> changes() {
    return changes(List.of(), Integer.MAX_VALUE);
  }

  @Override
  public String toString() {
    return "StatementEffect" + changes() + " calling " + functions;
  }
}
