package io.freshet.hibernate;

import io.freshet.change.TableName;
import io.freshet.hibernate.Echoes.Expected;
import io.freshet.hibernate.Echoes.Kept;

/** The echoes of one row, for tests of other packages. Thread-safe. */
public final class EchoesDoor {

  private static final String REGION = "r";
  private static final String KEY = "k";
  private static final TableName TABLE = TableName.of("t");

  private final Echoes echoes = new Echoes();

  /** An echo that is expected. */
  public static final class Echo {
    private final Expected expected;

    private Echo(Expected expected) {
      this.expected = expected;
    }
  }

  public Echo expect() {
    return new Echo(echoes.expect(new Kept(REGION, KEY, TABLE)));
  }

  public void committed(Echo echo, long now) {
    echoes.committed(echo.expected, now);
  }

  public void forget(Echo echo) {
    echoes.forget(echo.expected);
  }

  /** Whether what is told was expected. */
  public boolean claim() {
    return echoes.claim(REGION, KEY, TABLE);
  }

  /** The row's table is told. */
  public void forgetTable() {
    echoes.forget(TABLE);
  }

  /** How many were committed before this moment and have not been told. */
  public int overdue(long now) {
    return echoes.overdue(now).size();
  }
}
