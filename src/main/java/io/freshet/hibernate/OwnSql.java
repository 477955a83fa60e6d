package io.freshet.hibernate;

import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/**
 * Tells Hibernate's own statements from those that an application sends over the same connection.
 * Thread-safe.
 *
 * <p>Hibernate shows each statement to the {@link StatementInspector} and hands the very string it
 * gets back to the connection, next and on the same thread. So a string that the connection sees,
 * and that is the one last returned here, is Hibernate's. Where a session brings its own inspector
 * nothing is recognised, and Hibernate's statements are analysed like any others: more work, and
 * nothing missed.
 */
final class OwnSql implements StatementInspector {

  private static final long serialVersionUID = 1L;

  private static final ThreadLocal<@Nullable String> LAST = new ThreadLocal<>();

  private final @Nullable StatementInspector users;

  /**
   * @param users the inspector that the application configured, asked first
   */
  OwnSql(@Nullable StatementInspector users) {
    this.users = users;
  }

  @Override
  public String inspect(String sql) {
    String inspected = users == null ? sql : users.inspect(sql);
    String used = inspected == null ? sql : inspected;
    LAST.set(used);
    return used;
  }

  /** Whether Hibernate is just preparing this statement; the answer is given once. */
  @SuppressWarnings("ReferenceEquality") // an equal string may come from anybody
  static boolean claim(@Nullable String sql) {
    String last = LAST.get();
    if (last == null) {
      return false;
    }
    LAST.remove();
    return last == sql;
  }
}
