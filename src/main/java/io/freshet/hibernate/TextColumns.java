package io.freshet.hibernate;

import io.freshet.Message;
import io.freshet.mapping.ExactColumns;
import io.freshet.postgres.AmbiguousColumns;
import java.sql.SQLException;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the database, at boot, in which columns equal values have equal texts. Stateless. */
final class TextColumns {

  private static final Logger LOG = LoggerFactory.getLogger(TextColumns.class);

  private TextColumns() {}

  /** What the database says; the mapping's own view where it is not PostgreSQL. */
  static ExactColumns read(SessionFactoryImplementor factory) {
    if (!(factory.getJdbcServices().getDialect() instanceof PostgreSQLDialect)) {
      return ExactColumns.AS_MAPPED;
    }
    try (UnitConnection connection = UnitConnection.of(factory)) {
      AmbiguousColumns ambiguous = AmbiguousColumns.read(connection.raw());
      return (table, column) -> !ambiguous.contains(table, column);
    } catch (SQLException | RuntimeException e) {
      Message.COLUMN_TYPES_UNREAD.warn(LOG, e);
      return (table, column) -> false;
    }
  }
}
