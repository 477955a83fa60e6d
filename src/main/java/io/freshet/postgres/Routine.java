package io.freshet.postgres;

import io.freshet.change.TableName;
import java.util.Locale;
import java.util.Set;

/**
 * A function, procedure or aggregate outside the system's schemas, or a system function that a
 * trigger calls.
 *
 * @param oid its identity in the catalog
 * @param name its name, with schema; overloads share it
 * @param traits what is declared of it
 * @param body its source where the language is SQL or PL/pgSQL, else empty
 * @param uses the routines that the catalog itself says it is made of (an aggregate's transition
 *     function)
 */
record Routine(long oid, TableName name, Traits traits, String body, Set<Long> uses) {

  /**
   * What is declared of a routine.
   *
   * @param kind {@code pg_proc.prokind}
   * @param mayWrite whether it is VOLATILE: PostgreSQL refuses writes in all others
   * @param language the language in lower case
   * @param forTrigger whether it can only be called by a trigger
   * @param ofExtension whether an extension brought it
   */
  record Traits(
      char kind, boolean mayWrite, String language, boolean forTrigger, boolean ofExtension) {}

  boolean isAggregate() {
    return traits.kind() == 'a';
  }

  /** Whether its body can be read. */
  boolean isReadable() {
    return traits.language().equals("sql") || traits.language().equals("plpgsql");
  }

  /** Whether it is compiled code, which has no text to read. */
  boolean isNative() {
    return traits.language().equals("c") || traits.language().equals("internal");
  }

  boolean isNamed(String prefix) {
    return name.name().toLowerCase(Locale.ROOT).startsWith(prefix);
  }
}
