package io.freshet.demo;

import io.freshet.demo.Depot.Kind;
import io.freshet.demo.Depot.RowId;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Everybody else: writes to the depot by plain JDBC, as other services and psql do, and says what
 * it has written. Used by one thread.
 *
 * <p>Each table's first rows are those that the nodes read all the time. Its last fifth (of the
 * rates: half) is for measuring: nobody reads there meanwhile, so what a cache has evicted does not
 * come back at once.
 */
final class DepotWriter implements AutoCloseable {

  private static final int MANY = 10;
  private static final int MEASURED_SHARE = 5;

  private final Depot.Size size;
  private final Expectations expectations;
  private final DepotNode one;
  private final Connection connection;
  private final Dice dice;
  private final @Nullable Long[] deleted = new @Nullable Long[2];
  private long revision = 100;

  /** What a write will do, and to what. */
  private record Plan(Map<RowId, Long> values, Action action) {}

  /** In a transaction that the caller ends. */
  private interface Action {
    void run(Statement statement) throws SQLException, IOException;
  }

  DepotWriter(
      DemoSchema.Target target,
      Depot.Size size,
      Expectations expectations,
      DepotNode one,
      long seed)
      throws SQLException {
    this.size = size;
    this.expectations = expectations;
    this.one = one;
    this.dice = new Dice(seed);
    this.connection = target.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("set search_path to " + DemoSchema.NAME);
    }
    connection.setAutoCommit(false);
  }

  /**
   * Writes and commits.
   *
   * @param measured whether to write rows that nobody else reads
   * @param before told what is going to change, right before
   * @return when commit had returned
   */
  long write(OutsideWrite way, boolean measured, Watcher before) throws SQLException, IOException {
    revision++;
    if (way == OutsideWrite.CASCADE) {
      restore(measured);
    }
    Plan plan = plan(way, measured);
    before.aboutToChange(List.copyOf(plan.values.keySet()));
    if (way == OutsideWrite.NATIVE) {
      return byNodeOne(plan.values);
    }
    return commit(plan);
  }

  /** Who wants to know what is going to change. */
  interface Watcher {
    void aboutToChange(List<RowId> keys);
  }

  private long commit(Plan plan) throws SQLException, IOException {
    plan.values.forEach((key, value) -> expectations.begin(key, value, Expectations.OUTSIDE));
    try (Statement statement = connection.createStatement()) {
      plan.action.run(statement);
      connection.commit();
    }
    return committed(plan.values);
  }

  private long committed(Map<RowId, Long> values) {
    long now = System.nanoTime();
    values.keySet().forEach(key -> expectations.committed(key, now));
    return now;
  }

  private long byNodeOne(Map<RowId, Long> values) {
    RowId key = values.keySet().iterator().next();
    expectations.begin(key, revision, one.number());
    one.factory()
        .inTransaction(
            session ->
                session
                    .createNativeMutationQuery(
                        "update freshet_demo.article set revision = :revision where id = :id")
                    .setParameter("revision", revision)
                    .setParameter("id", key.id())
                    .executeUpdate());
    return committed(values);
  }

  private Plan plan(OutsideWrite way, boolean measured) {
    return switch (way) {
      case UPDATE, NATIVE ->
          articles(
              1, measured, "update article set revision = %1$d where id between %2$d and %2$d");
      case MANY ->
          articles(MANY, measured, "update article set revision = %d where id between %d and %d");
      case MERGE ->
          articles(
              2,
              measured,
              "merge into article a using (values (%2$d, %1$d), (%3$d, %1$d)) s (id, revision)"
                  + " on a.id = s.id when matched then update set revision = s.revision");
      case UPSERT ->
          articles(
              2,
              measured,
              "insert into article (id, name, revision) values (%2$d, '', %1$d), (%3$d, '', %1$d)"
                  + " on conflict (id) do update set revision = excluded.revision");
      case CASCADE -> cascade(pick(Kind.PARCEL, 1, measured), measured);
      case COPY -> copy(pick(Kind.PARCEL, 1, measured), measured);
      case TRUNCATE -> truncate();
      case KEY -> changeKey(pick(Kind.VOUCHER, 1, measured));
    };
  }

  /** The first of so many rows in a row. */
  private long pick(Kind kind, int rows, boolean measured) {
    int measuredRows = Math.max(rows, size.of(kind) / MEASURED_SHARE);
    int others = size.of(kind) - measuredRows;
    return measured
        ? others + 1 + dice.below(measuredRows - rows + 1)
        : dice.popular(others - rows + 1);
  }

  private Plan articles(int rows, boolean measured, String sql) {
    long first = pick(Kind.ARTICLE, rows, measured);
    long last = first + rows - 1;
    Map<RowId, Long> values = new LinkedHashMap<>();
    for (long id = first; id <= last; id++) {
      values.put(new RowId(Kind.ARTICLE, id), revision);
    }
    String text = sql.formatted(revision, first, last);
    return new Plan(values, statement -> statement.execute(text));
  }

  private Plan cascade(long id, boolean measured) {
    deleted[measured ? 1 : 0] = id;
    Map<RowId, Long> values = new LinkedHashMap<>();
    values.put(new RowId(Kind.PARCEL, id), Depot.GONE);
    values.put(new RowId(Kind.LINES, id), 0L);
    return new Plan(values, statement -> statement.execute("delete from parcel where id = " + id));
  }

  private void restore(boolean measured) throws SQLException, IOException {
    @Nullable Long id = deleted[measured ? 1 : 0];
    if (id == null) {
      return;
    }
    deleted[measured ? 1 : 0] = null;
    Map<RowId, Long> values = new LinkedHashMap<>();
    values.put(new RowId(Kind.PARCEL, id), revision);
    values.put(new RowId(Kind.LINES, id), revision);
    String sql =
        "insert into parcel values (%1$d, %2$d); insert into parcel_line values (%1$d, %2$d)"
            .formatted(id, revision);
    commit(new Plan(values, statement -> statement.execute(sql)));
    revision++;
  }

  private Plan copy(long id, boolean measured) {
    @Nullable Long gone = deleted[measured ? 1 : 0];
    long parcel = gone != null && gone == id ? id - 1 : id;
    RowId key = new RowId(Kind.LINES, parcel);
    return new Plan(
        Map.of(key, expectations.latest(key) + revision),
        statement ->
            connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn(
                    "copy parcel_line (parcel_id, line) from stdin",
                    new StringReader("%d\t%d%n".formatted(parcel, revision))));
  }

  private Plan truncate() {
    Map<RowId, Long> values = new LinkedHashMap<>();
    List<String> rows = new ArrayList<>();
    for (long id = Depot.RATES; id > 0; id--) {
      values.put(new RowId(Kind.RATE, id), revision);
      rows.add("(%d, %d)".formatted(id, revision));
    }
    String sql = "truncate rate; insert into rate values " + String.join(", ", rows);
    return new Plan(values, statement -> statement.execute(sql));
  }

  private Plan changeKey(long id) {
    RowId small = new RowId(Kind.VOUCHER, id);
    RowId large = new RowId(Kind.VOUCHER, id + Depot.MOVED);
    boolean grows = expectations.latest(small) != Depot.GONE;
    RowId from = grows ? small : large;
    RowId to = grows ? large : small;
    Map<RowId, Long> values = new LinkedHashMap<>();
    values.put(from, Depot.GONE);
    values.put(to, revision);
    String sql =
        "update voucher set id = %d, revision = %d where id = %d"
            .formatted(to.id(), revision, from.id());
    return new Plan(values, statement -> statement.execute(sql));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
