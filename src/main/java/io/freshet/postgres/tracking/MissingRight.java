package io.freshet.postgres.tracking;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Makes gaps of refusals. Stateless. */
final class MissingRight {

  private MissingRight() {}

  /** The server's words, and its hint where it gives one. */
  static Gap gap(String subject, SQLException refusal, String remedy) {
    String problem = refusal.getMessage();
    String advice = remedy;
    if (refusal instanceof PSQLException postgres && postgres.getServerErrorMessage() != null) {
      ServerErrorMessage message = postgres.getServerErrorMessage();
      problem = message.getMessage();
      advice = message.getHint() == null ? remedy : message.getHint();
    }
    return new Gap(subject, problem == null ? "a right is missing" : problem, advice);
  }
}
