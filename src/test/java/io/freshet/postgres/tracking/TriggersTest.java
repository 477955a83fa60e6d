package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.deleted;
import static io.freshet.postgres.tracking.TrackingLab.inserted;
import static io.freshet.postgres.tracking.TrackingLab.run;
import static io.freshet.postgres.tracking.TrackingLab.tracked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.TrackedTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TriggersTest {

  private static final TrackedTable PRODUCT =
      tracked("product", Set.of("id"), Set.of("category_id"));

  private final Triggers triggers = new Triggers(100);
  private TrackingLab lab;
  private Coverage coverage;
  private String role;

  @BeforeEach
  void open() throws Exception {
    lab = new TrackingLab();
    lab.database.execute(
        "create table product (id bigint primary key, category_id int, name text)",
        "insert into product values (1, 1), (2, 1)");
    coverage = lab.coverage(PRODUCT);
    // roles belong to the whole server
    role = "freshet_role_" + lab.database.queryText("select current_database()");
    lab.database.execute("create role %s".formatted(role), "create role %s_owner".formatted(role));
  }

  @AfterEach
  void close() throws Exception {
    lab.database.execute(
        "reassign owned by %1$s, %1$s_owner to current_user".formatted(role),
        "drop owned by %1$s, %1$s_owner".formatted(role),
        "drop role %1$s, %1$s_owner".formatted(role));
    lab.close();
  }

  @Test
  void install_intoAnEmptyDatabase_makesEverything() throws Exception {
    lab.database.execute("drop schema freshet cascade");
    assertThat(triggers.validate(lab.writer, coverage))
        .singleElement()
        .asString()
        .isEqualTo(
            "schema freshet: it does not exist, or is not Freshet's. Run"
                + " migrations/V1__freshet.sql, or set freshet.tracking=install");
    assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    assertThat(lab.writer.getAutoCommit()).isTrue();
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
    assertThat(lab.told("delete from product where id = 1"))
        .containsExactly(deleted("product", "id", "1", "category_id", "1"));
  }

  /** Else a boot with many tables takes the square of their number. */
  @Test
  void widen_looksAtItsOwnTableOnly_howeverManyAreTracked() throws Exception {
    lab.database.execute(
        "do $$ begin for i in 1..20 loop"
            + " execute format('create table many_%s (id bigint primary key)', i);"
            + " perform freshet.track(format('many_%s', i)::regclass); end loop; end $$");
    try (Connection connection = lab.database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("set local track_functions = 'all'");
      statement.execute("select freshet.widen('many_7', '{id}', '{}')");
      try (ResultSet calls =
          statement.executeQuery(
              "select calls from pg_stat_xact_user_functions where schemaname = 'freshet'"
                  + " and funcname = 'is_tracking_function'")) {
        assertThat(calls.next()).isTrue();
        assertThat(calls.getLong(1)).isEqualTo(1);
      }
    }
  }

  @Test
  void install_again_touchesNothing() throws Exception {
    triggers.install(lab.writer, coverage);
    String signature = triggers.signature(lab.writer, coverage);
    lab.database.execute(Script.text());
    try (Connection reader = lab.database.connect()) {
      // a lock of any kind on the table would wait for this one
      run(reader, "begin", "lock table product in access exclusive mode");
      assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    }
    assertThat(triggers.signature(lab.writer, coverage)).isEqualTo(signature);
  }

  @Test
  void install_ofOtherColumns_widens() throws Exception {
    triggers.install(lab.writer, lab.coverage(tracked("product", Set.of("name"), Set.of("id"))));
    assertThat(triggers.validate(lab.writer, coverage))
        .containsExactly(
            new Gap(
                "public.product",
                "not told: column category_id, id",
                "select freshet.widen('public.product', '{id,name}', '{category_id}')"));
    triggers.install(lab.writer, coverage);
    assertThat(
            lab.database.queryText(
                "select concat_ws(' ', relation, key, watched, max_keys, intact) from"
                    + " freshet.tracked()"))
        .isEqualTo("product {id,name} {category_id} 100 t");
    triggers.install(lab.writer, lab.coverage(tracked("product", Set.of(), Set.of("id"))));
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
  }

  @Test
  void install_ofLockedTable_givesUp_andLeavesNothingHalfDone() throws Exception {
    try (Connection reader = lab.database.connect()) {
      run(reader, "begin", "lock table product in access exclusive mode");
      assertThatThrownBy(() -> triggers.install(lab.writer, coverage))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("lock timeout");
    }
    assertThat(lab.writer.getAutoCommit()).isTrue();
    assertThat(lab.database.queryText("select count(*) from freshet.tracked()")).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "drop trigger freshet_update on product | a trigger is missing",
        "alter table product disable trigger freshet_delete | not ENABLE ALWAYS: freshet_delete",
        "alter table product enable trigger freshet_insert | not ENABLE ALWAYS: freshet_insert",
        "select freshet.untrack('product') | the table is not tracked",
        "alter table product rename category_id to c | as freshet.track made",
      })
  void damage_isAGap_thatInstallMends(String damage, String problem) throws Exception {
    triggers.install(lab.writer, coverage);
    lab.database.execute(damage);
    coverage = lab.coverage(PRODUCT);
    assertThat(triggers.validate(lab.writer, coverage))
        .singleElement()
        .satisfies(gap -> assertThat(gap.problem()).contains(problem))
        .satisfies(
            gap -> assertThat(gap.remedy()).startsWith("select freshet.widen('public.product'"));
    assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "drop trigger freshet_update on product",
        "alter table product disable trigger freshet_update",
        "select freshet.untrack('product'), freshet.track('product', '{id}', '{category_id}')",
        "create trigger other before update on product for each row execute function"
            + " suppress_redundant_updates_trigger()",
        "create rule r as on delete to product do also select 1",
        "create table part (p bigint references product)",
        "alter table product rename to item",
        "drop table product",
        "insert into freshet.unannounced values (pg_current_xact_id())",
        "drop schema freshet cascade",
        "do $$ declare f regprocedure := (select tgfoid from pg_trigger where tgname ="
            + " 'freshet_insert'); begin execute format('alter function %s cost 7', f); end $$"
      })
  void signature_afterAnyChange_differs(String change) throws Exception {
    triggers.install(lab.writer, coverage);
    String before = triggers.signature(lab.writer, coverage);
    assertThat(triggers.signature(lab.writer, coverage)).isEqualTo(before);
    lab.database.execute("update product set name = 'x'", "analyze product", "vacuum product");
    assertThat(triggers.signature(lab.writer, coverage)).isEqualTo(before);
    lab.database.execute(change);
    assertThat(triggers.signature(lab.writer, coverage)).isNotEqualTo(before);
  }

  @Test
  void writer_withNoRightButOnTheTable_isTold() throws Exception {
    triggers.install(lab.writer, coverage);
    lab.database.execute(
        "grant insert, update, delete, select on product to " + role,
        "revoke all on schema freshet from public");
    assertThat(
            lab.told(
                "set role " + role,
                "insert into product values (7)",
                "delete from product where id = 7"))
        .containsExactly(
            inserted("product", "id", "7", "category_id", null),
            deleted("product", "id", "7", "category_id", null));
  }

  @Test
  void writer_whoMayNotNotify_goesOn_andTheTransactionIsNoted() throws Exception {
    triggers.install(lab.writer, coverage);
    lab.database.execute(
        "grant update, select on product to " + role,
        "revoke execute on function pg_catalog.pg_notify from public");
    assertThat(lab.told("set role " + role, "begin", "update product set name = 'x'", "commit"))
        .isEmpty();
    assertThat(lab.database.queryText("select count(*) from freshet.unannounced")).isEqualTo("1");

    lab.database.execute("revoke all on schema freshet from public");
    assertThat(lab.told("update product set name = 'y'")).isEmpty();
    assertThat(lab.database.queryText("select name from product where id = 1")).isEqualTo("y");
  }

  @Test
  void owner_whoIsNoSuperuser_installsInHisDatabase() throws Exception {
    lab.database.execute(
        "drop schema freshet cascade",
        "alter table product owner to %s_owner".formatted(role),
        "grant create on database %s to %s_owner"
            .formatted(lab.database.queryText("select current_database()"), role));
    run(lab.writer, "set role %s_owner".formatted(role));
    assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
    lab.database.execute("grant delete, select on product to " + role);
    assertThat(lab.told("set role " + role, "delete from product where id = 1"))
        .containsExactly(deleted("product", "id", "1", "category_id", "1"));
  }

  @Test
  void install_withoutRights_namesEachOfThem() throws Exception {
    lab.database.execute("create table other (id int primary key)");
    lab.database.execute("alter table product owner to %s_owner".formatted(role));
    coverage = lab.coverage(PRODUCT, tracked("other", Set.of("id"), Set.of()));
    run(lab.writer, "set role %s_owner".formatted(role));
    List<Gap> gaps = triggers.install(lab.writer, coverage);
    run(lab.writer, "reset role");
    assertThat(gaps).hasSize(2);
    assertThat(gaps.get(0).subject()).isEqualTo("public.product");
    assertThat(gaps.get(0).remedy())
        .isEqualTo("grant usage, create on schema freshet to %s_owner".formatted(role));
    assertThat(gaps.get(1).problem()).contains("takes its owner's rights");

    lab.database.execute("drop schema freshet cascade");
    run(lab.writer, "set role " + role);
    assertThat(triggers.install(lab.writer, coverage))
        .singleElement()
        .asString()
        .contains("schema freshet: permission denied for database");
  }

  @Test
  void undo_leavesNothing_andInstallWorksAgain() throws Exception {
    triggers.install(lab.writer, coverage);
    lab.database.execute(Files.readString(Path.of("migrations/U1__freshet.sql")));
    assertThat(
            lab.database.queryText(
                "select (select count(*) from pg_trigger) + (select count(*) from pg_namespace"
                    + " where nspname = 'freshet')"))
        .isEqualTo("0");
    assertThat(lab.told("delete from product where id = 1")).isEmpty();
    assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
  }

  @Test
  void renamedTable_trackedAgain_keepsOneFunction() throws Exception {
    triggers.install(lab.writer, coverage);
    lab.database.execute(
        "alter table product rename to item", "create table product (id int primary key)");
    coverage =
        lab.coverage(
            tracked("product", Set.of("id"), Set.of()),
            tracked("item", Set.of("id"), Set.of("category_id", "name")));
    assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
    assertThat(
            lab.database.queryText(
                "select count(*) from pg_proc where pronamespace = 'freshet'::regnamespace"
                    + " and prorettype = 'trigger'::regtype"))
        .isEqualTo("2");
  }

  @Test
  void unannounced_olderThanAnHour_isForgotten() throws Exception {
    lab.database.execute(
        "insert into freshet.unannounced values ('1', now() - interval '2 hours'), ('2', now())");
    triggers.install(lab.writer, coverage);
    assertThat(lab.database.queryText("select string_agg(tx::text, ' ') from freshet.unannounced"))
        .isEqualTo("2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select freshet.track('product', '{nix}') | has no stored column nix",
        "select freshet.track('product', '{id}', '{}', 0) | max_keys is 0",
        "create view v as select 1; select freshet.track('v') | v is not a table",
        "select freshet.evict('nix') | there is no table nix",
        "select freshet.evict('product', '1', '2') | product is (id), which takes 1",
      })
  void misuse_isRefused_withTheWayOut(String sql, String message) {
    assertThatThrownBy(() -> run(lab.writer, sql))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(message);
  }

  @Test
  void evict_tellsTableOrRow() throws Exception {
    assertThat(
            lab.messages(
                "select freshet.evict('product')", "select freshet.evict('public.product', '42')"))
        .satisfiesExactly(
            table ->
                assertThat(table)
                    .endsWith("\"c\":[{\"t\":\"product\",\"s\":\"public\",\"o\":\"*\"}]}"),
            row ->
                assertThat(row)
                    .endsWith("\"o\":\"*\",\"b\":{\"id\":\"42\"},\"a\":{\"id\":\"42\"}}]}"));
  }

  @Test
  void evict_onServerWithLogicalWal_isInTheWalAsWell() throws Exception {
    if (lab.database.queryText("show wal_level").equals("logical")) {
      lab.database.execute("create publication p");
      try (Connection reader = lab.database.connect()) {
        run(
            reader,
            "select pg_create_logical_replication_slot('evict_' || pg_backend_pid(), 'pgoutput', true)");
        // the embedded server commits without waiting for its WAL
        lab.messages("set synchronous_commit = on", "select freshet.evict('product')");
        assertThat(
                Sql.text(
                    reader,
                    """
                    select string_agg(encode(data, 'escape'), '') from
                      pg_logical_slot_get_binary_changes('evict_' || pg_backend_pid(), null, null,
                        'proto_version', '1', 'publication_names', 'p', 'messages', 'true')"""))
            .contains("freshet", "{\"t\":\"product\",\"s\":\"public\",\"o\":\"*\"}");
      }
    }
  }

  @Test
  void tableWrittenByASubscription_isAGap() throws Exception {
    triggers.install(lab.writer, coverage);
    lab.database.execute(
        "create subscription freshet_sub connection 'dbname=nowhere' publication p with"
            + " (connect = false, slot_name = none)",
        "insert into pg_subscription_rel values ((select oid from pg_subscription where subname ="
            + " 'freshet_sub' and subdbid = (select oid from pg_database where datname ="
            + " current_database())), 'product'::regclass, 'r')");
    assertThat(triggers.validate(lab.writer, coverage))
        .containsExactly(
            new Gap(
                "public.product",
                "a subscription writes to it, and its worker fires no statement triggers",
                "Set freshet.feed=wal"));
    lab.database.execute("drop subscription freshet_sub");
  }
}
