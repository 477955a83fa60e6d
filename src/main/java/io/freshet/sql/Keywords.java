package io.freshet.sql;

import java.util.HashSet;
import java.util.Set;

/** The words of SQL that the readers must not take for names. Lower case. */
final class Keywords {

  /** Words that PostgreSQL reserves: unquoted, they name no column, table or function. */
  static final Set<String> RESERVED =
      words(
          """
          all analyse analyze and any array as asc asymmetric both case cast check collate column
          constraint create current_catalog current_date current_role current_time
          current_timestamp current_user default deferrable desc distinct do else end except false
          fetch for foreign from grant group having in initially intersect into lateral leading
          limit localtime localtimestamp not null offset on only or order placing primary
          references returning select session_user some symmetric system_user table then to
          trailing true union unique user using variadic when where window with
          """);

  /** Words that are not reserved, and yet are no column where one could stand. */
  static final Set<String> PSEUDO_COLUMNS =
      words("current_schema rowid rownum sysdate systimestamp");

  /**
   * Words before a parenthesis that call no function. A word that PostgreSQL accepts as the name of
   * a user's function is not here.
   */
  static final Set<String> NOT_A_FUNCTION =
      union(
          RESERVED,
          words(
              """
              between bigint bit boolean char character coalesce dec decimal exists extract float
              greatest grouping inout int integer interval least national nchar none nullif numeric
              out precision real row setof smallint time timestamp treat values varchar
              """));

  /** Words that stand between two things and call a function only where an expression begins. */
  static final Set<String> INFIX =
      words("by filter ilike is join key like materialized over set sets similar within");

  /** Words after which an expression begins. */
  static final Set<String> BEFORE_EXPRESSION =
      words("select distinct where and or when then else having returning");

  /** Words after which a single question mark is a parameter marker. */
  static final Set<String> BEFORE_PARAMETER =
      union(
          RESERVED,
          words(
              """
              begin between by call date div escape first ilike in interval is like mod next percent
              regexp rlike set similar time timestamp top values xor zone
              """));

  private Keywords() {}

  private static Set<String> words(String text) {
    return Set.of(text.strip().split("\\s+"));
  }

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> union = new HashSet<>(some);
    union.addAll(others);
    return Set.copyOf(union);
  }
}
