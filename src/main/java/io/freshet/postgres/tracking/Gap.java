package io.freshet.postgres.tracking;

/**
 * Something that keeps the database from telling of changes. Immutable.
 *
 * @param subject the table, setting or right that is concerned, as an operator would name it
 * @param problem what is wrong with it
 * @param remedy the SQL command, setting or step that mends it
 */
public record Gap(String subject, String problem, String remedy) {

  @Override
  public String toString() {
    return subject + ": " + problem + ". " + remedy;
  }
}
