package io.freshet.audit;

import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SessionImplementor;

/**
 * Whether SQL gives the same answer as long as no row changes: it does not where it asks for the
 * time, for a random value, for some rows of many, or for what comes of the order in which rows are
 * met. Stateless. Asked only of what differs.
 */
final class Definite {

  private static final Pattern VARYING =
      Pattern.compile(
          "(?<![.\"])\\b(?:current_(?:date|time|timestamp|user|role|schema|catalog)"
              + "|local(?:time|timestamp)|limit|offset|fetch\\s+(?:first|next)|tablesample"
              + "|distinct\\s+on)\\b"
              + "|\\b(?:now|age|transaction_timestamp|statement_timestamp|sysdate|getdate|rand"
              + "|random|rand_uuid|uuid|newid|current_setting"
              + "|over|(?:string|array|jsonb?|jsonb?_object|xml|list)_?agg)\\s*\\("
              + "|'(?:now|today|tomorrow|yesterday)'",
          Pattern.CASE_INSENSITIVE);

  /** What they make of floating-point numbers depends on which of them are added first. */
  private static final Pattern ADDING =
      Pattern.compile(
          "\\b(?:sum|avg|stddev|variance|(?:stddev|var|covar)_(?:pop|samp)|corr|regr_\\w+)\\s*\\(",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern CALL = Pattern.compile("([A-Za-z_][A-Za-z0-9_$]*)\\s*\\(");

  private static final String ANY_VOLATILE =
      "select count(*) from pg_catalog.pg_proc where provolatile = 'v' and proname = any(?)";

  private Definite() {}

  /** Whether the SQL may answer differently though nothing was written. */
  static boolean mayVary(String sql, SessionImplementor session) {
    if (VARYING.matcher(sql).find()) {
      return true;
    }
    Set<String> called = new TreeSet<>();
    Matcher calls = CALL.matcher(sql);
    while (calls.find()) {
      called.add(calls.group(1).toLowerCase(Locale.ROOT));
    }
    return !called.isEmpty()
        && session.getFactory().getJdbcServices().getDialect() instanceof PostgreSQLDialect
        && anyIsVolatile(called, session);
  }

  /** Whether the SQL adds up numbers whose sum depends on their order, if it has any. */
  static boolean adds(String sql) {
    return ADDING.matcher(sql).find();
  }

  private static boolean anyIsVolatile(Set<String> functions, SessionImplementor session) {
    return session.doReturningWork(
        connection -> {
          Array names = connection.createArrayOf("text", functions.toArray());
          try (PreparedStatement statement = connection.prepareStatement(ANY_VOLATILE)) {
            statement.setArray(1, names);
            try (ResultSet rows = statement.executeQuery()) {
              return rows.next() && rows.getLong(1) > 0;
            }
          }
        });
  }
}
