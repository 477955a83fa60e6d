package io.freshet.torture;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Somebody else who writes, over a connection that no node knows of. */
final class Outsider implements AutoCloseable {

  private final String url;
  private final int number;
  private final Diary diary;
  private final Dice dice;
  private final Thread thread;
  private int transactions;
  private long stamp;
  private volatile boolean running = true;

  Outsider(String url, int number, long seed, Path file) {
    this.url = url + "&ApplicationName=torture-outsider&socketTimeout=20";
    this.number = number;
    this.diary = new Diary(file);
    this.dice = new Dice(seed * 31 - number);
    this.stamp = (100 + number) * 1_000_000_000_000L;
    this.thread = new Thread(this::run, "outsider " + number);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (running) {
      try (Connection connection = DriverManager.getConnection(url);
          Statement statement = connection.createStatement()) {
        statement.execute("set lock_timeout = '2s'");
        connection.setAutoCommit(false);
        while (running) {
          transaction(connection, statement);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(dice.between(2, 15)));
        }
      } catch (SQLException e) {
        diary.count("outsiders' connections lost");
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
    }
  }

  private void transaction(Connection connection, Statement statement) throws SQLException {
    String name = "o%d.%d".formatted(number, ++transactions);
    try {
      statement.execute("set local %s = '%s'".formatted(Schema.LABEL, name));
      for (int i = 1 + dice.below(2); i > 0; i--) {
        statement.execute(OutsideSql.any(dice, () -> ++stamp, false));
      }
    } catch (SQLException e) {
      diary.rollback(name);
      diary.count(
          "outsiders' failures: "
              + String.valueOf(e.getMessage())
                  .lines()
                  .findFirst()
                  .orElse("")
                  .replaceAll("[0-9]+", "#"));
      connection.rollback();
      return;
    }
    if (dice.percent(10)) {
      diary.rollback(name);
      connection.rollback();
      return;
    }
    long begin = System.nanoTime();
    try {
      connection.commit();
      diary.commit(name, begin, System.nanoTime());
      diary.count("outsiders' commits");
    } catch (SQLException e) {
      diary.commit(name, begin, Long.MAX_VALUE);
      throw e;
    }
  }

  /** Ends it; what it has written is then on file. */
  @Override
  public void close() {
    running = false;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(60));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    diary.close();
  }
}
