package io.freshet.postgres.tracking;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Triggers that tell of changes by NOTIFY on channel {@code freshet}; {@code
 * migrations/V1__freshet.sql} says how. Needs the right to create a schema, or schema {@code
 * freshet} with the right to create functions in it, and the ownership of the tables. Immutable and
 * thread-safe.
 */
public final class Triggers implements Tracking {

  private static final String WIDEN =
      "select freshet.widen(?::bigint::oid::regclass, ?, ?, ?)::text";

  private static final String UNTRACK = "select freshet.untrack(?::bigint::oid::regclass)::text";

  private static final String ANY =
      """
      select exists (
        select from pg_catalog.pg_trigger t
        where t.tgrelid = any (?::bigint[]::oid[]) and t.tgname ~ '^freshet_')::text""";

  private static final String FORGET = "select freshet.forget_unannounced()::text";

  private static final String MEMBERS =
      """
      select c.oid::bigint, f.member::bigint, pg_catalog.format('%I.%I', n.nspname, m.relname),
        t.key, t.watched, t.intact,
        exists (
          select from pg_catalog.pg_subscription_rel s where s.srrelid = f.member),
        (select pg_catalog.string_agg(g.tgname, ', ' order by g.tgname)
          from pg_catalog.pg_trigger g
          where g.tgrelid = f.member and g.tgname ~ '^freshet_' and g.tgenabled <> 'A')
      from pg_catalog.unnest(?::bigint[]) c (oid)
      cross join freshet.family(c.oid::oid::regclass) f
      join pg_catalog.pg_class m on m.oid = f.member
      join pg_catalog.pg_namespace n on n.oid = m.relnamespace
      left join freshet.tracked() t on t.relation = f.member::regclass
      order by c.oid, f.member <> c.oid::oid, 3""";

  private final int maxKeys;

  /**
   * Creates the way of tracking.
   *
   * @param maxKeys a statement that changes more rows of a table is told as a change of the table
   */
  public Triggers(int maxKeys) {
    if (maxKeys < 1) {
      throw new IllegalArgumentException("maxKeys is " + maxKeys + ", but has to be at least 1");
    }
    this.maxKeys = maxKeys;
  }

  /** Whether at least one of the tables has triggers of Freshet's, complete or not. */
  public static boolean anyInstalled(Connection connection, Coverage coverage) throws SQLException {
    return Sql.text(connection, ANY, Sql.oids(connection, coverage)).equals("true");
  }

  @Override
  public List<Gap> install(Connection connection, Coverage coverage) throws SQLException {
    return Installation.run(
        connection,
        installation -> {
          boolean ready =
              installation.step(
                  "schema freshet",
                  "Let a role that may create schemas run migrations/V1__freshet.sql",
                  () -> Script.ensure(connection));
          if (!ready) {
            return;
          }
          for (Coverage.Table table : coverage.tables()) {
            installation.step(
                table.name().toString(),
                "Let the table's owner run " + command(table, null),
                () -> widen(connection, table));
          }
          Sql.text(connection, FORGET);
        });
  }

  private void widen(Connection connection, Coverage.Table table) throws SQLException {
    Sql.text(
        connection,
        WIDEN,
        table.oid(),
        Sql.array(connection, table.key()),
        Sql.array(connection, table.watched()),
        maxKeys);
  }

  @Override
  public List<String> script(Connection connection, Coverage coverage) throws SQLException {
    List<String> script = new ArrayList<>(Script.commands(connection));
    for (Coverage.Table table : coverage.tables()) {
      script.add(
          "select freshet.widen(%s, %s, %s, %d);"
              .formatted(
                  Sql.literal(Sql.qualified(table.name())),
                  Sql.arrayLiteral(table.key()),
                  Sql.arrayLiteral(table.watched()),
                  maxKeys));
    }
    return List.copyOf(script);
  }

  @Override
  public List<Gap> remove(Connection connection, Coverage coverage) throws SQLException {
    if (Script.installed(connection) == 0) {
      return List.of();
    }
    return Installation.run(
        connection,
        installation -> {
          for (Coverage.Table table : coverage.tables()) {
            installation.step(
                table.name().toString(),
                "Let the table's owner run: select freshet.untrack(%s)"
                    .formatted(Sql.literal(Sql.qualified(table.name()))),
                () -> Sql.text(connection, UNTRACK, table.oid()));
          }
        });
  }

  @Override
  public List<Gap> validate(Connection connection, Coverage coverage) throws SQLException {
    int version = Script.installed(connection);
    if (version == 0 && coverage.tables().isEmpty()) {
      return List.of();
    }
    if (version < Script.VERSION) {
      String problem =
          version == 0 ? "it does not exist, or is not Freshet's" : "it has version " + version;
      return List.of(new Gap("schema freshet", problem, Script.REMEDY));
    }
    List<Gap> gaps = new ArrayList<>();
    Map<Long, Coverage.Table> tables =
        coverage.tables().stream()
            .collect(Collectors.toMap(Coverage.Table::oid, Function.identity()));
    for (Member member :
        Sql.query(connection, MEMBERS, Triggers::member, Sql.oids(connection, coverage))) {
      Coverage.Table table = tables.get(member.root());
      if (table != null) {
        check(table, member, gaps);
      }
    }
    return List.copyOf(gaps);
  }

  private static Member member(ResultSet row) throws SQLException {
    List<String> key = row.getArray(4) == null ? null : Sql.strings(row.getArray(4));
    return new Member(
        row.getLong(1),
        row.getLong(1) == row.getLong(2),
        row.getString(3),
        key == null ? null : new Told(key, Sql.strings(row.getArray(5)), row.getBoolean(6)),
        new Trouble(row.getBoolean(7), Sql.orEmpty(row.getString(8))));
  }

  private static void check(Coverage.Table table, Member member, List<Gap> gaps) {
    Told told = member.told();
    String problem = null;
    if (told == null) {
      problem =
          member.isRoot()
              ? "the table is not tracked"
              : "this part of " + table.name() + " is not tracked";
    } else if (!member.trouble().notAlways().isEmpty()) {
      problem = "not ENABLE ALWAYS: " + member.trouble().notAlways();
    } else {
      Set<String> missing = told.missing(table);
      if (!missing.isEmpty()) {
        problem = "not told: column " + String.join(", ", missing);
      } else if (!told.intact()) {
        problem =
            "a trigger is missing, or triggers, function or columns are not as freshet.track made"
                + " them";
      }
    }
    if (problem != null) {
      gaps.add(new Gap(member.name(), problem, command(table, told)));
    }
    if (member.trouble().subscribed()) {
      gaps.add(
          new Gap(
              member.name(),
              "a subscription writes to it, and its worker fires no statement triggers",
              "Set freshet.feed=wal"));
    }
  }

  /** Tracks what is wanted and what already was. */
  private static String command(Coverage.Table table, @Nullable Told told) {
    Set<String> key = new LinkedHashSet<>(table.key());
    Set<String> watched = new LinkedHashSet<>(table.watched());
    if (told != null) {
      key.addAll(told.key());
      watched.addAll(told.watched());
    }
    watched.removeAll(key);
    return "select freshet.widen(%s, %s, %s)"
        .formatted(
            Sql.literal(Sql.qualified(table.name())),
            Sql.arrayLiteral(key),
            Sql.arrayLiteral(watched));
  }

  @Override
  public String signature(Connection connection, Coverage coverage) throws SQLException {
    return Signatures.ofTriggers(connection, coverage);
  }

  @Override
  public Coverage everything(Connection connection) throws SQLException {
    return Everything.withTriggers(connection);
  }

  @Override
  public String membership(Connection connection) throws SQLException {
    return Everything.triggerMembership(connection);
  }

  /**
   * A covered table, or a partition or child of one.
   *
   * @param root the covered table
   * @param isRoot whether this is the covered table
   * @param name qualified and quoted
   * @param told how it is tracked; null if it is not
   */
  private record Member(
      long root, boolean isRoot, String name, @Nullable Told told, Trouble trouble) {}

  /**
   * What may keep triggers from firing.
   *
   * @param subscribed whether a subscription writes to it
   * @param notAlways our triggers that are not ENABLE ALWAYS
   */
  private record Trouble(boolean subscribed, String notAlways) {}

  /** How a table is tracked. */
  private record Told(List<String> key, List<String> watched, boolean intact) {

    /** Wanted columns that are not told. A key column is told always, a watched one sometimes. */
    Set<String> missing(Coverage.Table table) {
      Set<String> missing = new LinkedHashSet<>(table.watched());
      missing.removeAll(watched);
      missing.addAll(table.key());
      key.forEach(missing::remove);
      return missing;
    }
  }
}
